"""Tags and filters of every template. The macros are govuk-frontend's own, ported to Jinja by others."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from django import forms, template
from django.forms import BoundField
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, PrefixLoader

    return Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        loader=PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
    )


@cache
def _macro(component: str) -> Any:
    name = "govuk" + "".join(part.capitalize() for part in component.split("-"))
    module = _environment().get_template(f"govuk_frontend_jinja/components/{component}/macro.html").module
    return getattr(module, name)


def component(name: str, params: dict[str, Any]) -> SafeString:
    """The HTML of one GOV.UK component. Text is escaped; `html` values are taken as they are."""
    return mark_safe(str(_macro(name)(_plain(params))))  # noqa: S308 - the macros escape


def _plain(value: Any) -> Any:
    """Django's lazy texts and safe strings as plain ones, so that the macros escape alike. None is left out."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value if v is not None]
    if isinstance(value, bool | int | float):
        return value
    return value if value is None else str(value) + ""


@register.simple_tag(name="govuk")
def govuk(component_name: str, params: dict[str, Any] | None = None, **options: Any) -> SafeString:
    """{% govuk "button" text="Save" %}: a component by its GOV.UK name, options by their GOV.UK names.

    `params` is a dict made by the view, for components that take lists; options add to it.
    """
    return component(component_name, {**(params or {}), **options})


@register.simple_tag
def field(bound: BoundField, **options: Any) -> SafeString:
    """A form field as its GOV.UK component, with label, hint, error and value.

    Options go to the component (classes="govuk-input--width-10"). `large_label=True`: the label is the
    page's heading.
    """
    large = options.pop("large_label", False)
    label = {
        "text": bound.label,
        "classes": "govuk-label--l" if large else "govuk-label--s",
        "isPageHeading": large or None,
    }
    params: dict[str, Any] = {
        "id": bound.id_for_label or bound.auto_id,
        "name": bound.html_name,
        "hint": {"text": bound.help_text} if bound.help_text else None,
        "errorMessage": {"text": " ".join(bound.errors)} if bound.errors else None,
        **options,
    }
    widget = bound.field.widget
    if isinstance(widget, forms.HiddenInput):
        return mark_safe(str(bound))  # noqa: S308 - Django escapes
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple | forms.CheckboxInput):
        return _choices(bound, params, label, large)
    params["label"] = label
    if isinstance(widget, forms.Select):
        params["items"] = [
            {"value": value, "text": text, "selected": _is_chosen(bound, value)}
            for value, text in _flat(bound.field.choices)
        ]
        return component("select", params)
    if isinstance(widget, forms.FileInput):
        params["attributes"] = {k: v for k, v in widget.attrs.items() if v is not True}
        if widget.allow_multiple_selected:
            params["attributes"]["multiple"] = "multiple"
        return component("file-upload", params)
    params["value"] = "" if bound.value() is None else bound.value()
    if isinstance(widget, forms.Textarea):
        params.setdefault("rows", widget.attrs.get("rows", 5))
        return component("textarea", params)
    params["type"] = widget.input_type
    for name in ("autocomplete", "inputmode", "spellcheck"):
        if name in widget.attrs:
            params.setdefault(name, widget.attrs[name])
    if isinstance(widget, forms.PasswordInput):
        return component("password-input", {k: v for k, v in params.items() if k not in ("type", "value")})
    if isinstance(widget, forms.DateInput):
        params["value"] = (
            bound.value().isoformat() if hasattr(bound.value(), "isoformat") else params["value"]
        )
        params["type"] = "date"
        params.setdefault("classes", "govuk-input--width-10")
    return component("input", params)


def _choices(bound: BoundField, params: dict[str, Any], label: dict[str, Any], large: bool) -> SafeString:
    params["idPrefix"] = params.pop("id")
    if isinstance(bound.field.widget, forms.CheckboxInput):
        item = {"value": "on", "text": bound.label, "checked": bool(bound.value())}
        return component("checkboxes", {**params, "items": [item]})
    classes = f"govuk-fieldset__legend--{'l' if large else 's'}"
    params["fieldset"] = {
        "legend": {"text": label["text"], "classes": classes, "isPageHeading": large or None}
    }
    # Django's CheckboxSelectMultiple is a RadioSelect by inheritance: ask for it first.
    many = isinstance(bound.field.widget, forms.CheckboxSelectMultiple)
    kind = "checkboxes" if many else "radios"
    mark = "checked"
    params["items"] = [
        {"value": value, "text": text, mark: _is_chosen(bound, value)}
        for value, text in _flat(bound.field.choices)
        if not (value == "" and kind == "radios")
    ]
    return component(kind, params)


def _flat(choices: Any) -> list[tuple[str, str]]:
    out: list[tuple[str, str]] = []
    for value, text in choices:
        out += _flat(text) if isinstance(text, list | tuple) else [(str(value), str(text))]
    return out


def _is_chosen(bound: BoundField, value: str) -> bool:
    chosen = bound.value()
    if isinstance(chosen, list | tuple | set):
        return value in {str(c) for c in chosen}
    return value == ("" if chosen is None else str(chosen))


@register.simple_tag
def error_summary(*bound_forms: forms.BaseForm | None) -> SafeString:
    """Everything that has to be put right, each line a link to its field. Nothing when there is nothing."""
    items = []
    for form in bound_forms:
        if form is None or not form.is_bound:
            continue
        for name, messages in form.errors.items():
            target = form[name].id_for_label or form[name].auto_id if name in form.fields else ""
            for message in messages:
                items.append({"text": message, "href": f"#{target}" if target else None})
    if not items:
        return SafeString("")
    return component("error-summary", {"titleText": "There is a problem", "errorList": items})


def _true_minus(text: str) -> str:
    """A hyphen before a number reads as a dash; nought has no sign."""
    bare = text.lstrip("-")
    return bare if not any(c in "123456789" for c in bare) else text.replace("-", "−")


@register.filter
def number(value: Any) -> str:
    """1234567 -> 1,234,567; None -> "not known"."""
    if value is None or value == "":
        return "not known"
    return _true_minus(f"{value:,.0f}") if isinstance(value, int | float) else str(value)


@register.filter
def decimal(value: Any, places: int = 1) -> str:
    return "not known" if value is None or value == "" else _true_minus(f"{float(value):,.{int(places)}f}")


@register.filter
def figure_cell(value: Any) -> str:
    """A number of a figure's table: whole numbers with commas, others to two decimals; text as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return _true_minus(f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}")


@register.filter
def pounds(value: Any) -> str:
    """To the nearest pound; None -> "not known"."""
    if value is None or value == "":
        return "not known"
    return f"−£{-value:,.0f}" if value < 0 else f"£{value:,.0f}"


@register.filter
def percent(value: Any, places: int = 0) -> str:
    """A share (0.25) as a percentage (25%)."""
    return (
        "not known" if value is None or value == "" else _true_minus(f"{100 * float(value):.{int(places)}f}%")
    )


@register.filter
def month(value: Any) -> str:
    """2022-10 -> October 2022."""
    names = "January February March April May June July August September October November December".split()
    text = str(value or "")
    if len(text) != 7 or text[4] != "-" or not text[5:].isdigit() or not 1 <= int(text[5:]) <= 12:
        return text
    return f"{names[int(text[5:]) - 1]} {text[:4]}"


@register.filter
def instant(value: Any) -> str:
    """2026-11-22T19:05:00+00:00 -> 22 November 2026, 19:05, local time."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value or "")
    return date_format(timezone.localtime(at) if timezone.is_aware(at) else at, "j F Y, H:i")


@register.filter
def megabytes(value: Any) -> str:
    size = float(value or 0)
    return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:,.1f} kB"


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """mapping[key], or nothing."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.simple_tag
def tag(text: str, colour: str = "") -> SafeString:
    """A GOV.UK tag; colour one of grey, green, turquoise, blue, purple, pink, red, orange, yellow."""
    return component("tag", {"text": text, "classes": f"govuk-tag--{colour}" if colour else ""})


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: Any) -> str:
    """The page's own address with these parts of its query changed (None takes one out)."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}"


@register.simple_tag
def version_field(record: Any) -> SafeString:
    """The hidden field that lets a save find out that somebody else saved first."""
    return format_html('<input type="hidden" name="expected_version" value="{}">', record.version)


@register.filter
def lines(value: Any) -> SafeString:
    """Text with its line breaks, escaped."""
    return mark_safe("<br>".join(conditional_escape(v) for v in str(value or "").splitlines()))  # noqa: S308
