"""A list of cases of one kind, whatever the kind: what it is narrowed to, its order, its pages by key, its line of the trail.

Everything stands in the address, so that a list can be passed on. No count and no offset: a page costs the same at the end of a
city's cases as at the beginning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from audit.trail import record_list, record_search
from audit.workflow import Workflow
from records.candidates.models import Candidate
from records.candidates.searching import meant_by, refuse_secrets, term_hash
from records.offices.models import Office
from records.people.requests import SignedRequest

PAGE = 20
CASE_NUMBER = re.compile(r"[一-鿿](?P<year>\d{4})-(?P<pk>\d{5,18})")
DEFAULT_SORT = "-received"
SORTS = {"received": "status_since", "number": "pk"}


class SearchForm(forms.Form):
    """Filters with a search box, for GET. What the box holds stands in the address: identity and phone numbers are refused."""

    q = forms.CharField(label=_("姓名或号码"), required=False, max_length=60)

    def clean_q(self) -> str:
        """The term; one that is refused is not written back into the page either."""
        try:
            return refuse_secrets(str(self.cleaned_data["q"]))
        except ValidationError:
            blanked = cast(QueryDict, self.data).copy()
            blanked[self.add_prefix("q")] = ""
            self.data = blanked
            raise

    @property
    def searched_for(self) -> str:
        """What was searched for; "" for nothing, and for what was refused."""
        return str(self.cleaned_data.get("q", "")) if self.is_bound and not self.errors.get("q") else ""

    @property
    def is_refused(self) -> bool:
        """Whether the box held what must not be searched for here: then the list shows nobody."""
        return bool(self.errors.get("q"))


class CaseFilter(SearchForm):
    """Filters of a list of cases."""

    status = forms.ChoiceField(label=_("状态"), required=False)
    university = forms.ModelChoiceField(
        label=_("主考院校"), queryset=Office.objects.universities(), required=False, empty_label=_("全部")
    )

    def __init__(self, *args: Any, workflow: Workflow[Any], user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.workflow, self.user = workflow, user
        used = {status for step in workflow.table for status in (*step.source, step.target)} - {"draft"}
        words = [(status, workflow.word_of(status)) for status in workflow.statuses.values if status in used]
        status = self.fields["status"]
        assert isinstance(status, forms.ChoiceField)
        status.choices = [("", _("全部")), ("waiting", _("等我办的")), *words]
        if not user.reach.municipal and len(user.reach.universities) < 2:
            del self.fields["university"]

    def narrowed(self, cases: QuerySet[Any]) -> QuerySet[Any]:
        """``cases`` by what the form says; an unreadable form narrows nothing, a refused search term to nothing."""
        if not self.is_valid():
            return cases.none() if self.is_refused else cases
        wanted = self.cleaned_data
        if wanted["status"] == "waiting":
            cases = cases.filter(pk__in=self.workflow.waiting_for(self.user).values("pk"))
        elif wanted["status"]:
            cases = cases.filter(status=wanted["status"])
        if wanted.get("university"):
            cases = cases.filter(university=wanted["university"])
        return cases.filter(matching(wanted["q"])) if wanted["q"] else cases


def matching(text: str) -> Q:
    """The condition on cases that a search text may mean: a case number, a candidate's number, the beginning of a name."""
    text = text.strip()
    number = CASE_NUMBER.fullmatch(text)
    if number:
        return Q(pk=int(number["pk"]), created_at__year=int(number["year"]))
    return Q(candidate__in=Candidate.objects.filter(meant_by(text)))


@dataclass(frozen=True)
class Page:
    """One page of a list and the addresses of its neighbours ("" for none), as ``components/_pages.html`` reads it."""

    rows: list[Any]
    previous_url: str
    next_url: str

    @property
    def shown(self) -> int:
        return len(self.rows)


def page_by_key(cases: QuerySet[Any], request: HttpRequest, *, size: int = PAGE) -> Page:
    """The page that ``?sort=``, ``?after=`` and ``?before=`` ask for; a key that is none begins at the first page."""
    sort = request.GET.get("sort", "")
    sort = sort if sort.removeprefix("-") in SORTS else DEFAULT_SORT
    field, descending = SORTS[sort.removeprefix("-")], sort.startswith("-")
    before = _key_of(request.GET.get("before", ""), field)
    after = None if before else _key_of(request.GET.get("after", ""), field)
    backwards = before is not None
    falling = descending != backwards
    rows = cases.order_by(*([f"-{field}", "-pk"] if falling else [field, "pk"]))
    bound = before or after
    if bound:
        rows = rows.filter(_beyond(field, bound, falling))
    found = list(rows[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    return Page(
        found,
        _address(request.GET, "before", found, field) if (more if backwards else after) else "",
        _address(request.GET, "after", found, field) if (before if backwards else more) else "",
    )


def _beyond(field: str, bound: tuple[Any, int], falling: bool) -> Q:
    """Rows behind the key in this direction; ties are decided by the row's number."""
    value, pk = bound
    compare = "lt" if falling else "gt"
    if field == "pk":
        return Q(**{f"pk__{compare}": pk})
    return Q(**{f"{field}__{compare}": value}) | Q(**{field: value, f"pk__{compare}": pk})


def _key_of(text: str, field: str) -> tuple[Any, int] | None:
    """``value~number`` as an address carries it; None for anything else."""
    value, _tilde, pk = text.rpartition("~")
    if not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return None
    if field == "pk":
        return "", int(pk)
    try:
        moment = parse_datetime(value)
    except ValueError:
        return None
    return (moment, int(pk)) if moment is not None and moment.tzinfo is not None else None


def _address(query: QueryDict, direction: str, rows: list[Any], field: str) -> str:
    if not rows:
        return ""
    row = rows[0] if direction == "before" else rows[-1]
    kept = query.copy()
    for key in ("after", "before"):
        kept.pop(key, None)
    value = "" if field == "pk" else getattr(row, field).isoformat()
    kept[direction] = f"{value}~{row.pk}"
    return f"?{kept.urlencode()}"


def record_page(
    request: SignedRequest, name: str, listed: type[Model] | Model, shown: int, *, purpose: str, form: SearchForm | None = None
) -> None:
    """One line of the trail for a page of a list that an office sees: a search on its first page, else the list if it shows any.

    ``listed`` is the model of the lines (or the row that holds them), ``form`` the filters with the search box. A candidate's own
    list leaves none.
    """
    if request.user.candidate_id:
        return
    hashed = term_hash(form.searched_for) if form else ""
    if hashed and not (request.GET.get("after") or request.GET.get("before")):
        record_search(name, listed, hashed, shown, purpose=purpose)
    elif shown:
        record_list(name, listed, shown, purpose=purpose, **({"term": hashed} if hashed else {}))
