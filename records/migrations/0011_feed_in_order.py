from django.db import migrations, models

import audit.models


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_order_and_seals"), ("records", "0010_paper_files")]

    operations = [
        migrations.AlterField(
            model_name="creditchange",
            name="transaction",
            field=models.BigIntegerField(db_default=audit.models.TrailTransaction()),
        ),
    ]
