"""Every setting of Kaoji, decided by environment variables with safe production defaults (docs/OPERATIONS.md lists them)."""

import datetime as dt
from pathlib import Path

import django_stubs_ext
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF

from config import environment, logs

django_stubs_ext.monkeypatch()  # lets annotations such as QuerySet[Candidate] stand in bases at run time

BASE_DIR = Path(__file__).resolve().parent.parent
ENV = environment.read(BASE_DIR)

KAOJI_HOME = ENV.home
SECRET_KEY = ENV.secret_key
FIELD_KEYS = ENV.field_keys
LOOKUP_KEY = ENV.lookup_key
NUMBER_KEY = ENV.number_key
SIGNING_KEY = ENV.signing_key  # signs certificates
FORMER_CERTIFICATES = ENV.former_certificates  # what was signed with these stays the office's own
TIMESTAMP_URL = ENV.timestamp_url
ALLOWED_HOSTS = ENV.allowed_hosts
PUBLIC_ADDRESS = ENV.public_address  # stands in the QR code of every certificate
PLAIN_HTTP = ENV.plain_http
DEBUG = False

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django.contrib.postgres",
    "bootstrap",
    "django_htmx",
    "django_altcha",
    "django_structlog",
    "django_celery_beat",
    "axes",
    "guardian",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "audit",
    "records",
    "scores",
    "exemptions",
    "transfers",
    "graduation",
    "config",
]

MIDDLEWARE = [
    "config.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.headers.HeadersMiddleware",
    "scores.results.admission.AdmissionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "config.logs.RequestMiddleware",
    "audit.middleware.ActingMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "records.people.sessions.SignedSessionMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "records.lookups.middleware.LimitMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.frame",
            ],
        },
    }
]
FORM_RENDERER = "config.rendering.HouseRenderer"

DATABASES = {"default": ENV.database}
APPLICATION_ROLE = ENV.application_role  # config/privileges.py grants to it
ASSUMED_ROLE = ENV.assumed_role  # one address for both roles: the connection changes to this one (config/apps.py)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "records.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",  # first: who is locked is not even checked
    "records.people.backends.NumberBackend",
    "guardian.backends.ObjectPermissionBackend",
]
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "records.people.passwords.NotOnesOwnNumbersValidator"},
]
AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"  # counts in the cache, nothing in tables
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = dt.timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "records.people.lockout.name_for_axes"  # a keyed hash: what is typed may be an identity number
AXES_CLIENT_IP_CALLABLE = "records.lookups.limits.source_of"
AXES_CLIENT_STR_CALLABLE = "records.people.lockout.words_for_axes"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False
SILENCED_SYSTEM_CHECKS = ["axes.W002"]  # no AxesMiddleware: records.people.lockout answers in the house's own way
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = KAOJI_HOME / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
PROOF_ROOT = KAOJI_HOME / "proofs"  # uploaded proofs: outside the web root, served by a view that asks and logs
CERTIFICATE_ROOT = KAOJI_HOME / "certificates"  # signed files as they were issued
OUTBOX_ROOT = KAOJI_HOME / "outbox"
MESSAGE_CARRIERS = ENV.messaging.carriers  # what takes short messages and mails out (records/messages/carriers.py)
SMS_INBOUND_KEY = ENV.messaging.inbound_key  # the gateway signs with it what it hands in (L5)

# What the browser is told
SECURE = not PLAIN_HTTP
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
PROXIES = ENV.proxies  # how many proxies stand in front: as many addresses from the right of X-Forwarded-For are theirs
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600  # a working day
SESSION_LONGEST_SECONDS = SESSION_COOKIE_AGE  # after so long a person signs in again, however busy the session was
SESSION_IDLE_SECONDS = 30 * 60  # left alone for so long, a person is signed out
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF, "data:", "blob:"],  # the human check computes in a worker that it starts from its own text
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

# Cache, jobs
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": ENV.cache_url,
        "KEY_PREFIX": "kaoji",
    }
}
CELERY_BROKER_URL = ENV.broker_url
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": ENV.visibility_seconds, "unacked_restore_throttle": 1}
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True  # the outcome of a job is its row in the database
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TRACK_STARTED = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "wake lost jobs": {"task": "records.sweep_jobs", "schedule": 30},
    "carry due messages": {"task": "records.sweep_messages", "schedule": 30},
    "tell of cases": {"task": "config.follow_cases", "schedule": 30},
    "clear sessions": {"task": "records.clear_sessions", "schedule": 24 * 3600},
    "add up look-ups": {"task": "records.collect_lookup_counts", "schedule": 600},
    "seal the trail": {"task": "audit.seal", "schedule": 300},
    "find unusual reading": {"task": "records.find_unusual_reading", "schedule": crontab(minute=20)},
    "follow records to certificates": {"task": "records.follow_to_certificates", "schedule": 30},
    "walk over certificates": {"task": "records.walk_over_certificates", "schedule": crontab(hour=3, minute=10)},
    "snapshot of last year's marks": {
        "task": "scores.snapshot_last_year",
        "schedule": crontab(month_of_year=1, day_of_month=10, hour=2, minute=30),
    },
    "publish marks at their minute": {
        "task": "scores.publish_due",
        "schedule": 5,
        "options": {"queue": "clock", "expire_seconds": 10},
    },
    "publish marks that nobody has published": {"task": "scores.publish_due", "schedule": 60},  # if no worker serves the clock
    "count what was touched": {"task": "scores.refresh_touched_figures", "schedule": 600},
    "follow credits to graduation": {"task": "graduation.follow_credits", "schedule": 30},
    "follow numbers to result sheets": {"task": "scores.follow_to_sheets", "schedule": 10},
    "walk over result sheets": {"task": "scores.walk_over_sheets", "schedule": crontab(hour=3, minute=40)},
    "draw up the daily report": {"task": "config.draw_up_daily_report", "schedule": crontab(hour=6, minute=10)},
    "remove old exports": {"task": "config.remove_old_exports", "schedule": crontab(hour=4, minute=40)},
    "remove old tickets": {"task": "records.remove_old_tickets", "schedule": crontab(hour=4, minute=50)},
}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
DJANGO_CELERY_BEAT_TZ_AWARE = True

LOOKUPS_AT_ONCE = ENV.lookups_at_once  # result day: so many in each web process, the others wait (scores/results/admission.py)

# The machine-readable door
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.api.exception_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "考籍",
    "DESCRIPTION": "自学考试考籍管理系统接口",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "ENUM_NAME_OVERRIDES": {"MarkFlagEnum": "scores.marks.models.Mark.Flag"},
}

ALTCHA_HMAC_KEY = ENV.altcha_key

# Logs: one JSON object a line, the same request_id in the web process and in the worker; no query strings, no personal data
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
LOGGING_CONFIG = "config.logs.configure"
LOGGING = logs.LOGGING
