import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0011_feed_in_order"),
    ]

    operations = [
        migrations.AddField(
            model_name="accessrequest",
            name="granted_days",
            field=models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="批准天数"),
        ),
        migrations.AddField(
            model_name="accessrequest",
            name="review_finding",
            field=models.CharField(
                blank=True,
                choices=[("true", "属实"), ("improper", "不当")],
                db_default="",
                default="",
                max_length=8,
                verbose_name="复核结论",
            ),
        ),
        migrations.AddField(
            model_name="accessrequest",
            name="urgent_reason",
            field=models.TextField(blank=True, db_default="", default="", verbose_name="紧急理由"),
        ),
        migrations.RemoveField(model_name="accessrequest", name="candidates"),
        migrations.CreateModel(
            name="AccessRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=20, verbose_name="号码")),
                (
                    "candidate",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="records.candidate"),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="records", to="records.accessrequest"
                    ),
                ),
            ],
            options={
                "verbose_name": "查阅的考籍",
                "verbose_name_plural": "查阅的考籍",
            },
        ),
        migrations.AddField(
            model_name="accessrequest",
            name="candidates",
            field=models.ManyToManyField(
                related_name="+", through="records.AccessRecord", to="records.candidate", verbose_name="考籍"
            ),
        ),
        migrations.AddIndex(
            model_name="accessrecord",
            index=models.Index(fields=["candidate", "request"], name="access_record_candidate"),
        ),
        migrations.AddConstraint(
            model_name="accessrecord",
            constraint=models.UniqueConstraint(fields=("request", "candidate"), name="one_line_per_record"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="accessrecord",
            trigger=pgtrigger.compiler.Trigger(
                name="trail_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nINSERT INTO audit_event (kind, verb, actor_id, office_id, capacity, note, leave_id, request_id,\n                         subject_table, subject_id, candidate_id, details)\nSELECT 'change', 'update',\n       NULLIF(current_setting('kaoji.actor', true), '')::bigint,\n       NULLIF(current_setting('kaoji.office', true), '')::bigint,\n       COALESCE(current_setting('kaoji.capacity', true), ''),\n       COALESCE(current_setting('kaoji.purpose', true), ''),\n       NULLIF(current_setting('kaoji.leave', true), '')::bigint,\n       COALESCE(current_setting('kaoji.request', true), ''),\n       TG_TABLE_NAME, changed.id, changed.candidate_id, changed.details\n  FROM (\n    SELECT COALESCE((n.line ->> 'id')::bigint, (o.line ->> 'id')::bigint) AS id,\n           (COALESCE(n.line, o.line) ->> 'candidate_id')::bigint AS candidate_id,\n           jsonb_build_object('before', d.was, 'after', d.becomes) AS details\n      FROM (SELECT id, to_jsonb(r) - '{}'::text[] AS line FROM old_rows r  OFFSET 0) o\n      FULL JOIN (SELECT id, to_jsonb(r) - '{}'::text[] AS line FROM new_rows r  OFFSET 0) n USING (id)\n      CROSS JOIN LATERAL (\n        SELECT jsonb_object_agg(key, o.line -> key) FILTER (WHERE o.line IS NOT NULL) AS was,\n               jsonb_object_agg(key, n.line -> key) FILTER (WHERE n.line IS NOT NULL) AS becomes\n          FROM jsonb_object_keys(COALESCE(n.line, o.line)) AS key\n         WHERE o.line -> key IS DISTINCT FROM n.line -> key) d\n     WHERE o.line IS DISTINCT FROM n.line\n) AS changed;\nRETURN NULL;\n",
                    hash="05be0a11a37a3fad1e7d88da78f3da98cbc764df",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_trail_update_13e54",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="records_accessrecord",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="accessrecord",
            trigger=pgtrigger.compiler.Trigger(
                name="trail_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nINSERT INTO audit_event (kind, verb, actor_id, office_id, capacity, note, leave_id, request_id,\n                         subject_table, subject_id, candidate_id, details)\nSELECT 'change', 'delete',\n       NULLIF(current_setting('kaoji.actor', true), '')::bigint,\n       NULLIF(current_setting('kaoji.office', true), '')::bigint,\n       COALESCE(current_setting('kaoji.capacity', true), ''),\n       COALESCE(current_setting('kaoji.purpose', true), ''),\n       NULLIF(current_setting('kaoji.leave', true), '')::bigint,\n       COALESCE(current_setting('kaoji.request', true), ''),\n       TG_TABLE_NAME, changed.id, changed.candidate_id, changed.details\n  FROM (\n    SELECT id, (line ->> 'candidate_id')::bigint AS candidate_id, jsonb_build_object('before', line) AS details\n      FROM (SELECT id, to_jsonb(r) - '{}'::text[] AS line FROM old_rows r ) gone\n) AS changed;\nRETURN NULL;\n",
                    hash="9e72ab9c2a5cc4f2efdd301beff93440cfd840ef",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_trail_delete_ecc64",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="records_accessrecord",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="accessrecord",
            trigger=pgtrigger.compiler.Trigger(
                name="trail_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nINSERT INTO audit_event (kind, verb, actor_id, office_id, capacity, note, leave_id, request_id,\n                         subject_table, subject_id, candidate_id, details)\nSELECT 'change', 'insert',\n       NULLIF(current_setting('kaoji.actor', true), '')::bigint,\n       NULLIF(current_setting('kaoji.office', true), '')::bigint,\n       COALESCE(current_setting('kaoji.capacity', true), ''),\n       COALESCE(current_setting('kaoji.purpose', true), ''),\n       NULLIF(current_setting('kaoji.leave', true), '')::bigint,\n       COALESCE(current_setting('kaoji.request', true), ''),\n       TG_TABLE_NAME, changed.id, changed.candidate_id, changed.details\n  FROM (\n    SELECT id, (line ->> 'candidate_id')::bigint AS candidate_id, jsonb_build_object('after', line) AS details\n      FROM (SELECT id, to_jsonb(r) - '{}'::text[] AS line FROM new_rows r ) come\n) AS changed;\nRETURN NULL;\n",
                    hash="58088600c2f1be65f9a8fe541bfb53dc0438ffd1",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_trail_insert_fcb1d",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="records_accessrecord",
                    when="AFTER",
                ),
            ),
        ),
    ]
