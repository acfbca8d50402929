"""The only settings file. Everything that differs between machines is read from the environment, typed, here."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.utils.csp import CSP

# ── Environment ────────────────────────────────────────────────────────────────────────────────


def env_str(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def env_bool(name: str, default: bool = False) -> bool:
    return env_str(name, str(default)).strip().lower() in {"1", "true", "yes", "on"}


def env_int(name: str, default: int) -> int:
    return int(env_str(name) or default)


def env_list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in env_str(name, default).split(",") if part.strip()]


# One wrong letter in a word of five is half of its letter triples: pg_trgm's own limit is 0.6.
TYPOS = "-c pg_trgm.word_similarity_threshold=0.5"


def database_from(url: str) -> dict[str, object]:
    """`postgresql://user:secret@host:port/name?host=/socket/folder` as Django's settings."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    query["options"] = f"{query.get('options', '')} {TYPOS}".strip()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "penstock",
        "USER": unquote(parts.username or query.pop("user", "penstock")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "OPTIONS": query,
    }


def broker_from(url: str) -> str:
    """Celery has a name of its own for a Redis behind a socket: `unix:///folder/redis.sock?db=1`."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    secret = f":{parts.password}@" if parts.password else ""
    return f"redis+socket://{secret}{parts.path}?virtual_host={dict(parse_qsl(parts.query)).get('db', '0')}"


BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env_str("PENSTOCK_DATA", str(BASE_DIR / ".data"))).resolve()

DEBUG = env_bool("PENSTOCK_DEBUG")
FROM_SOURCE = env_bool("PENSTOCK_FROM_SOURCE", DEBUG)  # static files as they are in the tree, nothing collected
DEMO = env_bool("PENSTOCK_DEMO")  # sign-in cards on the sign-in page; never outside a demo
SECRET_KEY = env_str("PENSTOCK_SECRET_KEY", "only-for-development-and-tests" if DEBUG or DEMO else "")
ALLOWED_HOSTS = env_list("PENSTOCK_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env_list("PENSTOCK_ORIGINS")
HTTPS = env_bool("PENSTOCK_HTTPS")
PROXIES = env_list("PENSTOCK_PROXIES")  # whose X-Forwarded-For names the caller, for the audit and lockouts

# ── Applications ───────────────────────────────────────────────────────────────────────────────

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "crm",
    "contacts",
    "pipeline",
    "forecasting",
    "quotes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "crm.middleware.locale_and_zone",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "crm.middleware.problems",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "crm.urls"
WSGI_APPLICATION = "crm.wsgi.application"
ASGI_APPLICATION = "crm.asgi.application"

LOADERS = ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": LOADERS if DEBUG else [("django.template.loaders.cached.Loader", LOADERS)],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "crm.context.shell",
            ],
            "builtins": ["crm.templatetags.penstock", "django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

# ── Data ───────────────────────────────────────────────────────────────────────────────────────

DATABASES = {"default": database_from(env_str("DATABASE_URL", "postgresql:///penstock"))}
if POOL := env_int("PENSTOCK_POOL", 10):  # connections a process keeps; 0: a connection for each request
    DATABASES["default"]["OPTIONS"] |= {"pool": {"min_size": 0, "max_size": POOL, "timeout": 10}}  # type: ignore[operator]
DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 4  # type: ignore[index]  # only what `crm.rows.prepared` asks
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # a quote of 500 lines, sent whole by a browser without JavaScript
FILES = Path(env_str("PENSTOCK_FILES", str(DATA_DIR / "files")))  # what people upload: never below a web root
FILE_SIZE = env_int("PENSTOCK_FILE_MB", 25) << 20
FILES_OF_DEAL = env_int("PENSTOCK_DEAL_FILES_MB", 250) << 20

REDIS_URL = env_str("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "crm.cache.Cache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "penstock",
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# ── People ─────────────────────────────────────────────────────────────────────────────────────

AUTH_USER_MODEL = "crm.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "crm.backends.PasswordBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "crm:sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "crm:sign-in"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_LOCKOUT_CALLABLE = "crm.views.entrance.locked_out"
AXES_RESET_ON_SUCCESS = True

# ── Language and time ──────────────────────────────────────────────────────────────────────────

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("bg", "Български"), ("ru", "Русский"), ("zh-hans", "简体中文"), ("vi", "Tiếng Việt")]
LOCALE_PATHS = [BASE_DIR / "crm" / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# ── Static files ───────────────────────────────────────────────────────────────────────────────

STATIC_URL = "static/"
STATIC_ROOT = env_str("PENSTOCK_STATIC", str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage" if FROM_SOURCE else "crm.statics.Statics"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = FROM_SOURCE
WHITENOISE_MAX_AGE = 0 if FROM_SOURCE else 60

# ── Security ───────────────────────────────────────────────────────────────────────────────────

SECURE_CSP = {
    "default-src": [CSP.SELF],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "connect-src": [CSP.SELF],
    "object-src": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# ── API ────────────────────────────────────────────────────────────────────────────────────────

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["crm.rest.TokenAuthentication", "crm.rest.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["crm.rest.HasScope"],
    "DEFAULT_PAGINATION_CLASS": "crm.rest.Cursor",
    "DEFAULT_RENDERER_CLASSES": ["crm.rest.rendering.Json"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "crm.rest.schema.ResourceSchema",
    "EXCEPTION_HANDLER": "crm.rest.problem",
    "DEFAULT_THROTTLE_CLASSES": ["crm.rest.Throttle"],
    "DEFAULT_THROTTLE_RATES": {"user": env_str("PENSTOCK_API_RATE", "6000/min")},
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Penstock",
    "DESCRIPTION": "Pipelines, deals, companies, contacts, quotas and forecasts, with the rules and the visibility of the pages.",  # noqa: E501
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_PATCH": False,
    "POSTPROCESSING_HOOKS": [],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer", "description": "A token made in the settings."}
        }
    },
}

# ── Mail ───────────────────────────────────────────────────────────────────────────────────────

SITE_URL = env_str("PENSTOCK_URL", (CSRF_TRUSTED_ORIGINS or ["http://127.0.0.1:8000"])[0]).rstrip("/")
SITE_HOST = urlsplit(SITE_URL).hostname or "localhost"
SMTP = urlsplit(env_str("PENSTOCK_SMTP"))  # smtp://user:secret@host:587 (STARTTLS), smtps://…:465, or plain://…:25
MAIL_IS_ON = bool(SMTP.hostname)
DEFAULT_FROM_EMAIL = env_str("PENSTOCK_MAIL_FROM", f"Penstock <penstock@{SITE_HOST}>")
MAILERS = {
    "default": {
        "BACKEND": f"django.core.mail.backends.{'smtp' if MAIL_IS_ON else 'console'}.EmailBackend",
        "OPTIONS": {
            "host": SMTP.hostname,
            "port": SMTP.port or (465 if SMTP.scheme == "smtps" else 587),
            "username": unquote(SMTP.username or ""),
            "password": unquote(SMTP.password or ""),
            "use_tls": SMTP.scheme == "smtp",
            "use_ssl": SMTP.scheme == "smtps",
            "timeout": 20,
        }
        if MAIL_IS_ON
        else {},
    }
}

# ── Workers ────────────────────────────────────────────────────────────────────────────────────

CELERY_BROKER_URL = broker_from(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True  # a killed worker's task runs again; every task is safe to run twice
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600, "socket_connect_timeout": 2}  # seconds

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"discreet": {"()": "crm.discretion.WithoutTokens"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["discreet"]}},
    "root": {"handlers": ["console"], "level": env_str("PENSTOCK_LOG", "WARNING")},
}
