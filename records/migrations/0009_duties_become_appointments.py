"""Duties held by group membership become appointments at the office that the person represents, from the day they joined."""

from django.db import migrations

COPY = """
INSERT INTO records_appointment (person_id, role_id, office_id, starts_on)
SELECT member.user_id, member.group_id, represented.office_id, person.date_joined::date
  FROM records_user_groups AS member
  JOIN records_user AS person ON person.id = member.user_id
  JOIN (SELECT user_id, min(object_pk::bigint) AS office_id
          FROM guardian_userobjectpermission
          JOIN auth_permission ON auth_permission.id = permission_id AND codename = 'represent_office'
         GROUP BY user_id) AS represented ON represented.user_id = member.user_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0008_authority_corrections_archive"),
        ("guardian", "0003_remove_groupobjectpermission_guardian_gr_content_ae6aec_idx_and_more"),
    ]

    operations = [
        migrations.RunSQL(COPY, migrations.RunSQL.noop),
        migrations.RunSQL("DELETE FROM records_user_groups", migrations.RunSQL.noop),
    ]
