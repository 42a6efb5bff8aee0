"""The key that signs sessions and forms.

From the environment, else made once on this machine and readable by its owner alone.
"""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_urlsafe
from tempfile import mkstemp


def secret_key(home: Path) -> str:
    """Give UPHELD_SECRET_KEY, else the key stored in `home`, making it on the first call.

    Safe with two processes.
    """
    given = os.environ.get("UPHELD_SECRET_KEY")
    if given:
        return given
    place = home / "secret_key"
    if not place.exists():
        _make(place)
    return place.read_text(encoding="ascii")


def _make(place: Path) -> None:
    """Write a whole key beside its place and link it in.

    Whoever links first wins, and nobody ever reads half a key.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = mkstemp(
        prefix="secret_key.", dir=place.parent
    )  # a file that its owner alone may read
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(token_urlsafe(50))
    try:
        os.link(draft, place)
    except FileExistsError:
        pass  # another process was first; its key is the key
    finally:
        os.unlink(draft)
