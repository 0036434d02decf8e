"""The columns in which candidates arrive, in a file or from the counter's form (FORMATS, "Candidates")."""

from __future__ import annotations

from records.imports.tabular import TableShape

NAME, SEX, ETHNICITY = "姓名", "性别", "民族"
DOCUMENT, IDENTITY, BIRTH, PHONE = "证件类型", "证件号码", "出生日期", "手机号码"
MAJOR, TICKET, REGISTERED, RECORD = "专业代码", "准考证号", "注册日期", "考籍号"
PRIOR_EDUCATION, PRIOR_MAJOR, ADDITIONAL = "前置学历", "前置专业", "加考"

# Free texts: column, attribute of the candidate, most characters
TEXTS = (
    (PRIOR_MAJOR, "prior_major", 100),
    ("通讯地址", "address", 300),
    ("邮政编码", "postcode", 20),
    ("政治面貌", "political_status", 60),
    ("职业", "occupation", 60),
    ("文化程度", "education", 60),
    ("户籍所在地", "household", 200),
    ("考区", "exam_area", 60),
    ("考生类别", "candidate_kind", 60),
    ("助学单位", "study_support", 100),
)

SHAPE = TableShape(
    required=(
        *(NAME, SEX, ETHNICITY, DOCUMENT, IDENTITY, BIRTH, PHONE, MAJOR, TICKET, REGISTERED),
        *(PRIOR_EDUCATION, PRIOR_MAJOR, "通讯地址"),
    ),
    optional=(RECORD, ADDITIONAL, "政治面貌", "职业", "文化程度", "户籍所在地", "邮政编码", "考区", "考生类别", "助学单位"),
    identifiers=frozenset(
        {SEX, ETHNICITY, DOCUMENT, IDENTITY, PHONE, MAJOR, TICKET, PRIOR_EDUCATION, RECORD, ADDITIONAL, "邮政编码"}
    ),
    dates=frozenset({BIRTH, REGISTERED}),
)
