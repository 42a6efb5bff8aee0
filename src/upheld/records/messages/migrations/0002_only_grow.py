"""What happened to messages is only added; content and consent stay six months at least (LAW-7), by trigger."""

from django.db import migrations

from upheld.records.append_only import append_only, never_deleted

KEEP_CONTENT = """
CREATE OR REPLACE FUNCTION messaging_keep_content() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.content = '' AND OLD.created_at < now() - interval '6 months' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'content of message % is kept as it was for six months at least (LAW-7)', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial")]

    operations = [
        never_deleted("messaging_message"),
        migrations.RunSQL(
            sql=[
                KEEP_CONTENT,
                "CREATE TRIGGER messaging_message_keeps_content BEFORE UPDATE ON messaging_message FOR EACH ROW "
                "WHEN (OLD.content IS DISTINCT FROM NEW.content OR OLD.created_at <> NEW.created_at) "
                "EXECUTE FUNCTION messaging_keep_content()",
            ],
            reverse_sql=[
                "DROP TRIGGER IF EXISTS messaging_message_keeps_content ON messaging_message",
                "DROP FUNCTION IF EXISTS messaging_keep_content()",
            ],
        ),
        never_deleted("messaging_sendernumber"),
        append_only("messaging_messagestep"),
        append_only("messaging_messageattempt"),
        append_only("messaging_messagepart"),
        append_only("messaging_messagereceipt"),
        append_only("messaging_incomingmessage"),
        append_only("messaging_consentevent"),
    ]
