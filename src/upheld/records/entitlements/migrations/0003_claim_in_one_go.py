"""Claim in one go: the function that locks, counts and adds within one round trip, so that no quota is overdrawn.

Each statement within it sees what was committed before it begins, and so, behind the lock, every claim that won.
"""

from django.db import migrations

CLAIM = """
CREATE FUNCTION upheld_claim_entitlement(
    of_person bigint, of_group bigint, of_service bigint, wanted varchar, by_clause varchar, by_edition bigint,
    held_card varchar, at_instant timestamptz, until_instant timestamptz, of_period date, quota smallint,
    is_loan boolean, claimed_by bigint, for_case bigint, with_note text, with_detail jsonb, with_key varchar,
    OUT use_id bigint, OUT ends_at timestamptz, OUT used integer, OUT is_new boolean, OUT refusal text
) LANGUAGE plpgsql AS $$
DECLARE
    whose varchar := CASE WHEN of_person IS NULL THEN 'g' || of_group ELSE 'p' || of_person END;
    place smallint;
    stored record;
BEGIN
    is_new := false;
    -- One claim of a subject at a time; the lock is in memory, so that nobody's row is written for it.
    PERFORM pg_advisory_xact_lock(hashtextextended(whose || ' ' || wanted, 20052));
    SELECT count(*) INTO used FROM entitlements_quotaplace
    WHERE subject = whose AND entitlement = wanted AND period = of_period;
    SELECT id, person_id, group_id, service_id, entitlement, until_at, reverses_id INTO stored
    FROM entitlements_entitlementuse WHERE key = with_key;
    IF FOUND THEN
        IF stored.entitlement <> wanted OR stored.person_id IS DISTINCT FROM of_person OR stored.reverses_id IS NOT NULL
            OR stored.group_id IS DISTINCT FROM of_group OR stored.service_id IS DISTINCT FROM of_service
        THEN
            refusal := 'key_used';
        END IF;
        use_id := stored.id;
        ends_at := stored.until_at;
        RETURN;
    END IF;
    IF is_loan THEN
        SELECT one.id INTO use_id FROM entitlements_entitlementuse one
        WHERE one.entitlement = wanted AND (one.person_id = of_person OR one.group_id = of_group)
            AND one.reverses_id IS NULL
            AND NOT EXISTS (SELECT FROM entitlements_loanreturn back WHERE back.use_id = one.id)
            AND NOT EXISTS (SELECT FROM entitlements_entitlementuse taken WHERE taken.reverses_id = one.id)
        LIMIT 1;
        IF FOUND THEN
            refusal := 'still_out';
            RETURN;
        END IF;
    END IF;
    IF with_detail ? 'product' THEN
        SELECT one.id INTO use_id FROM entitlements_entitlementuse one
        WHERE one.entitlement = wanted AND (one.person_id = of_person OR one.group_id = of_group)
            AND one.reverses_id IS NULL AND lower(one.detail->>'product') = lower(with_detail->>'product')
            AND NOT EXISTS (SELECT FROM entitlements_entitlementuse taken WHERE taken.reverses_id = one.id)
        LIMIT 1;
        IF FOUND THEN
            refusal := 'tried_before';
            RETURN;
        END IF;
    END IF;
    IF quota IS NOT NULL THEN
        IF used >= quota THEN
            refusal := 'used_up';
            RETURN;
        END IF;
        -- The lowest free place: one that was taken back may lie below others.
        SELECT min(n) INTO place FROM generate_series(1, quota) n
        WHERE NOT EXISTS (
            SELECT FROM entitlements_quotaplace
            WHERE subject = whose AND entitlement = wanted AND period = of_period AND nth = n
        );
        used := used + 1;
    END IF;
    INSERT INTO entitlements_entitlementuse (
        person_id, group_id, service_id, entitlement, clause, edition_id, card, used_at, until_at, period, nth, times,
        by_id, case_id, note, detail, key
    ) VALUES (
        of_person, of_group, of_service, wanted, by_clause, by_edition, held_card, at_instant, until_instant, of_period,
        place, quota, claimed_by, for_case, with_note, with_detail, with_key
    ) RETURNING id INTO use_id;
    IF quota IS NOT NULL THEN
        INSERT INTO entitlements_quotaplace (use_id, subject, entitlement, period, nth)
        VALUES (upheld_claim_entitlement.use_id, whose, wanted, of_period, place);
    END IF;
    ends_at := until_instant;
    is_new := true;
END $$;
"""

DROP = "DROP FUNCTION upheld_claim_entitlement"


class Migration(migrations.Migration):
    dependencies = [("entitlements", "0002_only_grows")]

    operations = [migrations.RunSQL(CLAIM, DROP)]
