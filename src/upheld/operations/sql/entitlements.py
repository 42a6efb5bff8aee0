"""The SQL of claims: one statement that claims and notes it, and the lock that take-backs and returns share with it."""

from __future__ import annotations

from upheld.operations.sql.cases import WHO_ASKS

# What opening a case asks, and the membership in whatever state, and the line that the claim is for.
WHO_CLAIMS = f"""
    SELECT asked.*, member.card, member.state, line.person_id, line.status, line.kind
    FROM ({WHO_ASKS}) asked
    LEFT JOIN tiers_membership member ON member.person_id = %(person_id)s AND member.from_date <= %(day)s
         AND (member.until_date IS NULL OR member.until_date > %(day)s)
    LEFT JOIN people_service line ON line.id = %(service_id)s
"""

# The function is the entitlements app's own (migration 0003); the entry belongs to the same statement, so that there
# is never one without the other, in one round trip and without a transaction block.
CLAIM = """
    WITH claimed AS (
        SELECT * FROM upheld_claim_entitlement(
            %(person)s, %(group)s, %(service)s, %(entitlement)s, %(clause)s, %(edition)s, %(card)s, %(at)s, %(until)s,
            %(period)s, %(times)s::smallint, %(is_loan)s, %(by)s, %(case)s, %(note)s, %(detail)s::jsonb, %(key)s
        )
    ), noted AS (
        INSERT INTO audit_entry (act, actor_id, subject_kind, subject_id, detail)
        SELECT 'claim_entitlement', %(by)s, %(subject_kind)s, %(subject_id)s,
            jsonb_build_object(
                'use', use_id, 'entitlement', %(entitlement)s::text, 'clause', %(clause)s::text, 'used', used
            )
        FROM claimed WHERE is_new
    )
    SELECT use_id, ends_at, used, is_new, refusal FROM claimed
"""

LOCK_SUBJECT = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 20052))"
"""Keep claims of one entitlement by one subject out until this transaction ends; named such as `p12 spare_phone`."""
