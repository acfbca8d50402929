"""The first administrator of an empty installation."""

import os
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from crm.models import Role, User


class Command(BaseCommand):
    help = "Makes an administrator. The password is asked for, or read from PENSTOCK_ADMIN_PASSWORD."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="")

    def handle(self, *args: Any, email: str, name: str, **options: Any) -> None:
        if User.objects.filter(email__iexact=email).exists():
            raise CommandError(f"{email} is a user already.")
        password = os.environ.get("PENSTOCK_ADMIN_PASSWORD") or self.ask()
        user = User(email=email, name=name or email.partition("@")[0], role=Role.ADMIN)
        try:
            validate_email(email)
            validate_password(password, user)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        User.objects.create_user(email=user.email, password=password, name=user.name, role=user.role)
        self.stdout.write(f"{email} may sign in and change everything.")

    def ask(self) -> str:
        try:
            first = getpass("Password: ")
            second = getpass("Once more: ")
        except (EOFError, KeyboardInterrupt) as error:
            raise CommandError("No password was given: type one, or set PENSTOCK_ADMIN_PASSWORD.") from error
        if first != second:
            raise CommandError("The two passwords differ: run this again.")
        return first
