"""Answers kept for a day, so that a request sent twice is done once."""

from django.db import models
from django.utils import timezone


class IdempotencyKey(models.Model):
    """Written in the transaction of the request it names: a request that failed leaves no key and may be sent again."""

    user = models.ForeignKey("crm.User", models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)  # of method, address and body
    answer = models.JSONField(null=True)  # {"status": …, "headers": {…}, "body": …}
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint("user", "key", name="idempotencykey_once")]
        indexes = [models.Index(fields=["created_at"], name="idempotencykey_age")]

    def __str__(self) -> str:
        return self.key
