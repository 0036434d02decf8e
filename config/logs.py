"""Logs: one JSON object a line on standard error, with the request's id, also in the worker; never personal data.

Messages of exceptions quote what they stumbled over (a name, an identity number, a row), and so do query strings:
neither is logged.
"""

import logging.config
import sys
import traceback
from types import TracebackType
from typing import Any

import structlog
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware as StructlogRequestMiddleware
from structlog.typing import EventDict, Processor

QUOTING = ("error", "exception", "reason", "result")  # what django-structlog takes from exceptions and results


class RequestMiddleware(StructlogRequestMiddleware):
    """Gives each request its id and logs its start and end, by path without the query string."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        """``GET /records/``."""
        return f"{request.method} {request.path}"


def without_messages(logger: object, method: str, event: EventDict) -> EventDict:
    """An exception by its types and the lines it went through; its text stays out."""
    error = _exception(event.pop("exc_info", None))
    for key in QUOTING:
        event.pop(key, None)
    if error is not None:
        event["exception"] = [type(link).__name__ for link in _chain(error)]
        event["lines"] = _lines(error.__traceback__)
    return event


def _exception(exc_info: Any) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        exc_info = exc_info[1]
        return exc_info if isinstance(exc_info, BaseException) else None
    return sys.exc_info()[1] if exc_info else None


def _chain(error: BaseException | None) -> list[BaseException]:
    links: list[BaseException] = []
    while error is not None and error not in links:
        links.append(error)
        error = error.__cause__ or error.__context__
    return links


def _lines(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=False, key="at"),
]

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": SHARED,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                without_messages,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
            "use_get_message": True,
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # The same things once more, with the texts that stay out: django-structlog reports both
        "celery.app.trace": {"level": "CRITICAL"},
        "django.request": {"level": "CRITICAL"},
        "django.db.backends": {"level": "WARNING"},
        "axes": {"level": "ERROR"},  # who got in or not stands in the trail
    },
}


def configure(config: dict[str, Any]) -> None:
    """Set up standard logging and structlog on top of it (Django calls it with LOGGING)."""
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[
            *SHARED,
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
