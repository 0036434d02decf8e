"""Django's registration of the app."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class AuditConfig(AppConfig):
    """The trail: every database connection learns to name the actor."""

    name = "audit"
    verbose_name = "留痕"

    def ready(self) -> None:
        from audit.acting import attribute_writes

        connection_created.connect(attribute_writes, dispatch_uid="audit.attribute_writes")
