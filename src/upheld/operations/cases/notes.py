"""Write a note on a case, or attach a file to it; neither stops a clock."""

from __future__ import annotations

import hashlib
from datetime import datetime

from upheld.operations.cases.acting import OPEN_STATES, act_on
from upheld.operations.refusals import ActRefused
from upheld.records.cases.models import ATTACHMENT_BYTES, Attachment, Case, CaseStep
from upheld.records.staff.models import Employee

ANY_STATE = OPEN_STATES | {"settled", "closed"}
LONGEST_NAME = 200


def add_note(
    *, case: Case | int, by: Employee | None, note: str, key: str | None = None, at: datetime | None = None
) -> CaseStep:
    """Add a note to a case in any state; raises ActRefused for an empty one."""
    with act_on(case, by=by, key=key, at=at, states=ANY_STATE) as act:
        if act.done is not None:
            return act.done
        if not note.strip():
            raise ActRefused("empty_note", "the note is empty")
        step = act.step("note", note=note.strip())
        act.save()
        return step


def attach_file(
    *,
    case: Case | int,
    by: Employee | None,
    name: str,
    content_type: str,
    content: bytes,
    key: str | None = None,
    at: datetime | None = None,
) -> Attachment:
    """Keep a file of at most ATTACHMENT_BYTES with a case; the same file under the same name is kept once.

    Raises ActRefused for a file that is empty, too large or without a name.
    """
    name = name.strip().replace("\0", "")
    faults = []
    if not name or len(name) > LONGEST_NAME:
        faults.append(f"the file needs a name of at most {LONGEST_NAME} characters")
    if not content:
        faults.append("the file is empty")
    if len(content) > ATTACHMENT_BYTES:
        faults.append(f"the file has {len(content):,} bytes, at most {ATTACHMENT_BYTES:,} are taken")
    if faults:
        raise ActRefused("bad_file", "; ".join(faults))
    digest = hashlib.sha256(content).hexdigest()
    with act_on(case, by=by, key=key, at=at, states=ANY_STATE) as act:
        kept = Attachment.objects.filter(case=act.case, sha256=digest, name=name).first()
        if kept is not None:
            return kept
        if act.done is not None:
            raise ActRefused("key_used", f"the key {key!r} was used for another step")
        step = act.step("attached", detail={"name": name, "bytes": len(content), "sha256": digest})
        act.save()
        return Attachment.objects.create(
            case=act.case, step=step, name=name, content_type=content_type, content=content, sha256=digest
        )
