"""Settings. Everything that differs between machines comes from FORESTALL_* in the environment.

Without any, this is a server for one machine: its own data folder, SQLite, no e-mail. With
FORESTALL_PRODUCTION=1 it asks for a secret key and host names, and serves over TLS alone.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from forestall.evidence.catalogue import default_data_folder

PACKAGE = Path(__file__).resolve().parents[1]


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    if not text.isdigit():
        raise ImproperlyConfigured(f"{name} is {text!r}; it has to be a whole number such as {default}.")
    return int(text)


def _secret_key() -> str:
    """From the environment; else one made at first start and kept in the data folder, readable by its owner."""
    given = os.environ.get("FORESTALL_SECRET_KEY", "")
    if PRODUCTION and len(given) < 50:
        raise ImproperlyConfigured(
            "FORESTALL_SECRET_KEY has to be set in production: 50 or more random characters, kept secret."
        )
    if given:
        return given
    path = FORESTALL_DATA / "secret-key"
    if not path.exists():
        FORESTALL_DATA.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


PRODUCTION = os.environ.get("FORESTALL_PRODUCTION", "") == "1"
DEBUG = False

#: Where records, releases and uploads live: never inside the served folders.
FORESTALL_DATA = default_data_folder().resolve()
FORESTALL_STORE = FORESTALL_DATA / "store"
FORESTALL_UPLOADS = FORESTALL_DATA / "uploads"
#: The most that one upload may weigh, all files together.
FORESTALL_UPLOAD_MEGABYTES = _number("FORESTALL_UPLOAD_MEGABYTES", 200)
#: Handling marking on every page and print.
FORESTALL_MARKING = os.environ.get("FORESTALL_MARKING", "OFFICIAL")
#: List made-up people on the sign-in page: beside make-believe records alone.
FORESTALL_DEMO = not PRODUCTION and os.environ.get("FORESTALL_DEMO", "1") == "1"
FORESTALL_DEMO_PASSWORD = os.environ.get("FORESTALL_DEMO_PASSWORD", "make-believe")

SECRET_KEY = _secret_key()
ALLOWED_HOSTS = [h for h in os.environ.get("FORESTALL_HOSTS", "").split(",") if h] or (
    [] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"]
)
CSRF_TRUSTED_ORIGINS = [f"https://{h}" for h in ALLOWED_HOSTS] if PRODUCTION else []

#: An app is a folder of records/ that keeps something, so it has models.
RECORDS_APPS = sorted(
    f"forestall.records.{folder.name}"
    for folder in (PACKAGE / "records").iterdir()
    if (folder / "models.py").exists() or (folder / "models" / "__init__.py").exists()
)
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "csp",
    *RECORDS_APPS,
    "forestall.web",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "forestall.web.middleware.headers",
    "forestall.web.middleware.body_size",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "forestall.web.middleware.UserErrors",
]
ROOT_URLCONF = "forestall.config.urls"
WSGI_APPLICATION = "forestall.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "forestall.web.context.page",
            ],
            "builtins": ["forestall.web.templatetags.forestall", "django.templatetags.static"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": FORESTALL_DATA / "forestall.sqlite3",
        # Readers never wait for a writer (WAL); a transaction takes its lock when it begins, so that two
        # writers queue rather than fail half-way.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "organisations.User"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
SESSION_COOKIE_AGE = 12 * 60 * 60  # a shift
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "forestall.web.errors.csrf"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # no collecting step: files are served from the package
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 300
WHITENOISE_MIMETYPES = {".mjs": "text/javascript"}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MEDIA_ROOT = FORESTALL_UPLOADS  # nothing is served from here
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_NUMBER_FILES = 200
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
FILE_UPLOAD_PERMISSIONS = 0o600

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    if os.environ.get("FORESTALL_BEHIND_PROXY", "") == "1":
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"forestall": {"level": "INFO"}},
}
