"""The people of a demonstration: who signs in for which office, with secrets of this installation's own; windows as of today.

Passwords and the secrets of authenticators are made once and kept in ``KAOJI_HOME/demonstration.json``, readable by its owner
only; ``manage.py show_logins`` prints them. Everything here may be run again: nothing comes twice, what is missing is made.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Count, F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from guardian.shortcuts import assign_perm

from config.roles import CITY, DISTRICT, EDITOR, ROLES, UNIVERSITY
from records.candidates.models import Candidate
from records.kiosks.models import Kiosk
from records.notices.models import Window
from records.offices.models import Office
from records.people import recovery
from records.people.identity import DocumentKind
from records.people.initial import readable_password
from records.people.models import Appointment, SecondFactor, User
from records.people.second_factor import new_secret

UNIVERSITIES = 2
SECOND_OFFICER, SECOND_CLERK = ("O3",), ("U3", "U4", "U7")
DISTRICT_CODE, DISTRICT_NAME = "320102", "玄武区自学考试办公室"
LANGUAGE = "13000"  # English of the bachelor's plans: a CET-4 certificate stands for it
NAMES = (
    "卫明远", "戚若兰", "柏松年", "裴静姝", "纪云舟", "翁雅琴", "苗承志", "车晓棠", "邬志成", "鲍慧中",
    "祁望舒", "凌子衿", "柯远山", "郎清和", "傅知微", "荀文若", "颜如玉", "简正平", "糜兰馨", "冉秋实",
    "雍容", "桑榆", "蒲书怀", "商羽", "时敏", "安若素", "井然", "步青云",
)  # fmt: skip

Kind = Window.Kind
WINDOWS = (
    (Kind.EXEMPTION, gettext_lazy("%(term)s课程免考申请"), -12, 21, gettext_lazy("网上提交；主考院校初审后报市自考办审定。")),
    (Kind.GRADUATION, gettext_lazy("%(term)s毕业申请"), -8, 25, gettext_lazy("网上提交；毕业证书原件到主考院校核验。")),
    (Kind.PRACTICAL, gettext_lazy("%(term)s实践环节报考"), 9, 30, gettext_lazy("理论课程合格后方可报考。")),
    (Kind.EXAMINATION, gettext_lazy("下一次考试报名"), 24, 38, ""),
    (Kind.TRANSFER_OUT, gettext_lazy("省际转出申请"), 45, 80, ""),
)
MUST_BE_OPEN = {Kind.EXEMPTION, Kind.GRADUATION}


@dataclass(frozen=True)
class Post:
    """Somebody's place in an office, with the duties that go with it."""

    username: str
    office: Office
    duties: tuple[str, ...]


@dataclass(frozen=True)
class Login:
    """What a person types to get in; ``secret`` is that of the authenticator (base32), "" for a candidate."""

    person: User
    password: str
    secret: str


def universities() -> list[Office]:
    """The universities that have staff in the demonstration: those that host most majors."""
    hosts = Office.objects.universities().annotate(hosted=Count("majors")).order_by("-hosted", "code")
    return list(hosts[:UNIVERSITIES])


def posts() -> list[Post]:
    """Everybody's place: one person for each duty, a second one where two are needed."""
    city = Office.objects.municipality()
    places = [*_one_for_each(CITY, city, ""), Post("o3b", city, SECOND_OFFICER), Post("oeb", city, (EDITOR,))]
    for number, university in enumerate(universities()):
        places += _one_for_each(UNIVERSITY, university, f".{university.code}")
        if number == 0:
            places.append(Post(f"u4b.{university.code}", university, SECOND_CLERK))
    return [*places, *_one_for_each(DISTRICT, _district(), "")]


def _one_for_each(tier: str, office: Office, suffix: str) -> Iterator[Post]:
    for role in ROLES.values():
        if role.tier == tier:
            yield Post(f"{role.code.lower()}{suffix}", office, (role.code,))


def _district() -> Office:
    return Office.objects.get_or_create(
        code=DISTRICT_CODE, defaults={"kind": Office.Kind.DISTRICT, "name": DISTRICT_NAME, "short_name": "玄武区自考办"}
    )[0]


@transaction.atomic
def prepare() -> dict[str, User]:
    """Make the staff and the windows that are missing; returns the staff by login name."""
    passwords = _Secrets()
    people = {post.username: _person(post, NAMES[number % len(NAMES)], passwords) for number, post in enumerate(posts())}
    open_windows(timezone.localdate())
    return people


def is_here() -> bool:
    """Whether this database has been made a demonstration."""
    return User.objects.filter(username="o3b", candidate__isnull=True).exists()


def _person(post: Post, name: str, passwords: _Secrets) -> User:
    person = User.objects.filter(username=post.username).first() or User(username=post.username, full_name=name)
    passwords.give(person, shared_by=post.office.code)
    passwords.give_factor(person)
    assign_perm("records.represent_office", person, post.office)
    for role in Group.objects.filter(name__in=post.duties):
        Appointment.objects.get_or_create(person=person, role=role, office=post.office, taken_at=None)
    return User.objects.get(pk=person.pk)  # read anew: a user remembers what it may do


def account_of(candidate: Candidate, *, with_password: bool = False) -> User:
    """The candidate's account; without a password nobody signs in with it, but cases can be moved in the candidate's name."""
    person = User.objects.filter(candidate=candidate).first()
    if person is None:
        person = User(username=f"candidate-{candidate.pk}", full_name=candidate.name, candidate=candidate)
        person.set_unusable_password()
        person.save()
    if with_password:
        _Secrets().give(person)
    return person


def logins() -> list[Login]:
    """Everybody whose password is known here, staff first, in the order in which they were made."""
    known = _Secrets().known
    people = User.objects.filter(username__in=known).select_related("candidate")
    people = people.order_by(F("candidate").asc(nulls_first=True), "pk")
    return [
        Login(person, known[person.username], known.get(_factor_of(person), ""))
        for person in people
        if person.has_usable_password()
    ]


def newcomer() -> Candidate | None:
    """Somebody for a first sign-in: with a record and a phone, without an account, and with a course to be exempted from."""
    people = Candidate.objects.filter(
        account__isnull=True,
        record_number__isnull=False,
        phone_hash__isnull=False,
        document_kind=DocumentKind.RESIDENT,
        managing_university__in=universities(),
        penalties__isnull=True,
    )
    lacking = people.filter(registrations__major__plans__courses__course__code=LANGUAGE).exclude(credits__course__code=LANGUAGE)
    return lacking.order_by("pk").first() or people.order_by("pk").first()


def terminals() -> QuerySet[Kiosk]:
    """The terminals of the district office that nobody has closed."""
    found: QuerySet[Kiosk] = Kiosk.objects.filter(office__code=DISTRICT_CODE, closed_at__isnull=True)
    return found.select_related("office").order_by("pk")


class _Secrets:
    """The passwords of this installation's demonstration, by login name; the people of one office have the same.

    The secret of a person's authenticator lies beside it, under the name that ``_factor_of`` gives.
    """

    def __init__(self) -> None:
        self.path = Path(settings.KAOJI_HOME) / "demonstration.json"
        self.known: dict[str, str] = json.loads(self.path.read_text()) if self.path.exists() else {}
        self.hashes: dict[str, str] = {}

    def give(self, person: User, *, shared_by: str = "") -> None:
        """Make sure that the person has a password which is known here; what the person has set since stays."""
        if person.username not in self.known:
            password = self.known.setdefault(f"@{shared_by}", readable_password()) if shared_by else readable_password()
            self.known[person.username] = password
            self._keep()
        elif person.pk and person.has_usable_password():
            return
        person.password = self._hash(self.known[person.username])
        person.save()

    def give_factor(self, person: User) -> None:
        """Make sure that a member of staff has a second factor, and recovery codes put away; what the person has stays."""
        if person.second_factors.exists():
            return
        if _factor_of(person) not in self.known:
            self.known[_factor_of(person)] = new_secret()
            self._keep()
        SecondFactor.objects.create(person=person, kind=SecondFactor.Kind.TOTP, secret=self.known[_factor_of(person)])
        recovery.keep(person, recovery.new_codes())

    def _hash(self, password: str) -> str:
        if password not in self.hashes:
            self.hashes[password] = make_password(password)
        return self.hashes[password]

    def _keep(self) -> None:
        """Write the file whole or not at all, for its owner only."""
        draft = self.path.with_suffix(f".{os.getpid()}.draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(self.known, file, indent=1)
        draft.replace(self.path)


def _factor_of(person: User) -> str:
    """Where the file keeps the secret of a person's authenticator; no login name holds a colon."""
    return f"{person.username}:totp"


def open_windows(today: dt.date) -> None:
    """A window of each kind that is open or to come, around ``today``; those of exemption and graduation are open."""
    half = _("上半年") if today.month <= 6 else _("下半年")
    for kind, title, first, last, note in WINDOWS:
        there = Window.objects.filter(kind=kind)
        if (there.open_on(today) if kind in MUST_BE_OPEN else there.not_over(today)).exists():
            continue
        Window.objects.create(
            kind=kind,
            title=title % {"term": _("%(year)s年%(half)s") % {"year": today.year, "half": half}},
            opens_on=today + dt.timedelta(days=first),
            closes_on=today + dt.timedelta(days=last),
            note=str(note),
        )
