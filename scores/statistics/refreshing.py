"""The figures of sittings, computed from published marks alone (duty O3; FORMATS: ``manage.py statistics``).

Major is the first that the candidate registered for (a mark has none), university the one that manages the candidate.
``registered`` are those registered for the sitting, written and practical each for themselves, or the rows of marks where these
are more (nothing was imported, or not everything); a kind of which nothing is published yet is left out.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import connection, transaction

from audit.models import ServerClock
from scores.models import MarkRevision, Sitting, SittingStatistic, StatisticQuerySet, TouchedStatistic
from scores.statistics import statements

ANSWER = (
    "registered", "present", "absent", "barred", "passed",
    "mean", "stdev", "lowest", "q1", "median", "q3", "highest", "histogram",
)  # fmt: skip


@transaction.atomic
def refresh_statistics(*sittings: Sitting) -> int:
    """Compute all rows of the sittings anew; returns how many. A refresh that runs at the same time waits.

    Who passed at the first attempt is counted anew in later sittings, too: theirs may have become the second.
    """
    chosen = [sitting.pk for sitting in sittings]
    following = _from_on(sittings)
    lock(following)
    settling = Settling.of_sittings(chosen)
    SittingStatistic.objects.filter(sitting__in=chosen).delete()
    over = statements.of_many_sittings if len(chosen) > 1 else statements.of_one_sitting
    rows = _run(over(statements.FIGURES + statements.INSERT), sittings=chosen)
    over = statements.of_many_sittings if len(following) > 1 else statements.of_one_sitting
    _run(over(statements.FIRST_TIME), sittings=following)
    settling.settle()
    return rows


def refresh_courses(pairs: Collection[tuple[int, int]]) -> None:
    """Compute the rows of these courses of sittings (ids) anew, within the caller's transaction, which holds the sittings."""
    columns = {"sittings": [sitting for sitting, _course in pairs], "courses": [course for _sitting, course in pairs]}
    _run(statements.of_courses(statements.FIGURES + statements.REPLACE), is_small=True, **columns)
    _run(statements.of_courses(statements.FIRST_TIME), is_small=True, **columns)


def lock(sitting_ids: Collection[int]) -> None:
    """Take the sittings for a refresh, the earliest first, as whoever refreshes does."""
    list(Sitting.objects.filter(pk__in=sitting_ids).order_by("name").select_for_update(no_key=True))


class Settling:
    """What a refresh settles: read once the sittings are held and before anything is computed, crossed off in the end."""

    def __init__(self, revisions: Collection[int], touched: Collection[int]) -> None:
        self.revisions, self.touched = list(revisions), list(touched)

    @classmethod
    def of_sittings(cls, sitting_ids: Collection[int]) -> Settling:
        """All that waits in these sittings."""
        revisions = MarkRevision.objects.filter(counted_at__isnull=True, mark__sitting__in=sitting_ids)
        touched = TouchedStatistic.objects.filter(sitting__in=sitting_ids)
        return cls(revisions.values_list("pk", flat=True), touched.values_list("pk", flat=True))

    def settle(self) -> None:
        """What came in meanwhile stays, for the next refresh."""
        MarkRevision.objects.filter(pk__in=self.revisions).update(counted_at=ServerClock())
        TouchedStatistic.objects.filter(pk__in=self.touched).delete()


def _from_on(sittings: Collection[Sitting]) -> list[int]:
    """These sittings, and the later ones of which there are figures."""
    first = min(sitting.name for sitting in sittings)
    later = SittingStatistic.objects.filter(sitting__name__gt=first).values("sitting")
    ids = Sitting.objects.filter(pk__in=later).values_list("pk", flat=True)
    return sorted({sitting.pk for sitting in sittings} | set(ids))


def _run(statement: str, *, is_small: bool = False, **chosen: Any) -> int:
    with connection.cursor() as cursor:
        if not is_small:
            cursor.execute("SET LOCAL enable_nestloop = off")  # the planner does not know marks that have just come in
            cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(statement, {**statements.PARAMETERS, **chosen})
        rows = int(cursor.rowcount)
        if not is_small:
            cursor.execute("SET LOCAL work_mem TO DEFAULT")
            cursor.execute("SET LOCAL enable_nestloop = on")
    return rows


def answers(rows: StatisticQuerySet) -> list[dict[str, Any]]:
    """The rows as the contract has them, by university, major (those without one last) and course; floats in full precision."""
    keys = ("sitting__name", "university__code", "major__code", "course__code", *ANSWER)
    ordered = rows.order_by("university__code", "major__code", "course__code").values_list(*keys)
    return [_answer(*line) for line in ordered.iterator()]


def _answer(sitting: str, university: str, major: str | None, course: str, *figures: Any) -> dict[str, Any]:
    known = dict(zip(ANSWER, figures, strict=True))
    return {
        "sitting": sitting,
        "university": university,
        "major": major,
        "course": course,
        **{key: known[key] for key in ("registered", "present", "absent", "barred", "passed")},
        "pass_rate": known["passed"] / known["present"] if known["present"] else None,
        "mean": known["mean"],
        "stdev": known["stdev"],
        "min": known["lowest"],
        "q1": known["q1"],
        "median": known["median"],
        "q3": known["q3"],
        "max": known["highest"],
        "histogram": known["histogram"],
    }
