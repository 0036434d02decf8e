"""Serves the style pages without a database, under the strictest content security policy that the house may want."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from csp.constants import NONCE, NONE, SELF
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.test import override_settings

HERE = Path(__file__).resolve().parent

POLICY = {
    "default-src": [NONE],
    "script-src": [NONCE],
    "style-src": [SELF],
    "img-src": [SELF],
    "connect-src": [SELF],
    "form-action": [SELF],
}
MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]


class QuietHandler(WSGIRequestHandler):
    """Requests are not worth a line each."""

    def log_message(self, format: str, *args: object) -> None:
        return


def overrides() -> dict[str, Any]:
    """The settings of the style pages, on top of the house's."""
    templates = {**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], HERE / "templates"]}
    processors = ["django.template.context_processors.request", "django.contrib.messages.context_processors.messages"]
    return {
        "ROOT_URLCONF": "tests.look.urls",
        "MIDDLEWARE": MIDDLEWARE,
        "MESSAGE_STORAGE": "django.contrib.messages.storage.cookie.CookieStorage",
        "TEMPLATES": [{**templates, "OPTIONS": {"context_processors": processors}}],
        "STORAGES": {
            **settings.STORAGES,
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
        "CONTENT_SECURITY_POLICY": {"DIRECTIVES": POLICY},
        "CSRF_COOKIE_NAME": "csrf",
        "CSRF_COOKIE_SECURE": False,
        "ALLOWED_HOSTS": ["127.0.0.1"],
    }


@contextmanager
def style_pages(port: int = 0) -> Iterator[str]:
    """The address of the style pages while the block runs."""
    with override_settings(**overrides()):
        server = ThreadedWSGIServer(("127.0.0.1", port), QuietHandler)
        server.set_app(StaticFilesHandler(WSGIHandler()))
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
