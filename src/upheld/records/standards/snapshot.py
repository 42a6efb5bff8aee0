"""An edition as one JSON value: the text of its files and the choices made, enough to load it again.

The files are kept as text, not as parsed rules, so that an old edition is read by the same strict loader as a
new one and its content hash can be compared with the recorded one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from upheld.policy.editions import Edition, load_edition


class SnapshotChanged(Exception):
    """The stored text no longer gives the edition that was recorded."""


def snapshot_of(
    edition: Edition,
    *,
    readings: Mapping[str, str] | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Give `EditionRecord.content` for an edition: {"files": {path: text}, "readings": {}, "parameters": {}}.

    `readings` and `parameters` are the choices that `load_edition` was given, not the whole lists of the
    edition; JSON values only.
    """
    return {
        "files": dict(edition.sources),
        "readings": dict(readings or {}),
        "parameters": dict(parameters or {}),
    }


def edition_from(content: Mapping[str, Any], *, active_from: date, content_hash: str) -> Edition:
    """Load an edition from its snapshot.

    Raises SnapshotChanged when the text does not hash to `content_hash`, StandardRefused when it is no
    standard at all.
    """
    edition = load_edition(
        sources=content["files"],
        readings=content["readings"],
        parameters=content["parameters"],
        active_from=active_from,
    )
    if edition.content_hash != content_hash:
        raise SnapshotChanged(
            f"the stored text of the edition of {active_from} hashes to {edition.content_hash[:10]}, "
            f"but {content_hash[:10]} was recorded."
        )
    return edition
