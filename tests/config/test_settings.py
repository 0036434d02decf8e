"""What a browser is told by default, and what no setting may say."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

ROOT = Path(settings.BASE_DIR)


def test_by_default_everything_is_closed():
    assert settings.DEBUG is False
    assert settings.SECURE_SSL_REDIRECT
    assert settings.SECURE_HSTS_SECONDS >= 31_536_000
    assert settings.SESSION_COOKIE_SECURE
    assert settings.SESSION_COOKIE_HTTPONLY
    assert settings.CSRF_COOKIE_SECURE
    assert settings.SESSION_COOKIE_NAME.startswith("__Host-")
    assert settings.CSRF_COOKIE_NAME.startswith("__Host-")


def test_plain_http_is_sent_to_https():
    answer = Client().get("/somewhere/")

    assert (answer.status_code, answer.headers["Location"]) == (301, "https://testserver/somewhere/")


@pytest.mark.django_db
def test_every_page_tells_the_browser_what_it_may_do(client: Client):
    headers = client.get("/no-such-page/", secure=True).headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))

    assert headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"]) == ("DENY", "nosniff")
    assert headers["Referrer-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert (policy["default-src"], policy["object-src"], policy["base-uri"], policy["frame-ancestors"]) == ("'none'",) * 4
    assert "data:" in policy["worker-src"]
    assert not [name for name, sources in policy.items() if "unsafe" in sources or "*" in sources or "http" in sources]
    assert "data:" not in policy["script-src"]


@pytest.mark.django_db
def test_a_foreign_host_name_gets_no_page(client: Client):
    assert client.get("/", secure=True, headers={"host": "elsewhere.example"}).status_code == 400


def test_messages_between_processes_are_json_only():
    assert settings.CELERY_ACCEPT_CONTENT == ["json"]
    assert settings.CELERY_TASK_SERIALIZER == "json"


def test_a_production_machine_has_nothing_to_correct(tmp_path: Path):
    script = subprocess.run(
        [ROOT / ".ci" / "deployable"],
        env={"PATH": "/usr/bin:/bin", "KAOJI_TEST_HOME": str(tmp_path), "KAOJI_PYTHON": sys.executable},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (script.returncode, "no issues" in script.stdout) == (0, True), script.stderr
    assert list(tmp_path.iterdir()) == []
