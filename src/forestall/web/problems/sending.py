"""Forms that may arrive twice, or late: one place for how a change is sent."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from forestall.errors import ForestallError
from forestall.records.audit.rules import Stale
from forestall.records.problems.actions import working


def form_token() -> str:
    """What makes a form's second arrival harmless."""
    return secrets.token_urlsafe(18)


def expected_version(request: HttpRequest) -> int:
    """The version that the writer had before them; a missing or odd one never matches."""
    given = request.POST.get("expected_version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1


def send(request: HttpRequest, form: forms.Form, do: Callable[[], str]) -> HttpResponse | None:
    """Where the form is sound, do what it asks, once, and go on; else None with the errors on the form.

    do: makes the change and returns the address to go to. A stale save is raised on, to become the 409 page.
    """
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return redirect(working.once(by=request.user, token=request.POST.get("token", ""), do=do))
    except Stale:
        raise
    except ForestallError as problem:
        form.add_error(None, f"{problem.what} {problem.next_step}".strip())
        return None


def show(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page with its form; 422 when the form came back with errors."""
    form = context.get("form")
    bad = form is not None and form.is_bound and bool(form.errors)
    token = request.POST.get("token", "")[:64] if bad else form_token()
    return render(request, template, {**context, "form_token": token}, status=422 if bad else 200)


class PlainForm(forms.Form):
    """A form without colons after its labels."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("label_suffix", "")
        super().__init__(*args, **options)


def long_text(
    label: str, *, required: bool = False, hint: str = "", rows: int = 5, most: int = 10_000
) -> Any:
    """A field for more than a line."""
    return forms.CharField(
        label=label,
        required=required,
        help_text=hint,
        max_length=most,
        widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={
            "required": f"Enter {label[0].lower()}{label[1:].rstrip('?')}.",
            "max_length": f"{label} can have {most:,} characters.",
        },
    )


def line(label: str, *, required: bool = True, hint: str = "", most: int = 160) -> Any:
    """A field of one line."""
    return forms.CharField(
        label=label,
        required=required,
        help_text=hint,
        max_length=most,
        error_messages={
            "required": f"Enter {label[0].lower()}{label[1:]}.",
            "max_length": f"{label} can have {most} characters.",
        },
    )


def day(label: str, *, required: bool = False, hint: str = "") -> Any:
    """A date."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=hint,
        widget=forms.DateInput(),
        input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d %B %Y"],
        error_messages={
            "required": f"Enter {label[0].lower()}{label[1:]}.",
            "invalid": f"{label} must be a real date, such as 27/3/2026.",
        },
    )


def choice(label: str, choices: Any, *, required: bool = True, hint: str = "", radios: bool = False) -> Any:
    """One of several."""
    return forms.ChoiceField(
        label=label,
        choices=choices,
        required=required,
        help_text=hint,
        widget=forms.RadioSelect if radios else forms.Select,
        error_messages={
            "required": f"Choose {label[0].lower()}{label[1:]}.",
            "invalid_choice": f"Choose {label[0].lower()}{label[1:]} from the list.",
        },
    )
