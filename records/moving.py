"""How the hub's own rows move when two records of one person become one (``records/merging/moving.py``)."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from records.access.models import AccessRecord
from records.archive.models import PaperFile, PaperItem
from records.candidates.models import Candidate, Registration, Ticket
from records.ledger import book
from records.merging.models import MergeRequest
from records.merging.moving import Pair, moves, moves_as_it_is, stays
from records.people.models import User
from records.photos.models import PhotoSubmission
from records.rare_names.models import RareName
from records.registration.models import FilledIn, ProbableDuplicate

moves_as_it_is(
    "records.Candidate.merged_into",
    "records.Certificate.candidate",
    "records.CorrectionRequest.candidate",
    "records.CounterLookup.candidate",
    "records.Document.candidate",
    "records.InboxMessage.candidate",
    "records.IncomingMessage.candidate",
    "records.OutgoingMessage.candidate",
    "records.Penalty.candidate",
    "records.ActivationSlip.candidate",
)
stays("records.CreditChange.candidate", because="The feed is only appended to; followers find nothing under the merged record.")
stays("records.MergeRequest.merged", because="The case says for good which record was merged.")


@moves("records.CreditEntry.candidate", "records.Credit.candidate")
def credits(pair: Pair) -> int:
    """By the ledger alone: of each course the better basis counts, every basis stays."""
    return book.hand_over(pair.merged, pair.kept).entries


@moves("records.Ticket.candidate")
def tickets(pair: Pair) -> int:
    """The kept record's ticket stays current, the other one is a former number of the same person."""
    theirs = Ticket.objects.filter(candidate=pair.merged)
    if Ticket.objects.filter(candidate=pair.kept, is_current=True).exists():
        theirs.filter(is_current=True).update(is_current=False)
    return theirs.update(candidate=pair.kept)


@moves("records.Registration.candidate")
def registrations(pair: Pair) -> int:
    """Of one major registered on both the earlier day counts, open if either is; a checked proof is not lost."""
    theirs = {each.major_id: each for each in Registration.objects.filter(candidate=pair.merged)}
    for own in Registration.objects.filter(candidate=pair.kept, major__in=theirs):
        _join(own, theirs[own.major_id])
    Registration.objects.filter(candidate=pair.merged).update(candidate=pair.kept)
    return len(theirs)


def _join(own: Registration, other: Registration) -> None:
    if own.closed_on is not None and other.closed_on is None:
        own.university_id = other.university_id
    ends = [day for day in (own.closed_on, other.closed_on) if day is not None]
    own.closed_on = max(ends) if len(ends) == 2 else None
    own.registered_on = min(own.registered_on, other.registered_on)
    if own.proof_checked_at is None and other.proof_checked_at is not None:
        own.proof, own.proof_noted = other.proof, other.proof_noted
        own.proof_checked_by, own.proof_checked_at = other.proof_checked_by, other.proof_checked_at
    other.delete()
    own.save()


@moves("records.User.candidate")
def account(pair: Pair) -> int:
    """The account goes along where the kept record has none; else it is closed, and signing in leads to the other."""
    theirs = User.objects.filter(candidate=pair.merged)
    kept = Candidate.objects.get(pk=pair.kept)
    if not User.objects.filter(candidate=pair.kept).exists():
        return theirs.update(candidate=pair.kept, full_name=kept.name)
    return theirs.update(candidate=None, is_active=False)


@moves("records.PaperFile.candidate")
def paper_file(pair: Pair) -> int:
    """The paper file goes along where the kept record has none; of two the contents become one list.

    That the papers themselves be put together is owed to the kept file (待归档) until a clerk confirms it.
    """
    theirs = PaperFile.objects.filter(candidate=pair.merged).select_related("university").first()
    own = PaperFile.objects.filter(candidate=pair.kept).first()
    if theirs is None or own is None or pair.by is None:
        return PaperFile.objects.filter(candidate=pair.merged).update(candidate=pair.kept)
    PaperItem.objects.filter(file=theirs).update(file=own)
    words = {"number": theirs.number, "university": theirs.university.title, "place": theirs.place}
    title = _("并入的档案%(number)s（%(university)s，%(place)s）的全部材料") % words
    PaperItem.objects.create(file=own, kind=PaperItem.Kind.OTHER, title=title[:120], filed_by=pair.by)
    theirs.delete()
    return 1


@moves("records.PhotoSubmission.candidate")
def photos(pair: Pair) -> int:
    """One photo at a time waits: that of the merged record gives way to one that waits for the kept one."""
    theirs = PhotoSubmission.objects.filter(candidate=pair.merged)
    waiting = PhotoSubmission.Decision.WAITING
    if PhotoSubmission.objects.filter(candidate=pair.kept, decision=waiting).exists():
        because = _("考籍合并（%(number)s），以保留的考籍待审核的照片为准") % {"number": pair.case_number}
        theirs.filter(decision=waiting).update(decision=PhotoSubmission.Decision.REFUSED, reason=because)
    return theirs.update(candidate=pair.kept)


@moves("records.RareName.candidate")
def rare_name(pair: Pair) -> int:
    """The register holds the name that the kept record bears."""
    theirs = RareName.objects.filter(candidate=pair.merged)
    names = set(Candidate.objects.filter(pk__in=(pair.merged, pair.kept)).values_list("name", flat=True))
    if len(names) == 1 and not RareName.objects.filter(candidate=pair.kept).exists():
        return theirs.update(candidate=pair.kept)
    theirs.delete()
    return 0


@moves("records.FilledIn.candidate")
def filled_in(pair: Pair) -> int:
    """What a batch told of the merged record is not taken back from the kept one, which may have known it by itself."""
    FilledIn.objects.filter(candidate=pair.merged).delete()
    return 0


@moves("records.AccessRecord.candidate")
def leave_to_look(pair: Pair) -> int:
    """A leave that named both numbers covers the one record once."""
    theirs = AccessRecord.objects.filter(candidate=pair.merged)
    already = AccessRecord.objects.filter(candidate=pair.kept).values("request")
    theirs.filter(request__in=already).delete()
    return theirs.update(candidate=pair.kept)


@moves("records.MergeRequest.candidate")
def earlier_mergers(pair: Pair) -> int:
    """Cases about the merged record follow it; one that asked for the reverse keeps its two records, the kept one first."""
    theirs = MergeRequest.objects.filter(candidate=pair.merged)
    reverse = theirs.filter(merged=pair.kept).update(candidate=pair.kept, merged=pair.merged)
    return reverse + theirs.update(candidate=pair.kept)


@moves("records.ProbableDuplicate.first", "records.ProbableDuplicate.second")
def probable_duplicates(pair: Pair) -> int:
    """The question about the two is answered and gone; those about others are asked of the kept record, once each."""
    theirs = list(ProbableDuplicate.objects.filter(Q(first=pair.merged) | Q(second=pair.merged)))
    for question in theirs:
        other = question.second_id if question.first_id == pair.merged else question.first_id
        first, second = sorted((other, pair.kept))
        if other == pair.kept or ProbableDuplicate.objects.filter(first=first, second=second).exists():
            question.delete()
        else:
            ProbableDuplicate.objects.filter(pk=question.pk).update(first=first, second=second)
    return len(theirs)
