"""Photos and rare names of the city: silhouettes drawn on the background that the office sets, for people who have an account.

Nobody's picture is in it. Most are taken in by the clerk, some lie before the clerk's eyes, one went back.
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from django.utils.translation import gettext as _
from PIL import Image, ImageDraw

from audit.acting import acting
from config import demonstration
from records.candidates.models import Candidate
from records.offices.models import Office
from records.people.models import User
from records.photos import taking
from records.photos.checking import examine
from records.rare_names.noting import note_everybody
from records.settings.values import value_of

WITH_PHOTO, WAITING = 10, 3
SIZE = (480, 640)
SKIN = ((236, 205, 182), (224, 187, 160), (214, 176, 148))
HAIR = ((38, 32, 30), (58, 46, 40), (88, 84, 82))
CLOTHES = ((44, 56, 82), (70, 70, 74), (104, 48, 54), (40, 78, 70))


def portray(people: dict[str, User]) -> None:
    """Photos for some people of every university with staff, and the register of rare names for the whole city."""
    for university in demonstration.universities():
        _bring_in(university, people[f"u3.{university.code}"])
    note_everybody()


def _bring_in(university: Office, clerk: User) -> None:
    accounts = User.objects.filter(candidate__managing_university=university, candidate__photo__isnull=True)
    owners = list(accounts.select_related("candidate").order_by("candidate")[: WITH_PHOTO + WAITING + 1])
    for owner in owners[:WITH_PHOTO]:
        with acting(clerk):
            candidate = _candidate(owner)
            taking.take_in(candidate, taking.keep_photo(_photo(candidate), candidate_id=candidate.pk, by=clerk), by=clerk)
    for owner in owners[WITH_PHOTO:]:
        with acting(owner):
            candidate = _candidate(owner)
            taking.hand_in(candidate, taking.keep_photo(_photo(candidate), candidate_id=candidate.pk, by=owner), by=owner)
    for submission in taking.waiting_for(clerk)[WAITING : WAITING + 1]:
        with acting(clerk):
            taking.refuse(submission, _("面部不清楚，或被头发、帽子、眼镜反光遮住"), by=clerk)


def _candidate(owner: User) -> Candidate:
    assert owner.candidate is not None
    return owner.candidate


def _photo(candidate: Candidate) -> bytes:
    """The silhouette as it is kept; it passes the same checks as everybody's photo."""
    file = BytesIO()
    silhouette(candidate.pk, value_of("photo.background")).save(file, "JPEG", quality=92)
    return examine(file.getvalue()).picture


def silhouette(number: int, background: Sequence[int]) -> Image.Image:
    """Head and shoulders without a face; the number chooses skin, hair and clothes."""
    picture = Image.new("RGB", SIZE, (background[0], background[1], background[2]))
    draw, (width, height) = ImageDraw.Draw(picture), SIZE
    skin, hair, clothes = (colours[number // step % len(colours)] for colours, step in ((SKIN, 1), (HAIR, 3), (CLOTHES, 7)))
    draw.ellipse((width * 0.06, height * 0.74, width * 0.94, height * 1.3), fill=clothes)
    draw.rounded_rectangle((width * 0.41, height * 0.55, width * 0.59, height * 0.8), 30, fill=skin)
    draw.ellipse((width * 0.28, height * 0.13, width * 0.72, height * 0.6), fill=hair)
    draw.ellipse((width * 0.315, height * 0.2, width * 0.685, height * 0.64), fill=skin)
    return picture
