"""How a person likes to look at deals."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class ListColumns(models.Model):
    """Which columns a person's list of deals has, in order."""

    user = models.OneToOneField("crm.User", models.CASCADE, related_name="list_columns")
    names = ArrayField(models.CharField(max_length=60))

    def __str__(self) -> str:
        return ", ".join(self.names)
