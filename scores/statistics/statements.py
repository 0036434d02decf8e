"""The statements that compute the figures of sittings, set-based; ``refreshing.py`` and ``touching.py`` run them.

Marks are first counted by value (``cell``): a group has thousands of marks, but never more than a thousand and one values, and
everything else follows exactly from the counts, in whole tenths. ``code`` of a cell: the mark in tenths; -1 absent, -2 barred,
-3 neither mark nor grade, -4 a grade that passes, -5 one that fails.
"""

from __future__ import annotations

from typing import Any

from records.ledger.book import PASS_MARK, PASSING_GRADES

_PEOPLE = """
people AS MATERIALIZED (
    SELECT c.id AS candidate_id, c.managing_university_id AS university_id, COALESCE(f.major_id, 0) AS major_id
      FROM {candidates} c LEFT JOIN (
           SELECT DISTINCT ON (r.candidate_id) r.candidate_id, r.major_id FROM {registrations} r
            ORDER BY r.candidate_id, r.registered_on, r.id) f ON f.candidate_id = c.id)"""

_EVERYBODY = _PEOPLE.format(candidates="records_candidate", registrations="records_registration")
_THOSE_CONCERNED = """
sitter AS MATERIALIZED (
    SELECT m.candidate_id FROM mark m UNION SELECT s.candidate_id FROM seat s),""" + _PEOPLE.format(
    candidates="(SELECT c.* FROM records_candidate c JOIN sitter ON sitter.candidate_id = c.id)",
    registrations="(SELECT r.* FROM records_registration r JOIN sitter ON sitter.candidate_id = r.candidate_id)",
)

_CODE = """CASE WHEN m.flag = '正常' THEN CASE WHEN m.points IS NOT NULL THEN (m.points * 10)::int
                WHEN m.grade = ANY(%(grades)s) THEN -4 WHEN m.grade <> '' THEN -5 ELSE -3 END
           WHEN m.flag = '缺考' THEN -1 ELSE -2 END"""

_GROUP = "sitting_id, university_id, major_id, course_id"
_BINS = ", ".join(
    f"COALESCE(sum(many) FILTER (WHERE code >= {low * 10}{f' AND code < {low * 10 + 100}' if low < 90 else ''}), 0)"
    for low in range(0, 100, 10)
)


def _quartile(quarter: int) -> str:
    """The mark at a quarter's place between the two nearest, from cells that know how many marks lie up to them."""
    place = f"((max(marked) - 1) * {quarter})"
    low = f"min(code) FILTER (WHERE code >= 0 AND 4 * upto > 4 * ((marked - 1) * {quarter} / 4))"
    high = f"min(code) FILTER (WHERE code >= 0 AND upto > LEAST((marked - 1) * {quarter} / 4 + 1, marked - 1))"
    return f"({low} + ({high} - {low}) * ({place} %% 4) / 4.0::float8) / 10"


FIGURES = f"""
WITH mark AS {{materialized}} (
    SELECT m.sitting_id, m.course_id, m.candidate_id, m.practical, m.points, m.grade, m.flag
      FROM scores_mark m JOIN scores_publication b ON b.id = m.publication_id
     WHERE {{chosen_marks}} AND b.published_at IS NOT NULL),
seat AS {{materialized}} (
    SELECT m.sitting_id, m.course_id, m.candidate_id, m.practical
      FROM scores_sittingregistration m
     WHERE {{chosen_marks}} AND EXISTS (
           SELECT FROM scores_publication b WHERE b.sitting_id = m.sitting_id AND b.published_at IS NOT NULL
              AND b.kind = CASE WHEN m.practical THEN 'practical' ELSE 'written' END)),
{{people}},
cell AS MATERIALIZED (
    SELECT m.sitting_id, p.university_id, p.major_id, m.course_id, {_CODE} AS code,
           count(*)::int AS many, (count(*) FILTER (WHERE m.practical))::int AS practicals
      FROM mark m JOIN people p USING (candidate_id) GROUP BY 1, 2, 3, 4, 5),
cumulated AS (
    SELECT cell.*, sum(many) FILTER (WHERE code >= 0) OVER (running) AS upto,
           sum(many) FILTER (WHERE code >= 0) OVER (PARTITION BY {_GROUP}) AS marked
      FROM cell WINDOW running AS (PARTITION BY {_GROUP} ORDER BY code)),
figure AS (
    SELECT {_GROUP}, sum(many - practicals) AS written, sum(practicals) AS practical,
           COALESCE(sum(many) FILTER (WHERE code NOT IN (-1, -2, -3)), 0) AS present,
           COALESCE(sum(many) FILTER (WHERE code = -1), 0) AS absent,
           COALESCE(sum(many) FILTER (WHERE code = -2), 0) AS barred,
           COALESCE(sum(many) FILTER (WHERE code >= %(pass)s * 10 OR code = -4), 0) AS passed,
           COALESCE(max(marked), 0) AS marked,
           sum(many * code) FILTER (WHERE code >= 0) AS tenths,
           sum(many::bigint * code * code) FILTER (WHERE code >= 0) AS squares,
           (min(code) FILTER (WHERE code >= 0)) / 10.0::float8 AS lowest, {_quartile(1)} AS q1, {_quartile(2)} AS median,
           {_quartile(3)} AS q3, (max(code) FILTER (WHERE code >= 0)) / 10.0::float8 AS highest,
           jsonb_build_array({_BINS}) AS histogram,
           jsonb_object_agg(code / 10 || CASE WHEN code %% 10 = 0 THEN '' ELSE '.' || code %% 10 END, many)
               FILTER (WHERE code >= 0) AS distribution
      FROM cumulated GROUP BY {_GROUP}),
seats AS (
    SELECT s.sitting_id, p.university_id, p.major_id, s.course_id,
           count(*) FILTER (WHERE NOT s.practical) AS written, count(*) FILTER (WHERE s.practical) AS practical
      FROM seat s JOIN people p USING (candidate_id) GROUP BY 1, 2, 3, 4),
line AS (
    SELECT sitting_id, university_id, NULLIF(major_id, 0) AS major_id, course_id,
           GREATEST(f.written, s.written, 0) + GREATEST(f.practical, s.practical, 0) AS registered,
           COALESCE(present, 0) AS present, COALESCE(absent, 0) AS absent, COALESCE(barred, 0) AS barred,
           COALESCE(passed, 0) AS passed, COALESCE(marked, 0) AS marked, tenths / 10.0 AS total,
           tenths / (10.0::float8 * marked) AS mean,
           CASE WHEN marked > 1 THEN sqrt(((marked * squares - tenths::numeric * tenths) / (marked * (marked - 1)))::float8) / 10
           END AS stdev,
           lowest, q1, median, q3, highest, CASE WHEN marked > 0 THEN histogram END AS histogram,
           COALESCE(distribution, '{{{{}}}}'::jsonb) AS distribution
      FROM figure f FULL JOIN seats s USING ({_GROUP}))
"""
"""To be filled by ``figures``."""

_WRITTEN = (
    "registered", "present", "absent", "barred", "passed", "marked", "total", "mean", "stdev", "lowest", "q1", "median", "q3",
    "highest", "histogram", "distribution",
)  # fmt: skip
_VALUES = ", ".join(_WRITTEN)
INSERT = f"INSERT INTO scores_sittingstatistic ({_GROUP}, {_VALUES}) SELECT {_GROUP}, {_VALUES} FROM line"
REPLACE = f"""
, gone AS (
    DELETE FROM scores_sittingstatistic m
     WHERE {{chosen_marks}} AND NOT EXISTS (
           SELECT FROM line l WHERE l.sitting_id = m.sitting_id AND l.university_id = m.university_id
              AND l.course_id = m.course_id AND l.major_id IS NOT DISTINCT FROM m.major_id))
{INSERT}
ON CONFLICT ({_GROUP}) DO UPDATE SET ({_VALUES}) = ({", ".join(f"EXCLUDED.{name}" for name in _WRITTEN)})
 WHERE ({", ".join(f"scores_sittingstatistic.{name}" for name in _WRITTEN)})
       IS DISTINCT FROM ({", ".join(f"EXCLUDED.{name}" for name in _WRITTEN)})
"""
"""Writes only rows that differ from what stands."""

FIRST_TIME = """
WITH mark AS MATERIALIZED (
    SELECT m.sitting_id, m.course_id, m.candidate_id, s.name
      FROM scores_mark m JOIN scores_publication b ON b.id = m.publication_id JOIN scores_sitting s ON s.id = m.sitting_id
     WHERE {chosen_marks} AND b.published_at IS NOT NULL
       AND m.flag = '正常' AND (m.points >= %(pass)s OR m.grade = ANY(%(grades)s))),
seat AS (SELECT candidate_id FROM mark WHERE false),
{people},
passer AS (
    SELECT m.sitting_id, p.university_id, p.major_id, m.course_id, count(*) AS many
      FROM mark m JOIN people p USING (candidate_id)
     WHERE NOT EXISTS (
           SELECT FROM scores_mark e JOIN scores_publication b ON b.id = e.publication_id
             JOIN scores_sitting s ON s.id = e.sitting_id
            WHERE e.candidate_id = m.candidate_id AND e.course_id = m.course_id AND s.name < m.name AND e.flag <> '缺考'
              AND b.published_at IS NOT NULL)
     GROUP BY 1, 2, 3, 4)
UPDATE scores_sittingstatistic t SET first_time = COALESCE(f.many, 0)
  FROM scores_sittingstatistic m LEFT JOIN passer f
       ON f.sitting_id = m.sitting_id AND f.university_id = m.university_id AND f.major_id = COALESCE(m.major_id, 0)
          AND f.course_id = m.course_id
 WHERE t.id = m.id AND {chosen_marks} AND t.first_time IS DISTINCT FROM COALESCE(f.many, 0)
"""
"""Whose first attempt (absence is none) at the course was in this sitting, and passed. To be filled as ``FIGURES``."""

OF_SITTINGS = "m.sitting_id = ANY(%(sittings)s)"
OF_MANY_SITTINGS = "m.sitting_id IN (SELECT unnest(%(sittings)s::bigint[]))"  # the whole table is read, not its index
OF_COURSES = "(m.sitting_id, m.course_id) IN (SELECT * FROM unnest(%(sittings)s::bigint[], %(courses)s::bigint[]))"
"""What is chosen: whole sittings, or courses of sittings (two arrays of one length)."""

PARAMETERS: dict[str, Any] = {"pass": PASS_MARK, "grades": [*PASSING_GRADES]}


def of_many_sittings(statement: str) -> str:
    """The statement over whole sittings, so many that everybody is looked at."""
    return statement.format(chosen_marks=OF_MANY_SITTINGS, materialized="NOT MATERIALIZED", people=_EVERYBODY)


def of_one_sitting(statement: str) -> str:
    """The statement over whole sittings, few enough to look at those alone who sat them."""
    return statement.format(chosen_marks=OF_SITTINGS, materialized="MATERIALIZED", people=_THOSE_CONCERNED)


def of_courses(statement: str) -> str:
    """The statement over courses of sittings."""
    return statement.format(chosen_marks=OF_COURSES, materialized="MATERIALIZED", people=_THOSE_CONCERNED)
