"""Who may reach a view. A view without a mark is refused, so that a forgotten one is shut, not open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from infosoc.kernel.permission import Permission

View = TypeVar("View", bound=Callable[..., Any])


def allow(permission: Permission) -> Callable[[View], View]:
    """Let in whoever has this right in the tenant of the address."""

    def mark(view: View) -> View:
        view.access = permission  # type: ignore[attr-defined]  # a mark on the function
        return view

    return mark


def signed_in(view: View) -> View:
    """Let in whoever is signed in; for pages of the person, not of a tenant."""
    view.access = "signed-in"  # type: ignore[attr-defined]  # a mark on the function
    return view


def public(view: View) -> View:
    """Let in anybody. The view has no tenant scope but what it enters itself."""
    view.access = "public"  # type: ignore[attr-defined]  # a mark on the function
    return view


def without_cookie(view: View) -> View:
    """A public view whose right stands in what is sent, never in a cookie: mail programs post to it from anywhere.

    Nothing of the browser's is used, so there is nothing that another site could misuse; it needs no form token.
    """
    view.access, view.without_cookie = "public", True  # type: ignore[attr-defined]  # a mark on the function
    return view


def needs_no_cookie(view: Callable[..., Any] | None) -> bool:
    return bool(getattr(view, "without_cookie", False))


def access_of(view: Callable[..., Any] | None) -> Permission | str | None:
    """The mark of a view function; None when it carries none."""
    return getattr(view, "access", None)
