"""What every form shares, and the forms of sign-in and settings. Forms validate; only verbs save."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from babel.numbers import format_decimal, parse_decimal
from django import forms
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from crm.errors import Refused
from crm.models import Currency, Role, Scope, Team, User, Workspace
from crm.templatetags.penstock import locale

CLASSES: Mapping[str, str] = {"select": "select", "selectmultiple": "select", "textarea": "textarea"}
LARGEST = 20  # power of ten: of a number that can be typed
UNSTYLED = {"checkbox", "radioselect", "checkboxselectmultiple", "hidden", "moneywidget"}


class Form(forms.Form):
    """A form whose widgets carry the design's classes, and which can show what a verb refused."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            kind = field.widget.__class__.__name__.lower().removesuffix("input")
            if kind not in UNSTYLED:
                field.widget.attrs.setdefault("class", CLASSES.get(kind, "input"))

    def refuse(self, refused: Refused) -> None:
        """Put the verb's sentences beside their fields; those of fields that are not here, above the form."""
        for name, texts in refused.errors.items():
            for text in texts:
                self.add_error(name if name in self.fields else None, text)


class LongText(forms.CharField):
    """Some lines of text. Browsers send \\r\\n; kept and compared is \\n."""

    def __init__(self, *, rows: int = 3, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text


def initial_of(record: Any, form: type[Form]) -> dict[str, Any]:
    """The record's own values for the fields of the form; 35.00 is shown as 35."""
    return {name: tidy(getattr(record, name)) for name in form.base_fields}


def tidy(value: Any) -> Any:
    """A number without zeros that say nothing."""
    if not isinstance(value, Decimal):
        return value
    whole = value.to_integral_value()
    return whole if value == whole else value.normalize()


def date_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AmountField(forms.DecimalField):
    """An amount as the reader's language writes it, grouped or not: 35,000.50 or 35 000,5. Never below 0."""

    default_error_messages: ClassVar = {"invalid": _("Enter an amount.")}

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "input num", "autocomplete": "off"})
        usual: dict[str, Any] = {"min_value": Decimal(0), "max_digits": 18, "decimal_places": 3, "widget": widget}
        super().__init__(**usual | options)

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        text = str(value or "").strip()
        try:
            return super().to_python(str(number_typed(text)) if text else "")
        except ValueError:
            return super().to_python(text)


def number_typed(text: str) -> Decimal:
    """As the reader's language writes it, grouped or not. Raises ValueError, also for what is larger than anything."""
    try:
        value = Decimal(parse_decimal(text, locale=locale(), strict=True))
    except ArithmeticError as problem:
        raise ValueError(text) from problem
    if not value.is_finite() or value.adjusted() > LARGEST:
        raise ValueError(text)
    return value


def as_typed(amount: Decimal, digits: int = 0) -> str:
    """As an input shows it: exact, grouped, with the digits of its currency."""
    least, more = "0" * digits, "#" * (3 - digits)
    return str(format_decimal(amount, f"#,##0.{least}{more}", locale=locale()))


# ── Sign-in ────────────────────────────────────────────────────────────────────────────────────────


class SignInForm(Form):
    username = forms.EmailField(label=_("E-mail"))
    password = forms.CharField(label=_("Password"), strip=False)

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).lower()


# ── Oneself ────────────────────────────────────────────────────────────────────────────────────────

THEMES = [("", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))]


class ProfileForm(Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("As the browser")), *settings.LANGUAGES]
    )
    theme = forms.ChoiceField(label=_("Theme"), required=False, choices=THEMES)


class PasswordForm(Form):
    current = forms.CharField(
        label=_("Current password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label=_("New password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least 10 characters."),
    )


# ── People and teams ───────────────────────────────────────────────────────────────────────────────


def _scopes() -> list[tuple[str, Any]]:
    return [("", _("As the role")), *Scope.choices]


class UserForm(Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    reads = forms.ChoiceField(label=_("May read"), required=False, choices=_scopes)
    writes = forms.ChoiceField(label=_("May change"), required=False, choices=_scopes)


class NewUserForm(UserForm):
    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.all(), required=False, empty_label=_("In no team")
    )
    is_manager = forms.BooleanField(label=_("Manages the team"), required=False)
    password = forms.CharField(
        label=_("First password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=True),
        help_text=_("At least 10 characters. Tell it to the person; they can change it."),
    )


class SetPasswordForm(Form):
    password = forms.CharField(
        label=_("New password"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )


class TeamForm(Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    parent = forms.ModelChoiceField(
        label=_("Part of"), queryset=Team.objects.all(), required=False, empty_label=_("Nothing above it")
    )


class MembershipForm(Form):
    user = forms.ModelChoiceField(
        label=_("Person"), queryset=User.objects.filter(is_active=True), empty_label=_("Choose a person")
    )
    on = forms.DateField(label=_("From"), widget=date_input())
    is_manager = forms.BooleanField(label=_("Manages the team"), required=False)


class MoveForm(Form):
    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.all(), required=False, empty_label=_("In no team")
    )
    on = forms.DateField(label=_("From"), widget=date_input())
    is_manager = forms.BooleanField(label=_("Manages the team"), required=False)


# ── The company ────────────────────────────────────────────────────────────────────────────────────


def _months() -> list[tuple[int, str]]:
    from crm.templatetags.penstock import locale

    return [(number, name) for number, name in locale().months["stand-alone"]["wide"].items()]


class WorkspaceForm(Form):
    name = forms.CharField(label=_("Company name"), max_length=120)
    currency = forms.ModelChoiceField(label=_("Base currency"), queryset=Currency.objects.filter(is_active=True))
    time_zone = forms.CharField(label=_("Time zone"), widget=forms.TextInput(attrs={"list": "zones"}))
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    shares_contacts = forms.BooleanField(label=_("Everyone sees all companies and contacts"), required=False)

    @classmethod
    def of(cls, workspace: Workspace, data: Any = None) -> "WorkspaceForm":
        return cls(data, initial={name: getattr(workspace, name) for name in cls.base_fields})


class FiscalForm(Form):
    fiscal_start = forms.TypedChoiceField(label=_("Fiscal year starts in"), choices=_months, coerce=int)


class RateFileForm(Form):
    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"class": "", "accept": ".csv,.xml,text/csv,text/xml,application/xml"}),
        help_text=_("CSV, or eurofxref-daily.xml or eurofxref-hist.xml of the European Central Bank."),
    )


class PlanRateForm(Form):
    """`rate` empty: none of its own from now on."""

    currency = forms.ModelChoiceField(
        label=_("Currency"), queryset=Currency.objects.none(), empty_label=_("Choose a currency")
    )
    period = forms.ChoiceField(label=_("Period"))
    rate = forms.DecimalField(
        label=_("Plan rate"),
        required=False,
        localize=True,
        max_digits=20,
        decimal_places=10,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "input num"}),
    )

    def __init__(self, *args: Any, base: str, periods: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].queryset = Currency.objects.exclude(pk=base)  # type: ignore[attr-defined]
        self.fields["period"].choices = periods  # type: ignore[attr-defined]


class RateForm(Form):
    currency = forms.ModelChoiceField(
        label=_("Currency"), queryset=Currency.objects.none(), empty_label=_("Choose a currency")
    )
    rate = forms.DecimalField(
        label=_("Rate"),
        localize=True,
        max_digits=20,
        decimal_places=10,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "input num"}),
    )
    on = forms.DateField(label=_("From"), widget=date_input())

    def __init__(self, *args: Any, base: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].queryset = Currency.objects.exclude(pk=base)  # type: ignore[attr-defined]


class TokenForm(Form):
    name = forms.CharField(
        label=_("Name"), max_length=80, widget=forms.TextInput(attrs={"placeholder": _("What it is for")})
    )
    scopes = forms.MultipleChoiceField(label=_("May"), widget=forms.CheckboxSelectMultiple)
    expires_on = forms.DateField(label=_("Until"), required=False, widget=date_input())

    def __init__(self, *args: Any, scopes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = scopes  # type: ignore[attr-defined]


def language_name(code: str) -> str:
    return str(translation.get_language_info(code)["name_local"]) if code else ""
