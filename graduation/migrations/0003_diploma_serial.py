"""The sequence behind diploma numbers: a serial is never given twice."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("graduation", "0002_people")]

    operations = [migrations.RunSQL("CREATE SEQUENCE graduation_diploma_serial", "DROP SEQUENCE graduation_diploma_serial")]
