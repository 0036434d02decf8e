"""What must hold of people and their duties whatever happened."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from audit.invariants import Invariant, asked

_GRANTS = """SELECT g.id, g.user_id, g.object_pk::bigint AS office_id
               FROM guardian_userobjectpermission g
               JOIN auth_permission p ON p.id = g.permission_id AND p.codename = 'represent_office'
               JOIN django_content_type t ON t.id = p.content_type_id AND t.model = 'office'"""
_NOT_OVER = """a.taken_at IS NULL
           AND (a.ends_on IS NULL OR a.ends_on >= (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::date)"""


@asked
def people() -> Iterable[Invariant]:
    """Accounts, their offices, and who heads them."""
    return (
        Invariant(
            "people.rights",
            _("权限只来自任职，没有人另有用户组或个人权限"),
            "records_user",
            """SELECT u.id FROM records_user u
                WHERE EXISTS (SELECT FROM records_user_groups g WHERE g.user_id = u.id)
                   OR EXISTS (SELECT FROM records_user_user_permissions p WHERE p.user_id = u.id)""",
        ),
        Invariant(
            "people.place",
            _("有效的任职都在本人所属的机构，账户在用"),
            "records_appointment",
            f"""WITH grants AS ({_GRANTS})
                SELECT a.id
                  FROM records_appointment a JOIN records_user u ON u.id = a.person_id
                  LEFT JOIN grants g ON g.user_id = a.person_id AND g.office_id = a.office_id
                 WHERE {_NOT_OVER}
                   AND (g.id IS NULL OR NOT u.is_active OR u.candidate_id IS NOT NULL)""",
        ),
        Invariant(
            "people.one-office",
            _("一人只属于一个机构"),
            "guardian_userobjectpermission",
            f"WITH grants AS ({_GRANTS}) SELECT max(id) FROM grants GROUP BY user_id HAVING count(DISTINCT office_id) > 1",
        ),
        Invariant(
            "people.one-head",
            _("一个机构同时只有一名负责人"),
            "records_appointment",
            f"""WITH heads AS (SELECT a.id, a.office_id, daterange(a.starts_on, a.ends_on, '[]') AS term
                                 FROM records_appointment a JOIN auth_group r ON r.id = a.role_id
                                WHERE r.name IN ('OH', 'UH', 'LH') AND a.deputy_for_id IS NULL AND {_NOT_OVER})
                SELECT h.id FROM heads h JOIN heads o ON o.office_id = h.office_id AND o.id < h.id AND o.term && h.term""",
        ),
    )
