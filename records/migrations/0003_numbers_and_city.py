"""The sequences behind issued numbers, and the one municipal office."""

from django.db import migrations

SERIALS = ("records_record_serial", "records_ticket_serial", "records_registration_serial")


def make_the_city(apps, schema_editor):
    apps.get_model("records", "Office").objects.create(
        kind="municipality", code="0000", name="市高等教育自学考试办公室", short_name="市自考办"
    )


class Migration(migrations.Migration):
    dependencies = [("records", "0002_office_grant"), ("audit", "0002_people")]

    operations = [
        migrations.RunSQL([f"CREATE SEQUENCE {name}" for name in SERIALS], [f"DROP SEQUENCE {name}" for name in SERIALS]),
        migrations.RunPython(make_the_city, migrations.RunPython.noop),
    ]
