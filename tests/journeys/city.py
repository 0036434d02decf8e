"""A small city for the journeys: the real catalogue, invented people who came in by the office's own imports."""

import csv
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings
from django.core.management import call_command

from records.models import Candidate, Office, Plan, PlanCourse, User
from tests.factories import PASSWORD, MunicipalityFactory, NoticeFactory, UserFactory, WindowFactory, identity_number

MAJOR, VERSION = "X2020401", "2024"
UNIVERSITY, OTHER_UNIVERSITY = "10327", "10285"
REGISTERED_ON = dt.date(2024, 9, 1)
UNIVERSITY_ROLES, CITY_ROLES = ("U3", "U4", "U7", "U8"), ("O3", "O4", "O6", "O7")
CANDIDATE_COLUMNS = [
    *("姓名", "性别", "民族", "证件类型", "证件号码", "出生日期", "手机号码"),
    *("专业代码", "准考证号", "注册日期", "前置学历", "前置专业", "通讯地址"),
]
MARK_COLUMNS = ["准考证号", "课程代码", "成绩", "标记", "考点"]


@dataclass(frozen=True)
class Person:
    """Whom the registration office met."""

    name: str
    serial: int
    birth: dt.date = dt.date(1998, 3, 14)

    @property
    def identity(self) -> str:
        return identity_number(self.serial, self.birth)

    @property
    def phone(self) -> str:
        return f"1390000{self.serial:04}"

    @property
    def ticket(self) -> str:
        return f"2624{self.serial:08}"

    @property
    def row(self) -> list[str]:
        """As the file of candidates has it; the other columns stay empty."""
        first = [self.name, "女", "汉族", "居民身份证", self.identity, f"{self.birth:%Y-%m-%d}", self.phone]
        return [*first, MAJOR, self.ticket, f"{REGISTERED_ON:%Y-%m-%d}", "专科", "国际商务", "示例路1号"]

    def record(self) -> Candidate:
        """The row as it is now."""
        return Candidate.objects.get(tickets__number=self.ticket)


LEARNER = Person("林知微", 1)  # three courses passed a year ago
NEWCOMER = Person("陈未明", 2)  # nothing passed yet
COMPLETE = Person("周既白", 3)  # the whole plan passed
PEOPLE = (LEARNER, NEWCOMER, COMPLETE)


@dataclass
class SmallCity:
    """Offices with their people, three candidates, and the marks of two sittings long published."""

    clerk: User = field(init=False)
    foreign_clerk: User = field(init=False)
    officer: User = field(init=False)
    second_officer: User = field(init=False)

    def __post_init__(self) -> None:
        call_command("load_catalogue", str(settings.BASE_DIR / "data" / "catalogue"))
        city = MunicipalityFactory()
        university, other = (Office.objects.get(code=code) for code in (UNIVERSITY, OTHER_UNIVERSITY))
        self.clerk = _person("clerk", "钱文静", university, UNIVERSITY_ROLES)
        self.foreign_clerk = _person("foreign", "孙立群", other, UNIVERSITY_ROLES)
        self.officer = _person("officer", "李国华", city, CITY_ROLES)
        self.second_officer = _person("second", "吴敏", city, CITY_ROLES)
        NoticeFactory(title="关于2026年下半年免考申请的通知")
        for kind, title in (("exemption", "2026年下半年免考申请"), ("graduation", "2026年下半年毕业申请")):
            WindowFactory(kind=kind, title=title)
        self._register()
        self._examine()

    def _register(self) -> None:
        rows = [person.row for person in PEOPLE]
        _import("import_candidates", CANDIDATE_COLUMNS, rows, university=UNIVERSITY)

    def _examine(self) -> None:
        """A year ago one candidate passed three courses and another all of the plan."""
        written, practical = _courses(practical=False), _courses(practical=True)
        rows = [_mark(COMPLETE, code, "78") for code in written] + [_mark(LEARNER, code, "71.5") for code in written[:3]]
        rows.append(_mark(LEARNER, written[4], "54"))
        _import("import_scores", MARK_COLUMNS, rows, sitting="2025-10", publish=True)
        graded = [_mark(COMPLETE, code, "良好") for code in practical]
        _import("import_scores", MARK_COLUMNS, graded, sitting="2026-04", practical=True, publish=True)


def plan() -> Plan:
    """The plan that everybody here studies."""
    return Plan.objects.get(major__code=MAJOR, version=VERSION)


def marks_file(folder: Path, rows: Iterable[list[str]], name: str = "marks.csv") -> Path:
    """A file of marks."""
    return _write(folder / name, MARK_COLUMNS, rows)


def _courses(*, practical: bool) -> list[str]:
    links = PlanCourse.objects.filter(plan=plan(), course__practical=practical).exclude(nature=PlanCourse.Nature.ADDITIONAL)
    return list(links.order_by("position").values_list("course__code", flat=True))


def _mark(person: Person, code: str, points: str) -> list[str]:
    return [person.ticket, code, points, "", ""]


def _person(name: str, full_name: str, office: Office, roles: Iterable[str]) -> User:
    return UserFactory(username=name, full_name=full_name, office=office, roles=list(roles), password=PASSWORD)


def _import(command: str, columns: list[str], rows: Iterable[list[str]], **options: object) -> None:
    with TemporaryDirectory() as folder:
        call_command(command, str(_write(Path(folder) / "file.csv", columns, rows)), **options)


def _write(path: Path, columns: list[str], rows: Iterable[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path
