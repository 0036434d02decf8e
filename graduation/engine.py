"""Whether a candidate's passed courses complete a plan, on which path, and why (duty O6; Regulations 1988 art. 25(1)).

One engine for the single audit, the cohort and the candidate's what-if: plain values in, a verdict out, no database. What
a replacement row can do is searched in ``replacing.py``, what counts is in ``standing.py``, the answer is put into words in
``explaining.py``.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from graduation.explaining import explained
from graduation.plans import CompiledPlan, CourseRow, Path, union
from graduation.replacing import most_favourable
from graduation.standing import Audited
from graduation.verdicts import Passed, PathVerdict, Verdict


def audit(
    compiled: CompiledPlan,
    passed: Iterable[Passed],
    *,
    additional_courses: bool | None,
    waive_credits: bool = True,
) -> Verdict:
    """Audit one candidate against one plan version; of each course one ``Passed``.

    ``additional_courses``: whether the candidate owes the plan's 加考 courses (None: undecided, not owed yet).
    ``waive_credits``: whether a waived course brings its credits (setting of the office). The same courses in any order get
    the same verdict.
    """
    transcript = {course.code: course for course in sorted(passed, key=_by_code)}
    verdicts = tuple(
        _on_path(compiled, path, transcript, owes_additional=bool(additional_courses), waive_credits=waive_credits)
        for path in compiled.paths
    )
    undecided = additional_courses is None and any(path.additional for path in compiled.paths)
    return Verdict(min(verdicts, key=_unfavourable), verdicts, undecided)


def _on_path(
    compiled: CompiledPlan,
    path: Path,
    transcript: Mapping[str, Passed],
    *,
    owes_additional: bool,
    waive_credits: bool,
) -> PathVerdict:
    own = _own_right(compiled, transcript)
    owed = path.compulsory | (path.additional if owes_additional else 0)
    audited = Audited(compiled, path, own, owed, waive_credits)
    situation, outcome = most_favourable(audited, _available(compiled, own, transcript))
    return explained(audited, situation, outcome, transcript)


def _own_right(compiled: CompiledPlan, transcript: Mapping[str, Passed]) -> int:
    """The plan's courses that the candidate passed and that count as themselves."""
    return union(
        1 << position
        for position, course in enumerate(compiled.courses)
        if course.code in transcript and _counts_as_itself(course, transcript[course.code])
    )


def _counts_as_itself(course: CourseRow, passed: Passed) -> bool:
    """Passed no earlier than the month of its 首考; a transfer or exemption counts by the month of its decision."""
    return f"{passed.latest_on:%Y-%m}" >= course.first_sitting


def _available(compiled: CompiledPlan, own: int, transcript: Mapping[str, Passed]) -> int:
    """The courses that replacement rows may use: passed, and not used for themselves."""
    taken = set(compiled.codes(own))
    return union(1 << position for position, code in enumerate(compiled.sources) if code in transcript and code not in taken)


def _by_code(course: Passed) -> str:
    return course.code


def _unfavourable(verdict: PathVerdict) -> tuple[int, Decimal]:
    """Sorts the more favourable path first; of equal ones the first, 外语, stays."""
    return verdict.missing, -verdict.credits_earned
