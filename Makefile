# Kaoji: two commands to see it (make run, make stop), one to check it (make test). docs/OPERATIONS.md has the rest.

SHELL := /bin/bash
PYTHON ?=
BIN := .venv/bin
RUN_OPTIONS ?=
PYTEST_OPTIONS ?= -n 2
export KAOJI_TEST_HOME ?= $(CURDIR)/.kaoji-test

.PHONY: setup setup-dev run stop test lint browser fuzz faults bench lock clean

setup: .venv/installed

setup-dev: .venv/installed-dev

.venv/installed: requirements.lock
	@./.ci/environment requirements.lock "$(PYTHON)"
	@touch $@

.venv/installed-dev: requirements.lock requirements-dev.lock
	@./.ci/environment requirements-dev.lock "$(PYTHON)"
	@touch .venv/installed $@

run: setup
	@exec $(BIN)/python manage.py run $(RUN_OPTIONS)

stop:
	@if [ -x $(BIN)/python ]; then $(BIN)/python manage.py stop; fi

browser:
	@./.ci/browser

lint: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	KAOJI_HOME=$(KAOJI_TEST_HOME) $(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --quiet --lint templates
	KAOJI_HOME=$(KAOJI_TEST_HOME) $(BIN)/python manage.py makemigrations --check --dry-run
	./.ci/deployable

test: setup-dev browser lint
	KAOJI_HOME=$(KAOJI_TEST_HOME) $(BIN)/python -m pytest $(PYTEST_OPTIONS)

fuzz: setup-dev
	KAOJI_HOME=$(KAOJI_TEST_HOME) $(BIN)/python -m pytest -m fuzz

faults: setup-dev
	KAOJI_HOME=$(KAOJI_TEST_HOME) $(BIN)/python -m pytest -m faults

bench: setup-dev
	$(BIN)/python -m bench

lock:
	uv pip compile pyproject.toml --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements.lock
	uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements-dev.lock

clean: stop
	@for home in $(KAOJI_TEST_HOME) $(KAOJI_TEST_HOME)/gw*; do \
	  if [ -x $(BIN)/python ] && [ -d $$home ]; then KAOJI_HOME=$$home $(BIN)/python manage.py stop; fi; done
	rm -rf .venv .kaoji-test .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
