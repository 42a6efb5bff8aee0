"""No view is open by oversight: each one declares the permission that it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

# Views of other people's code that are served under our roof, with the reason why each may be.
FOREIGN_VIEWS = {
    "django.views.i18n.set_language": "changes a cookie of whoever asks, and nothing else",
}


def views(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    """Walk a URL configuration and give each route with its view."""
    for pattern in patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from views(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def test_every_view_declares_its_permission() -> None:
    if find_spec("upheld.config.urls") is None:
        pytest.skip("upheld.config.urls is not written yet")
    found = list(views(get_resolver().url_patterns))
    assert found
    for route, view in found:
        name = f"{view.__module__}.{getattr(view, '__qualname__', type(view).__name__)}"
        declared = getattr(view, "permission", None) or getattr(
            getattr(view, "view_class", None), "permission", None
        )
        assert declared or name in FOREIGN_VIEWS, f"/{route}: {name} declares no permission"
