"""The machine's way to cases, the same for every kind: read within reach, and take steps through the one door."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from audit.models import Event
from audit.trail import record_list, record_read
from audit.workflow import Workflow

STEP = OpenApiParameter("step", str, OpenApiParameter.PATH, description="A step of the workflow's table.")


class NewestFirst(CursorPagination):
    """Pages by key, newest case first."""

    page_size = 50
    ordering = "-pk"


class MayReadRecords(IsAuthenticated):
    """Candidates read their own; staff need the permission that the viewset names in ``reading``."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not super().has_permission(request, view):
            return False
        return bool(getattr(request.user, "candidate_id", None)) or request.user.has_perm(view.reading)


class NoteSerializer(serializers.Serializer[Any]):
    """What a step takes: the reason, obligatory for some."""

    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=4000)


class ProblemSerializer(serializers.Serializer[Any]):
    """One reason against a step."""

    code = serializers.CharField()
    message = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment] # the base class has an attribute of this name
    next_step = serializers.CharField()


class RefusalSerializer(serializers.Serializer[Any]):
    """A refusal: ``moved-on`` when the file lies elsewhere by now, ``refused`` with all reasons otherwise."""

    code = serializers.ChoiceField(["refused", "moved-on"])
    problems = ProblemSerializer(many=True)


class EventSerializer(serializers.ModelSerializer[Event]):
    """A step taken. Candidates see the office, not the name."""

    who = serializers.SerializerMethodField()

    class Meta:
        model = Event
        fields = ("verb", "before", "after", "at", "capacity", "who", "note")

    def get_who(self, event: Event) -> str:
        """The name of who acted; empty for a candidate who looks at an office's step."""
        user = self.context["request"].user
        hidden = getattr(user, "candidate_id", None) and event.capacity != "candidate"
        return "" if hidden or event.actor is None else str(event.actor)


class CaseSerializer(serializers.ModelSerializer[Any]):
    """What every case has; an app's serializer adds the subject and names its fields (``CASE_FIELDS`` first)."""

    CASE_FIELDS: ClassVar = ("id", "case_number", "status", "status_since", "created_at", "steps", "events")

    workflow: ClassVar[Workflow[Any]]

    case_number = serializers.CharField(read_only=True)
    steps = serializers.SerializerMethodField()
    events = serializers.SerializerMethodField()

    def get_steps(self, case: Any) -> list[str]:
        """The steps that lie on this person's desk now and are not barred by fresh eyes; none in lists."""
        if isinstance(self.parent, serializers.ListSerializer):
            return []
        return [
            open_step.step.name for open_step in self.workflow.open_to(self.context["request"].user, case) if not open_step.barred
        ]

    @extend_schema(responses=EventSerializer(many=True))
    def get_events(self, case: Any) -> list[dict[str, Any]]:
        """The steps taken, oldest first; none in lists."""
        if isinstance(self.parent, serializers.ListSerializer):
            return []
        events = case.events.steps().select_related("actor")
        return list(EventSerializer(events, many=True, context=self.context).data)


class CaseViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet[Any]):
    """List, detail and ``POST steps/<step>/``; a subclass names ``workflow``, ``serializer_class``, ``reading``, ``related``.

    Where a step writes down facts, a ``step_serializer`` of the subclass takes them as ``facts``.
    """

    workflow: ClassVar[Workflow[Any]]
    reading: ClassVar[str]
    related: ClassVar[tuple[str, ...]] = ()
    step_serializer: ClassVar[type[NoteSerializer]] = NoteSerializer

    reads: ClassVar[frozenset[str]] = frozenset({"case", "list"})
    pagination_class = NewestFirst
    permission_classes = (MayReadRecords,)
    lookup_value_regex = "[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[Any]:
        """The cases within the person's reach."""
        cases = self.workflow.model._default_manager
        if getattr(self, "swagger_fake_view", False):
            nothing: QuerySet[Any] = self.workflow.model._base_manager.none()
            return nothing
        reachable: QuerySet[Any] = cases.visible_to(self.request.user)
        selected: QuerySet[Any] = reachable.select_related(*self.related)
        return selected

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of cases; staff leave one line in the trail for all of them."""
        response = super().list(request, *args, **kwargs)
        shown = len(response.data["results"])
        if shown and getattr(request.user, "candidate_id", None) is None:
            model = self.workflow.model
            record_list(model._meta.label_lower, model, shown, purpose=_("接口读取%(kind)s") % {"kind": model._meta.verbose_name})
        return response

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One case; staff leave a line in the trail."""
        case = self.get_object()
        self._record(request, case)
        return Response(self.get_serializer(case).data)

    @extend_schema(
        parameters=[STEP],
        request=NoteSerializer,
        responses={409: RefusalSerializer, 403: OpenApiResponse(description="Not this person's step.")},
    )
    @action(detail=True, methods=["post"], url_path=r"steps/(?P<step>[a-z-]+)")
    def steps(self, request: Request, step: str, **kwargs: Any) -> Response:
        """Take one step and answer with the case as it then is."""
        case = self.get_object()
        if step not in self.workflow.steps:
            raise Http404(step)
        body = self.step_serializer(data=request.data)
        body.is_valid(raise_exception=True)
        facts = self._facts(step, body.validated_data.get("facts"))
        self.workflow.take(step, case, by=request.user, note=body.validated_data["note"], facts=facts)
        case = self.get_object()
        self._record(request, case)
        return Response(self.get_serializer(case).data)

    def _facts(self, step: str, given: dict[str, Any] | None) -> dict[str, Any] | None:
        """What the step writes down; 400 for a fact that belongs to another step, None for a step that writes nothing down."""
        recorded = self.workflow.steps[step].records
        if not recorded:
            return None
        if foreign := set(given or ()) - set(recorded):
            raise serializers.ValidationError({"facts": [_("这一步不登记：%(names)s。") % {"names": "、".join(sorted(foreign))}]})
        return given

    def _record(self, request: Request, case: Model) -> None:
        whose = getattr(case, "concerned_candidate_id", None)
        if whose is None or whose != getattr(request.user, "candidate_id", None):
            record_read("case", case, candidate_id=whose, purpose=str(case))
