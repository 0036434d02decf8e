"""A batch reaches each candidate once, and takes two people; a refused message may be sent again under a new key."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0020_certificate_serial"),
    ]

    operations = [
        migrations.AddField(
            model_name="outgoingmessage",
            name="is_final",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="outgoingmessage",
            name="round",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddConstraint(
            model_name="inboxmessage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("batch__isnull", False)), fields=("batch", "candidate"), name="one_in_the_inbox_per_batch"
            ),
        ),
        migrations.AddConstraint(
            model_name="messagebatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("released_by__isnull", True),
                    models.Q(("released_by", models.F("prepared_by")), _negated=True),
                    _connector="OR",
                ),
                name="message_batch_takes_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="outgoingmessage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("batch__isnull", False)),
                fields=("batch", "candidate", "kind"),
                name="one_message_per_batch_and_candidate",
            ),
        ),
    ]
