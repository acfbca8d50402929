"""Pages and API."""

import os

from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
application = get_wsgi_application()
if proxies := os.environ.get("PENSTOCK_PROXIES"):  # whose X-Forwarded-For names the caller, for the audit and lockouts
    application = wrap_wsgi_with_proxy_headers(application, trusted_hosts=proxies.split(","))
