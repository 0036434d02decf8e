import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("records", "0011_stopped_jobs"), ("records", "0012_leave_to_look")]

    operations = [
        migrations.AlterModelOptions(
            name="correctionkind",
            options={
                "ordering": ["position", "pk"],
                "permissions": [("edit_correction_kinds", "O1: lay down what may be corrected with which proof")],
                "verbose_name": "更改事项",
                "verbose_name_plural": "更改事项",
            },
        ),
        migrations.RemoveConstraint(
            model_name="correctionproof",
            name="one_proof_per_document",
        ),
        migrations.AlterField(
            model_name="correctionkind",
            name="code",
            field=models.SlugField(max_length=40),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="correctionchange",
            trigger=pgtrigger.compiler.Trigger(
                name="trail_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nINSERT INTO audit_event (kind, verb, actor_id, office_id, capacity, note, leave_id, request_id,\n                         subject_table, subject_id, candidate_id, details)\nSELECT 'change', 'update',\n       NULLIF(current_setting('kaoji.actor', true), '')::bigint,\n       NULLIF(current_setting('kaoji.office', true), '')::bigint,\n       COALESCE(current_setting('kaoji.capacity', true), ''),\n       COALESCE(current_setting('kaoji.purpose', true), ''),\n       NULLIF(current_setting('kaoji.leave', true), '')::bigint,\n       COALESCE(current_setting('kaoji.request', true), ''),\n       TG_TABLE_NAME, changed.id, changed.candidate_id, changed.details\n  FROM (\n    SELECT COALESCE((n.line ->> 'id')::bigint, (o.line ->> 'id')::bigint) AS id,\n           (COALESCE(n.line, o.line) ->> 'no_candidate')::bigint AS candidate_id,\n           jsonb_build_object('before', d.was, 'after', d.becomes) AS details\n      FROM (SELECT id, to_jsonb(r) - '{before,after}'::text[] AS line FROM old_rows r  OFFSET 0) o\n      FULL JOIN (SELECT id, to_jsonb(r) - '{before,after}'::text[] AS line FROM new_rows r  OFFSET 0) n USING (id)\n      CROSS JOIN LATERAL (\n        SELECT jsonb_object_agg(key, o.line -> key) FILTER (WHERE o.line IS NOT NULL) AS was,\n               jsonb_object_agg(key, n.line -> key) FILTER (WHERE n.line IS NOT NULL) AS becomes\n          FROM jsonb_object_keys(COALESCE(n.line, o.line)) AS key\n         WHERE o.line -> key IS DISTINCT FROM n.line -> key) d\n     WHERE o.line IS DISTINCT FROM n.line\n) AS changed;\nRETURN NULL;\n",
                    hash="e85e2598f8174e2eb290a26e807913a39b2ef185",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_trail_update_71ed3",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="records_correctionchange",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="correctionchange",
            trigger=pgtrigger.compiler.Trigger(
                name="trail_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nINSERT INTO audit_event (kind, verb, actor_id, office_id, capacity, note, leave_id, request_id,\n                         subject_table, subject_id, candidate_id, details)\nSELECT 'change', 'delete',\n       NULLIF(current_setting('kaoji.actor', true), '')::bigint,\n       NULLIF(current_setting('kaoji.office', true), '')::bigint,\n       COALESCE(current_setting('kaoji.capacity', true), ''),\n       COALESCE(current_setting('kaoji.purpose', true), ''),\n       NULLIF(current_setting('kaoji.leave', true), '')::bigint,\n       COALESCE(current_setting('kaoji.request', true), ''),\n       TG_TABLE_NAME, changed.id, changed.candidate_id, changed.details\n  FROM (\n    SELECT id, (line ->> 'no_candidate')::bigint AS candidate_id, jsonb_build_object('before', line) AS details\n      FROM (SELECT id, to_jsonb(r) - '{before,after}'::text[] AS line FROM old_rows r ) gone\n) AS changed;\nRETURN NULL;\n",
                    hash="eb192282df3ea74e7ad6ded996bc61c8dff33091",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_trail_delete_7a2bf",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="records_correctionchange",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="correctionchange",
            trigger=pgtrigger.compiler.Trigger(
                name="trail_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nINSERT INTO audit_event (kind, verb, actor_id, office_id, capacity, note, leave_id, request_id,\n                         subject_table, subject_id, candidate_id, details)\nSELECT 'change', 'insert',\n       NULLIF(current_setting('kaoji.actor', true), '')::bigint,\n       NULLIF(current_setting('kaoji.office', true), '')::bigint,\n       COALESCE(current_setting('kaoji.capacity', true), ''),\n       COALESCE(current_setting('kaoji.purpose', true), ''),\n       NULLIF(current_setting('kaoji.leave', true), '')::bigint,\n       COALESCE(current_setting('kaoji.request', true), ''),\n       TG_TABLE_NAME, changed.id, changed.candidate_id, changed.details\n  FROM (\n    SELECT id, (line ->> 'no_candidate')::bigint AS candidate_id, jsonb_build_object('after', line) AS details\n      FROM (SELECT id, to_jsonb(r) - '{before,after}'::text[] AS line FROM new_rows r ) come\n) AS changed;\nRETURN NULL;\n",
                    hash="b9ba0eef676eed3bafcaab7dc629bd0722fdd3b2",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_trail_insert_6ed4b",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="records_correctionchange",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="correctionproof",
            trigger=pgtrigger.compiler.Trigger(
                name="trail_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nINSERT INTO audit_event (kind, verb, actor_id, office_id, capacity, note, leave_id, request_id,\n                         subject_table, subject_id, candidate_id, details)\nSELECT 'change', 'update',\n       NULLIF(current_setting('kaoji.actor', true), '')::bigint,\n       NULLIF(current_setting('kaoji.office', true), '')::bigint,\n       COALESCE(current_setting('kaoji.capacity', true), ''),\n       COALESCE(current_setting('kaoji.purpose', true), ''),\n       NULLIF(current_setting('kaoji.leave', true), '')::bigint,\n       COALESCE(current_setting('kaoji.request', true), ''),\n       TG_TABLE_NAME, changed.id, changed.candidate_id, changed.details\n  FROM (\n    SELECT COALESCE((n.line ->> 'id')::bigint, (o.line ->> 'id')::bigint) AS id,\n           (COALESCE(n.line, o.line) ->> 'no_candidate')::bigint AS candidate_id,\n           jsonb_build_object('before', d.was, 'after', d.becomes) AS details\n      FROM (SELECT id, to_jsonb(r) - '{}'::text[] AS line FROM old_rows r  OFFSET 0) o\n      FULL JOIN (SELECT id, to_jsonb(r) - '{}'::text[] AS line FROM new_rows r  OFFSET 0) n USING (id)\n      CROSS JOIN LATERAL (\n        SELECT jsonb_object_agg(key, o.line -> key) FILTER (WHERE o.line IS NOT NULL) AS was,\n               jsonb_object_agg(key, n.line -> key) FILTER (WHERE n.line IS NOT NULL) AS becomes\n          FROM jsonb_object_keys(COALESCE(n.line, o.line)) AS key\n         WHERE o.line -> key IS DISTINCT FROM n.line -> key) d\n     WHERE o.line IS DISTINCT FROM n.line\n) AS changed;\nRETURN NULL;\n",
                    hash="37c25e0adb2da7f98137182606f7518f868370e3",
                    level="STATEMENT",
                    operation="UPDATE",
                    pgid="pgtrigger_trail_update_83155",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    table="records_correctionproof",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="correctionproof",
            trigger=pgtrigger.compiler.Trigger(
                name="trail_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nINSERT INTO audit_event (kind, verb, actor_id, office_id, capacity, note, leave_id, request_id,\n                         subject_table, subject_id, candidate_id, details)\nSELECT 'change', 'delete',\n       NULLIF(current_setting('kaoji.actor', true), '')::bigint,\n       NULLIF(current_setting('kaoji.office', true), '')::bigint,\n       COALESCE(current_setting('kaoji.capacity', true), ''),\n       COALESCE(current_setting('kaoji.purpose', true), ''),\n       NULLIF(current_setting('kaoji.leave', true), '')::bigint,\n       COALESCE(current_setting('kaoji.request', true), ''),\n       TG_TABLE_NAME, changed.id, changed.candidate_id, changed.details\n  FROM (\n    SELECT id, (line ->> 'no_candidate')::bigint AS candidate_id, jsonb_build_object('before', line) AS details\n      FROM (SELECT id, to_jsonb(r) - '{}'::text[] AS line FROM old_rows r ) gone\n) AS changed;\nRETURN NULL;\n",
                    hash="0b644fd292251608e6e30a3dcf0f8ada1bef454b",
                    level="STATEMENT",
                    operation="DELETE",
                    pgid="pgtrigger_trail_delete_a445f",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    table="records_correctionproof",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="correctionproof",
            trigger=pgtrigger.compiler.Trigger(
                name="trail_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\nINSERT INTO audit_event (kind, verb, actor_id, office_id, capacity, note, leave_id, request_id,\n                         subject_table, subject_id, candidate_id, details)\nSELECT 'change', 'insert',\n       NULLIF(current_setting('kaoji.actor', true), '')::bigint,\n       NULLIF(current_setting('kaoji.office', true), '')::bigint,\n       COALESCE(current_setting('kaoji.capacity', true), ''),\n       COALESCE(current_setting('kaoji.purpose', true), ''),\n       NULLIF(current_setting('kaoji.leave', true), '')::bigint,\n       COALESCE(current_setting('kaoji.request', true), ''),\n       TG_TABLE_NAME, changed.id, changed.candidate_id, changed.details\n  FROM (\n    SELECT id, (line ->> 'no_candidate')::bigint AS candidate_id, jsonb_build_object('after', line) AS details\n      FROM (SELECT id, to_jsonb(r) - '{}'::text[] AS line FROM new_rows r ) come\n) AS changed;\nRETURN NULL;\n",
                    hash="810b200764aea3c7e60469673285d91688b82d38",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_trail_insert_f1a6d",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    table="records_correctionproof",
                    when="AFTER",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="correctionkind",
            constraint=models.UniqueConstraint(fields=("code", "in_force_from"), name="one_version_of_a_kind_per_day"),
        ),
        migrations.AddConstraint(
            model_name="correctionkind",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("in_force_until__isnull", True), ("in_force_until__gte", models.F("in_force_from")), _connector="OR"
                ),
                name="correction_kind_ends_after_it_starts",
            ),
        ),
        migrations.AddConstraint(
            model_name="correctionproof",
            constraint=models.UniqueConstraint(fields=("request", "document", "label"), name="one_proof_per_label"),
        ),
    ]
