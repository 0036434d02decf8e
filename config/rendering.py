"""How Django forms come out in the house style: label above, hint under it, error beside the field, list of faults on top.

``FORM_RENDERER`` names ``HouseRenderer``; the markup is in ``templates/django/forms/``, which needs ``django.forms`` among
the installed apps.
"""

from typing import Any

from django.forms import BoundField, widgets
from django.forms.renderers import TemplatesSetting

CHECKS = (widgets.CheckboxInput, widgets.RadioSelect, widgets.CheckboxSelectMultiple)


def css_class(widget: widgets.Widget) -> str:
    """Bootstrap's class for a widget; hidden ones have none."""
    if widget.is_hidden:
        return ""
    if isinstance(widget, CHECKS):
        return "form-check-input"
    return "form-select" if isinstance(widget, widgets.Select) else "form-control"


class HouseField(BoundField):
    """A field whose widget carries its CSS class, and which an error summary can link to."""

    @property
    def anchor(self) -> str:
        """The id of the control itself, or of the first one where the field is a group."""
        return self.id_for_label or f"{self.auto_id}_0"

    @property
    def is_check(self) -> bool:
        """Whether this is a single box with its label behind it."""
        return isinstance(self.field.widget, widgets.CheckboxInput)

    def build_widget_attrs(self, attrs: dict[str, Any], widget: widgets.Widget | None = None) -> dict[str, Any]:
        """Django's attributes, with the house's class; a group of choices is described by its fieldset, not by each choice."""
        widget = widget or self.field.widget
        built = super().build_widget_attrs(attrs, widget)
        if isinstance(widget, widgets.RadioSelect):
            built.pop("aria-invalid", None)
        names = [widget.attrs.get("class", ""), css_class(widget), "is-invalid" if self.errors else ""]
        if css_class(widget):
            built["class"] = " ".join(name for name in names if name)
        return built


class HouseRenderer(TemplatesSetting):
    """Forms from the project's own templates, fields as ``HouseField``."""

    bound_field_class = HouseField
