"""Reviews for machines: a case, what a step writes down, and asking. What was found is shown to whom a page would show it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from audit.api import STEP, CaseSerializer, CaseViewSet, NoteSerializer, RefusalSerializer
from records.documents.models import Document
from scores.marks.models import Mark
from scores.reviews.asking import ask
from scores.reviews.models import Origin, Result, ReviewRequest
from scores.reviews.seeing import sees_finding
from scores.reviews.workflow import CHECK, DECIDE, REVIEW


class ReviewFactsSerializer(serializers.Serializer[Any]):
    """What ``check`` writes down (the person is known), ``find`` (what was found) and ``hand-back`` (why)."""

    identity_confirmed = serializers.BooleanField(required=False)
    result = serializers.ChoiceField([Result.UPHELD, Result.CHANGED], required=False)
    new_points = serializers.DecimalField(max_digits=4, decimal_places=1, required=False, allow_null=True)
    new_grade = serializers.CharField(max_length=4, required=False, allow_blank=True)
    new_flag = serializers.ChoiceField(Mark.Flag.choices, required=False)
    grounds = serializers.CharField(max_length=1000, required=False)
    evidence = serializers.SlugRelatedField("key", queryset=Document.objects.filter(city_only=True), required=False)
    objection = serializers.CharField(max_length=1000, required=False)


class ReviewStepSerializer(NoteSerializer):
    """What a step takes: the reason, and for some steps facts."""

    facts = ReviewFactsSerializer(required=False)


class AskSerializer(serializers.Serializer[Any]):
    """A request: the mark, one of ``missed``, ``addition``, ``entry``, and what the candidate says."""

    mark = serializers.IntegerField(min_value=1)
    scope = serializers.CharField(max_length=40)
    statement = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")


class ReviewSerializer(CaseSerializer):
    """A case. ``result``, ``points``, ``grade``, ``flag`` and ``grounds`` are empty until they may be seen."""

    workflow: ClassVar[Any] = REVIEW

    candidate_name = serializers.CharField(source="candidate.name")
    record_number = serializers.CharField(source="candidate.record_number", allow_null=True)
    university = serializers.CharField(source="university.code")
    sitting = serializers.CharField(source="mark.sitting.name")
    course = serializers.CharField(source="mark.course.code")
    course_name = serializers.CharField(source="mark.course.name")
    result = serializers.SerializerMethodField()
    points = serializers.SerializerMethodField()
    grade = serializers.SerializerMethodField()
    flag = serializers.SerializerMethodField()
    grounds = serializers.SerializerMethodField()

    class Meta:
        model = ReviewRequest
        fields = (
            *CaseSerializer.CASE_FIELDS,
            "candidate_name",
            "record_number",
            "university",
            "mark",
            "sitting",
            "course",
            "course_name",
            "scope",
            "statement",
            "origin",
            "identity_confirmed",
            "was_points",
            "was_grade",
            "was_flag",
            "result",
            "points",
            "grade",
            "flag",
            "grounds",
            "decided_at",
        )
        read_only_fields = fields

    def _found(self, case: ReviewRequest) -> bool:
        return sees_finding(self.context["request"].user, case)

    def get_result(self, case: ReviewRequest) -> str:
        """``upheld``, ``changed``, or empty."""
        return case.result if self._found(case) else ""

    def get_points(self, case: ReviewRequest) -> str | None:
        """The new points, with one decimal."""
        return str(case.new_points) if case.new_points is not None and self._found(case) else None

    def get_grade(self, case: ReviewRequest) -> str:
        """The new grade."""
        return case.new_grade if self._found(case) else ""

    def get_flag(self, case: ReviewRequest) -> str:
        """The new flag, where something was found."""
        return case.new_flag if case.result == Result.CHANGED and self._found(case) else ""

    def get_grounds(self, case: ReviewRequest) -> str:
        """What was looked at and found."""
        return case.grounds if self._found(case) else ""


@extend_schema_view(
    create=extend_schema(request=AskSerializer, responses={201: ReviewSerializer, 409: RefusalSerializer}),
    steps=extend_schema(
        parameters=[STEP],
        request=ReviewStepSerializer,
        responses={
            200: ReviewSerializer,
            409: RefusalSerializer,
            403: OpenApiResponse(description="Not this person's step."),
        },
    ),
)
class ReviewViewSet(CaseViewSet):
    """Score reviews (duties U3, O3)."""

    workflow: ClassVar[Any] = REVIEW
    serializer_class = ReviewSerializer
    reading = "records.read_record"
    related = ("candidate", "university", "mark__course", "mark__sitting", "evidence")
    step_serializer = ReviewStepSerializer

    def create(self, request: Request) -> Response:
        """Ask for a review: a candidate of an own mark, a clerk of a managed candidate's, the city of any published one."""
        body = AskSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        user: Any = request.user
        origin = _origin_of(user)
        mark = get_object_or_404(_marks_for(user, origin), pk=body.validated_data["mark"])
        entered = body.validated_data
        case = ask(mark, scope=entered["scope"], statement=entered["statement"], origin=origin, by=user)
        self._record(request, case)
        return Response(self.get_serializer(case).data, status=201)


def _origin_of(user: Any) -> Origin:
    if user.candidate_id:
        return Origin.CANDIDATE
    if user.has_perm(DECIDE):
        return Origin.OFFICE
    if user.has_perm(CHECK):
        return Origin.COUNTER
    raise PermissionDenied(CHECK)


def _marks_for(user: Any, origin: Origin) -> Any:
    if origin == Origin.CANDIDATE:
        return Mark.objects.filter(candidate=user.candidate_id)
    if origin == Origin.COUNTER:
        return Mark.objects.filter(candidate__managing_university__in=user.reach.universities)
    return Mark.objects.all()
