"""What must hold of the paper archive: proofs are filed with their candidate, numbers and periods do not collide."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from audit.invariants import Invariant, asked


@asked
def paper() -> Iterable[Invariant]:
    """Files, their items, and the reports on their changes."""
    return (
        Invariant(
            "archive.proof",
            _("已更改的考籍更改申请，证明材料已归入纸质档案，更改记录单已列入目录"),
            "records_correctionrequest",
            """SELECT r.id FROM records_correctionrequest r
                WHERE r.status = 'done'
                  AND (SELECT count(DISTINCT kind) FROM records_paperitem i
                        WHERE i.correction_id = r.id
                          AND (i.kind = 'proof' AND i.filed_on IS NOT NULL OR i.kind = 'change-note')) < 2""",
            part="WHERE status = 'done'",
        ),
        Invariant(
            "archive.candidate",
            _("更改申请的材料在该考生的纸质档案里"),
            "records_paperitem",
            """SELECT i.id
                 FROM records_paperitem i
                 JOIN records_paperfile f ON f.id = i.file_id
                 JOIN records_correctionrequest r ON r.id = i.correction_id
                WHERE r.candidate_id <> f.candidate_id""",
            part="WHERE correction_id IS NOT NULL",
        ),
        Invariant(
            "archive.number",
            _("一所院校的一个档案编号只给一份档案"),
            "records_paperfile",
            "SELECT min(id) FROM records_paperfile GROUP BY university_id, number HAVING count(*) > 1",
        ),
        Invariant(
            "archive.period",
            _("一所院校的档案变动报告，报告期互不重叠"),
            "records_archivereport",
            """SELECT a.id FROM records_archivereport a JOIN records_archivereport b USING (university_id)
                WHERE a.id > b.id AND a.first_day <= b.last_day AND a.last_day >= b.first_day""",
        ),
    )
