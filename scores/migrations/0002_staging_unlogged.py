"""Staged rows need no write-ahead log: after a crash they are made again from the kept file."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("scores", "0001_initial")]

    operations = [migrations.RunSQL("ALTER TABLE scores_stagedmark SET UNLOGGED", "ALTER TABLE scores_stagedmark SET LOGGED")]
