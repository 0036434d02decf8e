"""Every address of Kaoji. The names that pages link to stand here and in the apps' own ``urls.py``."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from config import candidates, counter_desk, daily_pages, desk, front, kiosk, reading, slips, space, space_contact, space_reads
from config.space_cards import KINDS
from records.lookups import views as lookups
from records.messages import inbound
from records.messages.urls import INBOX
from records.people import activation_views
from records.people import views as people
from records.people.urls import ACCOUNT, STAGES

CANDIDATES = [
    path("", candidates.candidate_list, name="list"),
    path("<int:pk>/", candidates.candidate_record, name="detail"),
    path("<int:pk>/contact/", space_contact.at_the_counter, name="contact"),
    path("<int:pk>/slip/", slips.slip, name="slip"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", front.home, name="home"),
    path("theme/", front.theme, name="theme"),
    path("privacy/", front.privacy, name="privacy"),
    path("accessibility/", front.accessibility, name="accessibility"),
    path("notices/", front.notices, name="notices"),
    path("notices/<int:pk>/", front.notice, name="notice"),
    path("lookup/", lookups.lookup, name="lookup"),
    path("sms/inbound/", inbound.inbound, name="sms-inbound"),
    path("kiosk/", kiosk.keypad, name="kiosk"),
    path("kiosk/answer/", kiosk.answer, name="kiosk-answer"),
    path("kiosk/setup/", kiosk.set_up, name="kiosk-setup"),
    path("sign-in/", people.sign_in, name="sign-in"),
    path("sign-in/", include(STAGES)),
    path("account/", include(ACCOUNT)),
    path("first-sign-in/", activation_views.first_sign_in, name="first-sign-in"),
    path("first-sign-in/code/", activation_views.first_sign_in_code, name="first-sign-in-code"),
    path("forgotten/", activation_views.forgotten, name="forgotten"),
    path("forgotten/code/", activation_views.forgotten_code, name="forgotten-code"),
    path("slip/", activation_views.slip, name="slip"),
    path("sign-out/", people.sign_out, name="sign-out"),
    path("space/", space.space, name="space"),
    path("", include("graduation.candidate_urls")),
    path("space/passed/", space.passed_courses, name="passed-courses"),
    path("space/applications/", space.applications, name="applications"),
    path("space/calendar/", space.calendar, name="calendar"),
    path("space/downloads/", space.downloads, name="downloads"),
    path("space/reads/", space_reads.reads, name="reads"),
    path("space/reads/export.csv", space_reads.export, name="reads-export"),
    path("space/contact/", space_contact.contact, name="contact"),
    path("space/contact/phone/", space_contact.phone, name="contact-phone"),
    path("space/contact/email/", space_contact.email, name="contact-email"),
    path("space/contact/code/", space_contact.code, name="contact-code"),
    path("space/messages/", include(INBOX)),
    re_path(rf"^space/(?P<kind>{'|'.join(KINDS)})/$", space.space_kind, name="space-kind"),
    path("desk/", desk.desk, name="desk"),
    path("candidates/", include((CANDIDATES, "candidates"))),
    path("trail/", include("config.trail.urls")),
    path("reading/", include((reading.urlpatterns, "reading"))),
    path("daily/", include((daily_pages.urlpatterns, "daily"))),
    path("people/", include("config.people.urls")),
    path("documents/", include("records.documents.urls")),
    path("jobs/", include("records.jobs.urls")),
    path("access/", include("records.access.urls")),
    path("archive/", include("records.archive.urls")),
    path("messages/", include("records.messages.urls")),
    path("terminals/", include("records.kiosks.urls")),
    path("counter/", include((counter_desk.urlpatterns, "counter"))),
    path("", include("scores.public_urls")),
    path("scores/reviews/", include("scores.reviews.urls")),
    path("scores/keying/", include("scores.entry.urls")),
    path("scores/snapshots/", include("scores.preservation.urls")),
    path("", include("scores.sittings.urls")),
    path("scores/", include("scores.urls")),
    path("exemptions/", include("exemptions.urls")),
    path("graduation/", include("graduation.urls")),
    path("corrections/", include("records.corrections.urls")),
    path("", include("records.certificates.urls")),
    path("", include("records.photos.urls")),
    path("", include("records.tickets.urls")),
    path("rare-names/", include("records.rare_names.urls")),
    path("registration/", include("records.registration.urls")),
    path("merging/", include("records.merging.urls")),
    path("working-days/", include("records.working_days.urls")),
    path("api/v1/", include("config.api")),
]
