"""Who a session belongs to."""

from django.contrib.auth.backends import ModelBackend

from crm.models import User
from crm.rows import columns, first


class PasswordBackend(ModelBackend):
    """Django's, but for how it reads the person of every request."""

    def get_user(self, user_id: int) -> User | None:
        found = first(f"SELECT {columns(User, 'u')} FROM crm_user u WHERE u.id = %s AND u.is_active", [user_id], User)
        return found[0] if found else None
