"""Everything at once for development; in production only the event stream."""

import os
import warnings

from django.conf import settings
from django.core.asgi import get_asgi_application
from granian.utils.proxies import wrap_asgi_with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
warnings.filterwarnings("ignore", "StreamingHttpResponse must consume")  # whitenoise reads its files synchronously
application = get_asgi_application()
if settings.PROXIES:
    application = wrap_asgi_with_proxy_headers(application, trusted_hosts=settings.PROXIES)
