"""What lies in an archive of the trail and how to check it, for the auditor who opens it elsewhere."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from audit.proofs import Summary
from config.trail.searching import Search
from config.wording import written_date, written_moment
from records.jobs.models import Job

TEXT = """\
留痕导出  第{job}号

时间范围：{first}至{last}
用途：{purpose}
导出人：{person}
导出时间：{at}
内容：{rows}条，其中{sealed}条已封存并附证明，{unsealed}条尚未封存{cut}

文件
  留痕.xlsx 或 留痕.csv   每条留痕一行，供阅读。
  events.tsv             已封存的留痕，逐字节的原文，一条一行，列名见 columns.txt。封存封的就是这些字节。
  proofs.jsonl           与 events.tsv 逐行对应的证明：在第几号封存的第几个位置，以及通向该号封存的一串校验值。
  seals.tsv              从第1号起的全部封存，每一号都含有前一号的校验值。
  unsealed.tsv           尚未封存的留痕，没有证明；下一次封存后可再导出。
  columns.txt            各文件的列名。
  check.py               核验程序（Python 3，不需要安装任何东西，不连接本系统）。

怎样核验
  1. 导出页面和本系统的留痕里记有这个压缩包的SHA-256，先算一遍，看是否一致。
  2. 在本文件夹运行：python check.py {seal}:{hash}
     其中“号码:校验值”请从纸质日报抄录：每份日报的页脚都印着当时最新的封存。
     程序逐条验算：每条留痕的原文经证明里的一串校验值，应得到它所在封存的根；每号封存的校验值，应等于下一号里记着的前一号；
     纸上的那一号应在其中。全部相符时显示“一致”。
  3. 任何一条被改动、删去或插入，或者整条链被重写过，都会不符。

算法
  一律为SHA-256。留痕的叶：一个0字节，后接这一行的字节（不含换行）。两个子节点的父节点：一个1字节，后接左、右。
  封存的校验值：seals.tsv 中这一行除最后一列之外的字节（不含最后一个制表符）。
"""


def readme(summary: Summary, job: Job) -> str:
    """The text for one archive."""
    search = Search.of(job.parameters["search"])
    return TEXT.format(
        job=job.pk,
        first=written_date(search.first),
        last=written_date(search.last),
        purpose=job.parameters["purpose"],
        person=job.started_by,
        at=written_moment(timezone.now()),
        rows=f"{summary.events + summary.unsealed:,}",
        sealed=f"{summary.events:,}",
        unsealed=f"{summary.unsealed:,}",
        cut=_("（已达一次导出的上限，其余没有列入）") if summary.cut else "",
        seal=summary.seal,
        hash=summary.hash,
    )
