"""Takes a violation through its steps, as far as a test needs it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils import timezone

from records.ledger.book import enter_selected
from records.models import Office, User
from scores.marks.crediting import PASSED_MARKS, PASSING
from scores.models import Mark, Violation
from scores.violations.workflow import VIOLATION
from tests.factories import MarkFactory, MunicipalityFactory, PublicationFactory, UserFactory, ViolationFactory


def days_ago(days: int) -> dt.date:
    return timezone.localdate() - dt.timedelta(days=days)


@dataclass
class Bureau:
    """The people of the municipal office who take the steps."""

    city: Office
    officer: User
    head: User
    verifier: User

    def steps(self) -> list[tuple[str, User, dict[str, Any]]]:
        """The plain way to a decision that was served, told long enough ago."""
        return [
            ("record", self.officer, {}),
            ("tell", self.officer, {"told_on": days_ago(30), "hearing_offered": True}),
            ("propose", self.officer, {"opinion": "按第九条处理。"}),
            ("decide", self.head, {"decision": "", "decided_on": days_ago(1)}),
            ("serve", self.officer, {"served_on": days_ago(0), "served_how": "direct"}),
        ]

    def bring(self, case: Violation, last: str, **facts: Any) -> Violation:
        """Take the plain steps through ``last``; ``facts`` replace those of the step that records them."""
        for name, person, usual in self.steps():
            if case.status in VIOLATION.steps[name].source:
                numbered = usual | ({"decision": f"沪考处〔2026〕{case.pk}号"} if name == "decide" else {})
                given = numbered | {key: value for key, value in facts.items() if key in VIOLATION.steps[name].records}
                VIOLATION.take(name, case, by=person, facts=given)
                case.refresh_from_db()
            if name == last:
                break
        return case

    def revoke(self, case: Violation, **facts: Any) -> Violation:
        """Have a served decision reviewed and revoked."""
        if case.status == "served":
            asked = {"review_grounds": "手机不是我的。", "review_asked_on": timezone.localdate()}
            VIOLATION.take("take-review", case, by=self.officer, facts=asked)
        found = {"review_number": f"沪考复〔2026〕{case.pk}号", "review_decided_on": timezone.localdate()}
        VIOLATION.take("revoke", case, by=self.verifier, facts=found | facts)
        case.refresh_from_db()
        return case


def bureau() -> Bureau:
    city = MunicipalityFactory()
    return Bureau(
        city,
        UserFactory(office=city, roles=["O3"]),
        UserFactory(office=city, roles=["OH"]),
        UserFactory(office=city, roles=["OV"]),
    )


def published(candidate: Any, sitting: Any, points: str | None = "75", **more: Any) -> Mark:
    """A mark that is out, with its credit where it is passed."""
    kind = "practical" if more.get("practical") else "written"
    publication = PublicationFactory._meta.model.objects.filter(sitting=sitting, kind=kind, published_at__isnull=False).first()
    publication = publication or PublicationFactory(
        sitting=sitting, kind=kind, published_at=timezone.now(), credits_entered_at=timezone.now()
    )
    mark: Mark = MarkFactory(publication=publication, candidate=candidate, points=points and Decimal(points), **more)
    enter_selected(PASSED_MARKS.format(origin_id="m.id::text", chosen="m.id = %s"), [mark.pk, *PASSING])
    return mark


def decided(people: Bureau, candidate: Any, sitting: Any, act: str, **more: Any) -> Violation:
    """A case that is decided and served; a penalty needs ``grave``."""
    facts = {key: more.pop(key) for key in list(more) if key.startswith(("penalty_", "decision"))}
    case: Violation = ViolationFactory(candidate=candidate, sitting=sitting, act=act, **more)
    return people.bring(case, "serve", **facts)
