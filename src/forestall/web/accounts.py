"""Signing in and out, and a person's own page."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_http_methods

from forestall.errors import ForestallError
from forestall.records.datasets import selectors as datasets
from forestall.records.organisations import actions, permissions
from forestall.records.organisations import selectors as organisations
from forestall.web.gates import anyone_signed_in

#: Tries for one e-mail address before it has to rest, and for how long (seconds).
TRIES, REST = 10, 300


class SignInForm(AuthenticationForm):
    """E-mail and password; after ten wrong tries the address rests for five minutes."""

    error_messages = {
        "invalid_login": "That e-mail address and password do not go together. Check both and try again.",
        "inactive": "This account is closed. Ask whoever looks after people in your organisation.",
    }
    username = forms.EmailField(
        label="E-mail address",
        error_messages={
            "required": "Enter your e-mail address.",
            "invalid": "Enter an e-mail address such as name@example.police.uk.",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "username", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        error_messages={"required": "Enter your password."},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_username(self) -> str:
        return self.cleaned_data["username"].strip().lower()

    def clean(self) -> dict[str, str]:
        key = f"sign-in:{self.cleaned_data.get('username', '')}"
        if cache.get(key, 0) >= TRIES:
            raise forms.ValidationError("Too many wrong tries. Wait five minutes, then try again.")
        try:
            return super().clean()
        except forms.ValidationError:
            cache.add(key, 0, REST)
            cache.incr(key)
            raise


@method_decorator(login_not_required, name="dispatch")
class SignIn(LoginView):
    authentication_form = SignInForm
    template_name = "registration/sign_in.html"
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: object) -> dict[str, object]:
        context = super().get_context_data(**kwargs)
        if settings.FORESTALL_DEMO and datasets.live_is_make_believe():
            context["demo_people"] = [
                {
                    "email": person.email,
                    "roles": ", ".join(
                        f"{permissions.role_name(m.role)}, {m.organisation.name}"
                        for m in organisations.memberships(person)
                    ),
                }
                for person in organisations.demo_people()
            ]
            context["demo_password"] = settings.FORESTALL_DEMO_PASSWORD
        return context


class PasswordForm(forms.Form):
    current = forms.CharField(
        label="Current password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter your current password."},
    )
    new = forms.CharField(
        label="New password",
        strip=False,
        help_text="At least 12 characters. Three random words make a good one.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Enter a new password."},
    )


@anyone_signed_in
def account(request: HttpRequest) -> HttpResponse:
    """Who I am here, what I may do and why."""
    today = timezone.localdate()
    held = [
        {
            "organisation": m.organisation.name,
            "role": permissions.role_name(m.role),
            "start": m.start,
            "end": m.end,
            "now": m.start <= today and (m.end is None or m.end >= today),
            "sentences": [permissions.SENTENCES[p] for p in sorted(permissions.permissions_of(m.role))],
        }
        for m in organisations.memberships(request.user)
    ]
    return render(request, "registration/account.html", {"held": held})


@anyone_signed_in
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not request.user.check_password(form.cleaned_data["current"]):
            form.add_error("current", "This is not your current password.")
        else:
            try:
                actions.change_password(
                    by=request.user, person=request.user, password=form.cleaned_data["new"]
                )
            except ForestallError as problem:
                form.add_error("new", str(problem))
            else:
                update_session_auth_hash(request, request.user)
                messages.success(request, "Your password is changed.")
                return redirect("account")
    return render(request, "registration/password.html", {"form": form}, status=422 if form.errors else 200)


urlpatterns = [
    path("sign-in/", SignIn.as_view(), name="sign-in"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("account/", account, name="account"),
    path("account/password/", password, name="password"),
]
