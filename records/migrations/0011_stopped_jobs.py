from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0010_paper_files"),
    ]

    operations = [
        migrations.AlterField(
            model_name="job",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "排队中"),
                    ("running", "进行中"),
                    ("done", "已完成"),
                    ("failed", "失败"),
                    ("stopped", "已停止"),
                ],
                default="queued",
                max_length=8,
                verbose_name="状态",
            ),
        ),
    ]
