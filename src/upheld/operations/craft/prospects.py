"""Find prospects, judge them by the four marks, and move a sale through its chapters (MGR-4 to MGR-7)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from upheld.operations.audit_trail import write_entry
from upheld.operations.craft.reach import require_craft
from upheld.operations.customer_reach import reaches, refuse_reach
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused
from upheld.operations.turns import wait_for_turn
from upheld.records.craft.choices import Chapter, Mark
from upheld.records.craft.models import ChapterStep, Document, Judgement, Prospect
from upheld.records.people.models import Group
from upheld.records.staff.models import Employee

LARGEST = 10 * 1024 * 1024
MOST_DOCUMENTS = 100


def add_prospect(
    *,
    by: Employee,
    key: str,
    name: str,
    contact_name: str = "",
    contact_phone: str = "",
    subject: str = "",
    group: Group | int | None = None,
    at: datetime | None = None,
) -> Prospect:
    """Write a prospect down under an idempotency key; it begins in the first chapter, the visit. Once for a key.

    Raises ActRefused without a name, NotAllowed for a group whom `by` does not reach.
    """
    require_job(by, "use_craft", act="add_prospect", subject_kind="prospect")
    if not name.strip():
        raise ActRefused("no_name", "a prospect has a name")
    at = at or timezone.now()
    group_id = group.pk if isinstance(group, Group) else group
    day = timezone.localdate(at)
    if group_id is not None and not reaches(by, person_id=None, group_id=group_id, day=day):
        raise refuse_reach(by, act="add_prospect", subject_kind="group", subject_id=group_id)
    with transaction.atomic():
        wait_for_turn(f"add_prospect {key}")
        stored = Prospect.objects.filter(key=key).first()
        if stored is not None:
            return stored
        prospect = Prospect.objects.create(
            name=name.strip(),
            contact_name=contact_name.strip(),
            contact_phone=contact_phone.strip(),
            subject=subject.strip(),
            group_id=group_id,
            owner=by,
            chapter=Chapter.VISIT,
            found_at=at,
            moved_at=at,
            key=key,
        )
        ChapterStep.objects.create(prospect=prospect, chapter=Chapter.VISIT, by=by, at=at, key=f"{key}:first")
        write_entry(act="add_prospect", by=by, subject_kind="prospect", subject_id=prospect.pk)
        return prospect


def judge_prospect(
    *, by: Employee, prospect: Prospect | int, mark: str, holds: bool, note: str = ""
) -> Judgement:
    """Judge whether a prospect bears a mark; judged alike as before, nothing is added (MGR-4)."""
    with transaction.atomic():
        stored = hold_prospect(prospect)
        require_craft(
            by, stored.owner_id, act="judge_prospect", subject_kind="prospect", subject_id=stored.pk
        )
        if mark not in Mark.values:
            raise ActRefused("unknown_mark", f"{mark!r} is not one of {', '.join(Mark.values)}")
        last = Judgement.objects.filter(prospect=stored, mark=mark).order_by("-pk").first()
        if last is not None and last.holds is holds and (not note.strip() or last.note == note.strip()):
            return last
        judged = Judgement.objects.create(prospect=stored, mark=mark, holds=holds, note=note.strip(), by=by)
        detail = {"mark": mark, "holds": holds}
        write_entry(act="judge_prospect", by=by, subject_kind="prospect", subject_id=stored.pk, detail=detail)
        return judged


def move_prospect(
    *,
    by: Employee,
    prospect: Prospect | int,
    chapter: str,
    key: str,
    note: str = "",
    at: datetime | None = None,
) -> Prospect:
    """Move a sale into another chapter, forward, back or to lost; dropped where it lies already, it stays.

    A note may go with it; what is lost needs one. Sent twice under one key, it moves once.
    """
    at = at or timezone.now()
    with transaction.atomic():
        stored = hold_prospect(prospect)
        require_craft(by, stored.owner_id, act="move_prospect", subject_kind="prospect", subject_id=stored.pk)
        if chapter not in Chapter.values:
            raise ActRefused("unknown_chapter", f"{chapter!r} is not one of {', '.join(Chapter.values)}")
        done = ChapterStep.objects.filter(key=key).first()
        if done is not None:
            if done.prospect_id != stored.pk:
                raise ActRefused("key_used", "this form was used for another sale")
            return stored
        if stored.chapter == chapter and not note.strip():
            return stored
        if chapter == Chapter.LOST and not note.strip():
            raise ActRefused("no_reason", "say why the sale is lost")
        was = stored.chapter
        ChapterStep.objects.create(prospect=stored, chapter=chapter, note=note.strip(), by=by, at=at, key=key)
        if was != chapter:
            stored.chapter, stored.moved_at = chapter, at
            stored.save(update_fields=["chapter", "moved_at"])
        detail = {"was": was, "is": chapter}
        write_entry(act="move_prospect", by=by, subject_kind="prospect", subject_id=stored.pk, detail=detail)
        return stored


def add_document(
    *,
    by: Employee,
    prospect: Prospect | int,
    name: str,
    content: bytes,
    content_type: str,
    key: str | None = None,
) -> Document:
    """File a document with a sale, in its chapter; sent twice under one key, it is filed once.

    Raises ActRefused beyond the bounds of size and number, and for a key under which something else was filed.
    """
    if not content or len(content) > LARGEST:
        raise ActRefused("file_too_large", f"a document has 1 byte to {LARGEST // 1024 // 1024} MB")
    with transaction.atomic():
        stored = hold_prospect(prospect)
        require_craft(by, stored.owner_id, act="add_document", subject_kind="prospect", subject_id=stored.pk)
        done = Document.objects.filter(key=key).first() if key is not None else None
        if done is not None:
            if (done.prospect_id, bytes(done.content)) != (stored.pk, content):
                raise ActRefused("key_used", "this form was used for another document")
            return done
        if Document.objects.filter(prospect=stored).count() >= MOST_DOCUMENTS:
            raise ActRefused("too_many_files", f"a sale has at most {MOST_DOCUMENTS} documents")
        plain = "".join(sign for sign in name if sign.isprintable())[-200:] or "file"
        document = Document.objects.create(
            prospect=stored,
            chapter=stored.chapter,
            name=plain,
            content_type=content_type,
            content=content,
            by=by,
            key=key,
        )
        detail = {"document": document.pk, "bytes": len(content)}
        write_entry(act="add_document", by=by, subject_kind="prospect", subject_id=stored.pk, detail=detail)
        return document


def hold_prospect(prospect: Prospect | int) -> Prospect:
    """Lock and return a prospect; ActRefused where there is none."""
    pk = prospect.pk if isinstance(prospect, Prospect) else prospect
    stored = Prospect.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if stored is None:
        raise ActRefused("no_such_prospect", f"there is no prospect {pk}")
    return stored
