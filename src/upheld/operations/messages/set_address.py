"""Set or withdraw where a customer or a colleague is reached by mail and messengers, a colleague by SMS as well.

The addresses themselves stay out of the audit trail: who changed which one, and when, is what it tells.
"""

from __future__ import annotations

from django.db import transaction

from upheld.operations.audit_trail import write_entry
from upheld.operations.job_required import require_job
from upheld.operations.refusals import ActRefused
from upheld.policy.message_addresses import SMS, fits
from upheld.records.messages.choices import Channel
from upheld.records.messages.models import Address
from upheld.records.people.models import Person
from upheld.records.staff.models import Employee

ACT = "set_address"


def set_address(*, to: Person | Employee, channel: str, address: str, by: Employee) -> bool:
    """Set where somebody is reached by a way, or withdraw it by an empty address; tell whether anything changed.

    Raises ActRefused for an unknown way, an address that is none, and the SMS of a customer, which goes to the phone of
    the operator's files; NotAllowed for whose job it is not. Everybody sets the own address.
    """
    kind = "person" if isinstance(to, Person) else "employee"
    if to != by:
        permission = "set_address" if isinstance(to, Person) else "set_address_of_staff"
        require_job(by, permission, act=ACT, subject_kind=kind, subject_id=to.pk)
    if channel not in Channel.values or (isinstance(to, Person) and channel == SMS):
        raise ActRefused("unknown_channel", f"{channel!r} is no way with an address of its own")
    if address and not fits(channel, address):
        raise ActRefused("no_such_address", "this is no address of that way")
    with transaction.atomic():
        told = {"person": to} if isinstance(to, Person) else {"employee": to}
        row = Address.objects.select_for_update(no_key=True).filter(channel=channel, **told).first()
        before = "" if row is None else row.address
        if before == address:
            return False
        if not address:
            Address.objects.filter(channel=channel, **told).delete()
        else:
            # Two at once: the one who comes second has the last word.
            Address.objects.update_or_create(channel=channel, **told, defaults={"address": address})
        what = "withdrawn" if not address else "changed" if before else "set"
        detail = {"channel": channel, "what": what}
        write_entry(act=ACT, by=by, subject_kind=kind, subject_id=to.pk, detail=detail)
        return True
