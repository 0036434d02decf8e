"""Leave to look: people who are not record staff ask, get it, or could not wait; heads have something to decide and to review."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from audit.acting import acting
from audit.trail import record_read
from audit.workflow import Refused
from config.city.applicants import Staff
from records.access.drafting import Contents, draft
from records.access.models import AccessRequest, AccessStatus
from records.access.workflow import LEAVE
from records.candidates.models import Candidate
from records.people.models import User

PURPOSE = _("核对缴费名单与在籍考生是否一致，需看所列考籍的姓名和报考专业。")
URGENT = _("来信反映同名考生的准考证发错，考试明天开始，须马上核对。")
DAYS = 5
WAYS: dict[str, tuple[str, ...]] = {
    AccessStatus.HEAD: ("ask",),
    AccessStatus.GRANTED: ("ask", "grant"),
    AccessStatus.URGENT: ("urgent",),
}


def make_requests(staff: Staff) -> int:
    """One of each at every office that has such people and a head; returns how many."""
    made = 0
    for name, asking in staff.people.items():
        tier, _dot, code = name.partition(".")
        head = staff.people.get(f"{tier[0]}h.{code}" if code else f"{tier[0]}h")
        if tier in ("os", "us") and head is not None:
            made += sum(_made(asking, head, status, _records(asking, place)) for place, status in enumerate(WAYS))
    return made


def _records(asking: User, place: int) -> list[Candidate]:
    """Two records of the own university, of any for the city."""
    people = Candidate.objects.filter(record_number__isnull=False)
    if asking.reach.universities:
        people = people.filter(managing_university__in=asking.reach.universities)
    return list(people.order_by("pk")[place * 2 : place * 2 + 2])


def _made(asking: User, head: User, status: str, records: Sequence[Candidate]) -> bool:
    named = {record.pk: str(record.record_number) for record in records}
    urgent = str(URGENT) if status == AccessStatus.URGENT else ""
    try:
        with transaction.atomic():
            case = draft(asking, Contents(str(PURPOSE), DAYS, named, urgent_reason=urgent))
            for step in WAYS[status]:
                LEAVE.take(step, case, by=head if step == "grant" else asking, note=urgent)
            if status != AccessStatus.HEAD:
                _look(asking, case, records[0])
    except Refused:
        return False
    return True


def _look(asking: User, case: AccessRequest, record: Candidate) -> None:
    """The first of the records was opened once."""
    with acting(asking, leave_id=case.pk):
        record_read("record", record, candidate_id=record.pk, purpose=case.purpose)
