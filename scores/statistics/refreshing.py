"""The figures of a sitting, computed from published marks alone by one statement (duty O3; FORMATS: ``manage.py statistics``).

Major is the first that the candidate registered for (a mark has none), university the one that manages the candidate.
"""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction

from records.ledger.book import PASS_MARK, PASSING_GRADES
from scores.models import Sitting, SittingStatistic, StatisticQuerySet

_REFRESH = """
WITH sat AS MATERIALIZED (
    SELECT m.candidate_id, m.course_id, m.flag, m.grade, CASE WHEN m.flag = '正常' THEN m.points END AS points
      FROM scores_mark m JOIN scores_publication p ON p.id = m.publication_id
     WHERE m.sitting_id = %(sitting)s AND p.published_at IS NOT NULL),
first_major AS MATERIALIZED (
    SELECT DISTINCT ON (r.candidate_id) r.candidate_id, r.major_id
      FROM records_registration r JOIN (SELECT DISTINCT candidate_id FROM sat) s USING (candidate_id)
     ORDER BY r.candidate_id, r.registered_on, r.id),
row AS MATERIALIZED (
    SELECT c.managing_university_id AS university_id, f.major_id, s.course_id, s.flag, s.grade, s.points
      FROM sat s JOIN records_candidate c ON c.id = s.candidate_id LEFT JOIN first_major f ON f.candidate_id = s.candidate_id),
spread AS (
    SELECT university_id, major_id, course_id, jsonb_object_agg(points, many) AS distribution
      FROM (SELECT university_id, major_id, course_id, points, count(*) AS many
              FROM row WHERE points IS NOT NULL GROUP BY university_id, major_id, course_id, points) v
     GROUP BY university_id, major_id, course_id),
figure AS (
    SELECT university_id, major_id, course_id, count(*) AS registered,
           count(*) FILTER (WHERE flag = '正常' AND (points IS NOT NULL OR grade <> '')) AS present,
           count(*) FILTER (WHERE flag = '缺考') AS absent,
           count(*) FILTER (WHERE flag IN ('违纪', '作弊', '取消')) AS barred,
           count(*) FILTER (WHERE flag = '正常' AND (points >= %(pass)s OR grade = ANY(%(grades)s))) AS passed,
           count(points) AS marked, sum(points) AS total, avg(points) AS mean, stddev_samp(points) AS stdev,
           min(points) AS lowest, max(points) AS highest,
           percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY points::float8) AS quartiles,
           jsonb_build_array({bins}) AS histogram
      FROM row GROUP BY university_id, major_id, course_id)
INSERT INTO scores_sittingstatistic
       (sitting_id, university_id, major_id, course_id, registered, present, absent, barred, passed, marked, total, mean, stdev,
        lowest, q1, median, q3, highest, histogram, distribution)
SELECT %(sitting)s, g.university_id, g.major_id, g.course_id, registered, present, absent, barred, passed, marked, total,
       mean, stdev, lowest, quartiles[1], quartiles[2], quartiles[3], highest, CASE WHEN marked > 0 THEN histogram END,
       COALESCE(distribution, '{{}}')
  FROM figure g LEFT JOIN spread s ON s.university_id = g.university_id AND s.course_id = g.course_id
                                  AND s.major_id IS NOT DISTINCT FROM g.major_id
"""

_BINS = ", ".join(
    f"count(*) FILTER (WHERE points >= {low}{f' AND points < {low + 10}' if low < 90 else ''})" for low in range(0, 100, 10)
)

ANSWER = (
    "registered", "present", "absent", "barred", "passed",
    "mean", "stdev", "lowest", "q1", "median", "q3", "highest", "histogram",
)  # fmt: skip


@transaction.atomic
def refresh_statistics(sitting: Sitting) -> int:
    """Compute the sitting's rows anew; returns how many. A refresh that runs at the same time waits."""
    Sitting.objects.select_for_update().get(pk=sitting.pk)
    SittingStatistic.objects.filter(sitting=sitting).delete()
    with connection.cursor() as cursor:
        parameters: dict[str, Any] = {"sitting": sitting.pk, "pass": PASS_MARK, "grades": [*PASSING_GRADES]}
        cursor.execute("SET LOCAL enable_nestloop = off")  # the planner does not know marks that have just come in
        cursor.execute(_REFRESH.format(bins=_BINS), parameters)
        rows = int(cursor.rowcount)
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
