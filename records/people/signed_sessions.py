"""Who is signed in where: one row a session, known by a keyed hash of its key, so that its owner can see and end it.

A session is over when its row says so, when nobody has used it for ``SESSION_IDLE_SECONDS``, and ``SESSION_LONGEST_SECONDS``
after it began, however busy it was.
"""

from __future__ import annotations

import datetime as dt
import ipaddress

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from records.lookups.limits import source_of
from records.people.encryption import lookup_hash
from records.people.models import SignedSession, User

SIGNED_OUT, REVOKED, IDLE, TOO_OLD, PASSWORD, RESET = "signed-out", "revoked", "idle", "too-old", "password", "reset"
WHY = {
    SIGNED_OUT: _lazy("自己退出"),
    REVOKED: _lazy("从别处结束"),
    IDLE: _lazy("久未操作，自动退出"),
    TOO_OLD: _lazy("登录时间已满，自动退出"),
    PASSWORD: _lazy("更换密码后结束"),
    RESET: _lazy("重设登录后结束"),
}
NOTED_EVERY = dt.timedelta(minutes=1)
KEPT = dt.timedelta(days=30)

BROWSERS = (
    ("MicroMessenger", "微信"),
    ("QQBrowser", "QQ浏览器"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "鸿蒙"),
    ("OpenHarmony", "鸿蒙"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def begin(request: HttpRequest, person: User) -> SignedSession:
    """The row of the session that ``login`` has just begun."""
    now = timezone.now()
    row, _is_new = SignedSession.objects.get_or_create(
        key_hash=_hash_of(request),
        defaults={
            "person": person,
            "machine": machine_of(request),
            "source_mask": source_mask(request),
            "started_at": now,
            "seen_at": now,
        },
    )
    return row


def row_of(request: HttpRequest) -> SignedSession | None:
    """The row of the request's session; None for one that nothing is known of."""
    return SignedSession.objects.filter(key_hash=_hash_of(request)).first()


def rekey(request: HttpRequest, row: SignedSession) -> None:
    """The session goes on under a new key (``update_session_auth_hash`` gives it one)."""
    row.key_hash = _hash_of(request)
    row.save(update_fields=["key_hash"])


def see(row: SignedSession) -> None:
    """Note that the session is in use, at most once a minute."""
    now = timezone.now()
    if now - row.seen_at >= NOTED_EVERY:
        SignedSession.objects.filter(pk=row.pk).update(seen_at=now)


def over_because(row: SignedSession) -> str:
    """Why the session is over; "" while it is not."""
    now = timezone.now()
    if row.ended_at is not None:
        return row.ended_because
    if now - row.started_at > dt.timedelta(seconds=settings.SESSION_LONGEST_SECONDS):
        return TOO_OLD
    if now - row.seen_at > dt.timedelta(seconds=settings.SESSION_IDLE_SECONDS):
        return IDLE
    return ""


def end(row: SignedSession, *, because: str) -> None:
    """The session is over; who holds it is signed out with the next request."""
    SignedSession.objects.filter(pk=row.pk, ended_at__isnull=True).update(ended_at=timezone.now(), ended_because=because)


def leave(request: HttpRequest, *, because: str = SIGNED_OUT) -> None:
    """End the request's own session in the list, before it is left for good."""
    row = row_of(request) if request.user.is_authenticated else None
    if row is not None:
        end(row, because=because)


def end_all(person: User, *, because: str, but: SignedSession | None = None) -> int:
    """End the person's sessions, all or all ``but`` one; returns how many that were."""
    others = SignedSession.objects.filter(person=person, ended_at__isnull=True)
    if but is not None:
        others = others.exclude(pk=but.pk)
    return others.update(ended_at=timezone.now(), ended_because=because)


def running(person: User) -> list[SignedSession]:
    """The person's sessions that are not over, the latest first."""
    now = timezone.now()
    rows = SignedSession.objects.filter(
        person=person,
        ended_at__isnull=True,
        started_at__gte=now - dt.timedelta(seconds=settings.SESSION_LONGEST_SECONDS),
        seen_at__gte=now - dt.timedelta(seconds=settings.SESSION_IDLE_SECONDS),
    )
    return list(rows.order_by("-pk"))


def over(person: User, *, most: int) -> list[tuple[SignedSession, str]]:
    """The person's sessions that are over, the latest first, each with why in words; they are kept for ``KEPT``."""
    running_now = [row.pk for row in running(person)]
    rows = SignedSession.objects.filter(person=person).exclude(pk__in=running_now).order_by("-pk")
    return [(row, str(WHY.get(over_because(row), ""))) for row in rows[:most]]


def clear() -> None:
    """Forget sessions that began ``KEPT`` ago; what became of them stands in the trail."""
    SignedSession.objects.filter(started_at__lt=timezone.now() - KEPT).delete()


def machine_of(request: HttpRequest) -> str:
    """The kind of browser and machine in words, such as Chrome（Windows）; never the whole text that the browser sent."""
    sent = request.META.get("HTTP_USER_AGENT", "")
    browser = next((words for sign, words in BROWSERS if sign in sent), _("其他浏览器"))
    system = next((words for sign, words in SYSTEMS if sign in sent), "")
    return f"{browser}（{system}）" if system else browser


def source_mask(request: HttpRequest) -> str:
    """Where the request came from, as a network: /24 of an IPv4 address, /48 of an IPv6 one; "" for what is no address."""
    try:
        network = ipaddress.ip_network(source_of(request))
    except ValueError:
        return ""
    return str(network.supernet(new_prefix=24 if network.version == 4 else 48))


def _hash_of(request: HttpRequest) -> bytes:
    return lookup_hash(request.session.session_key or "", b"session.key")
