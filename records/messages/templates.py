"""Every text that the portal sends by itself, in one place: what it is for, by which ways it goes, what it says.

A text takes only the words that its template declares, and none of ``FORBIDDEN``: no message holds an identity number, a phone
number or a mark (HOUSE §7). The one exception asked for itself: the answer to a text message with the ticket number (L5).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from records.people.identity import mentions_a_number

ONE_SEGMENT = 70
"""Characters of a short message in Chinese (UTF-16 units); what is longer goes in parts of ``IN_PARTS``, each paid for."""
IN_PARTS = 67
WORD = re.compile(r"%\((\w+)\)s")
# fmt: off
FORBIDDEN = frozenset({
    "identity", "identity_number", "document", "document_number", "phone", "email", "address", "name", "birth_date", "password",
    "mark", "marks", "score", "scores", "points", "grade", "reason", "note",
})
# fmt: on
"""Names that no template may declare: what they stand for has no business in a message."""


class ForbiddenContent(ValueError):
    """A word was about to bring an identity, passport or phone number into a message: the caller's fault. Repeats no content."""


@dataclass(frozen=True)
class Template:
    """One text. ``purpose`` says to staff when it is sent, ``words`` what it takes; a way without text is not taken.

    ``sms`` goes to the registered phone, ``subject`` and ``mail`` to the mail address, ``title`` and ``text`` into the inbox of
    the personal space. A ``passing`` one (a code, an answer with marks) is wiped as soon as it has left, and is never shown.
    """

    slug: str
    purpose: Any
    words: tuple[str, ...] = ()
    sms: Any = ""
    subject: Any = ""
    mail: Any = ""
    title: Any = ""
    text: Any = ""
    passing: bool = False

    @property
    def texts(self) -> tuple[Any, ...]:
        """All the texts, those not used among them as ""."""
        return (self.sms, self.subject, self.mail, self.title, self.text)

    def filled(self, text: Any, words: Mapping[str, Any]) -> str:
        """One of the texts with its words; ``words`` must be exactly those declared (``KeyError``).

        Raises ``ForbiddenContent`` for a word that holds an identity, passport or phone number.
        """
        if different := set(words) ^ set(self.words):
            raise KeyError(self.slug, *sorted(different))
        if not self.passing and any(mentions_a_number(str(value)) for value in words.values()):
            raise ForbiddenContent(self.slug)
        return str(text) % words if text else ""


def segments(text: str) -> int:
    """How many short messages a text takes: 70 characters in one, 67 in each of several; a rare character counts twice."""
    length = len(text.encode("utf-16-le")) // 2
    return 1 if length <= ONE_SEGMENT else -(-length // IN_PARTS)


# every short message begins with 【考籍】: gateways ask for the sender's name in front
_CODE = ("code", "minutes")
_CASE = ("kind", "number")

TEMPLATES = {
    template.slug: template
    for template in [
        # codes: passing
        Template(
            "first-sign-in-code",
            _("首次登录的验证码"),
            _CODE,
            sms=_("【考籍】您正在首次登录，验证码%(code)s，%(minutes)s分钟内有效。不是本人操作的，请勿转告他人。"),
            subject=_("首次登录的验证码"),
            mail=_("您正在首次登录考籍服务，验证码%(code)s，%(minutes)s分钟内有效。不是本人操作的，请勿转告他人。"),
            passing=True,
        ),
        Template(
            "reset-code",
            _("重设密码的验证码"),
            _CODE,
            sms=_("【考籍】您正在重设密码，验证码%(code)s，%(minutes)s分钟内有效。不是本人操作的，请勿转告他人。"),
            subject=_("重设密码的验证码"),
            mail=_("您正在重设考籍服务的密码，验证码%(code)s，%(minutes)s分钟内有效。不是本人操作的，请勿转告他人。"),
            passing=True,
        ),
        Template(
            "contact-code",
            _("更改手机号码或电子邮箱的验证码"),
            _CODE,
            sms=_("【考籍】您正在更改联系方式，验证码%(code)s，%(minutes)s分钟内有效。不是本人操作的，请勿转告他人。"),
            subject=_("更改联系方式的验证码"),
            mail=_("您正在更改联系方式，验证码%(code)s，%(minutes)s分钟内有效。不是本人操作的，请勿转告他人。"),
            passing=True,
        ),
        # the account
        Template(
            "account-open-already",
            _("账户已启用的人又办首次登录"),
            sms=_("【考籍】您的账户早已启用，请用自己设的密码登录。忘记密码的，请在登录页重设，或带证件到主考院校自考办办理。"),
            subject=_("您的账户早已启用"),
            mail=_("您的账户早已启用，请用自己设的密码登录。忘记密码的，请在登录页重设，或带证件到主考院校自考办办理。"),
        ),
        Template(
            "account-not-open",
            _("还没有启用账户的人重设密码"),
            sms=_("【考籍】您还没有启用账户，不用重设密码。请在登录页办理首次登录。"),
            subject=_("您还没有启用账户"),
            mail=_("您还没有启用账户，不用重设密码。请在登录页办理首次登录。"),
        ),
        Template(
            "account-opened",
            _("账户启用"),
            title=_("账户已经启用"),
            text=_("您的个人空间已经启用。不是本人办理的，请立即与主考院校自考办联系。"),
        ),
        Template(
            "password-changed",
            _("登录密码更换"),
            sms=_("【考籍】您的登录密码刚刚更换。不是本人操作的，请尽快带证件到主考院校自考办办理。"),
            subject=_("登录密码已更换"),
            mail=_("您在考籍服务的登录密码刚刚更换。不是本人操作的，请尽快带证件到主考院校自考办办理。"),
            title=_("登录密码已更换"),
            text=_("您的登录密码刚刚更换，别处的登录都已结束。不是本人操作的，请尽快带证件到主考院校自考办办理。"),
        ),
        Template(
            "slip-used",
            _("凭账户启用单设了密码"),
            sms=_("【考籍】刚刚有人凭柜台发放的账户启用单设了您的登录密码。不是本人操作的，请立即与主考院校自考办联系。"),
            subject=_("账户启用单已使用"),
            mail=_("刚刚有人凭柜台发放的账户启用单设了您的登录密码。不是本人操作的，请立即与主考院校自考办联系。"),
            title=_("账户启用单已使用"),
            text=_("您的登录密码已凭柜台发放的账户启用单设置。不是本人操作的，请立即与主考院校自考办联系。"),
        ),
        Template(
            "phone-changed",
            _("登记的手机号码更改，告知原号码"),
            ("end",),
            sms=_("【考籍】您登记的手机号码已改为尾号%(end)s。不是本人操作的，请立即与主考院校自考办联系。"),
            title=_("登记的手机号码已更改"),
            text=_("您登记的手机号码已改为尾号%(end)s。不是本人操作的，请立即与主考院校自考办联系。"),
        ),
        Template(
            "email-changed",
            _("登记的电子邮箱更改"),
            sms=_("【考籍】您登记的电子邮箱已经更改。不是本人操作的，请立即与主考院校自考办联系。"),
            subject=_("登记的电子邮箱已更改"),
            mail=_("您在考籍服务登记的电子邮箱已经更改。不是本人操作的，请立即与主考院校自考办联系。"),
            title=_("登记的电子邮箱已更改"),
            text=_("您登记的电子邮箱已经更改。不是本人操作的，请立即与主考院校自考办联系。"),
        ),
        # what an office writes itself: title and text are the batch's
        Template("batch", _("群发消息")),
        # text messages from candidates (L5)
        Template(
            "text-answer",
            _("短信查成绩的答复"),
            ("answer",),
            sms=_("%(answer)s"),
            passing=True,
        ),
        Template(
            "text-neutral",
            _("短信查成绩没有查到，说明怎样发送"),
            sms=_("【考籍】查询成绩请用登记的手机号码发送“成绩”加准考证号。号码有误或手机未登记的，不能查询。"),
        ),
        # cases
        Template(
            "case-returned",
            _("申请退回补正"),
            _CASE,
            sms=_("【考籍】您的%(kind)s申请有新的进展，请登录个人空间查看。"),
            subject=_("您的申请有新的进展"),
            mail=_("您的%(kind)s申请有新的进展，请登录个人空间查看。"),
            title=_("%(kind)s申请退回补正"),
            text=_("您的%(kind)s申请（%(number)s）退回补正。请看退回的原因，补正后重新提交。"),
        ),
        Template(
            "case-decided",
            _("申请有了决定"),
            _CASE,
            sms=_("【考籍】您的%(kind)s申请有新的进展，请登录个人空间查看。"),
            subject=_("您的申请有新的进展"),
            mail=_("您的%(kind)s申请有新的进展，请登录个人空间查看。"),
            title=_("%(kind)s申请有了决定"),
            text=_("您的%(kind)s申请（%(number)s）已有决定，请打开查看。"),
        ),
        Template(
            "case-done",
            _("申请办结"),
            _CASE,
            sms=_("【考籍】您的%(kind)s申请有新的进展，请登录个人空间查看。"),
            subject=_("您的申请有新的进展"),
            mail=_("您的%(kind)s申请有新的进展，请登录个人空间查看。"),
            title=_("%(kind)s申请已经办结"),
            text=_("您的%(kind)s申请（%(number)s）已经办结，请打开核对。"),
        ),
        Template(
            "correction-lodged",
            _("机构以考生名义提交考籍更改"),
            ("number",),
            sms=_("【考籍】主考院校已为您提交考籍更改申请（%(number)s）。不是您本人办理的，请立即与主考院校自考办联系。"),
            title=_("主考院校已为您提交考籍更改申请"),
            text=_("申请编号%(number)s。不是您本人办理的，请立即与主考院校自考办联系。"),
        ),
        # registration and certificates
        Template(
            "registered",
            _("报名注册办好"),
            sms=_("【考籍】您的报名注册已经办好，请登录个人空间核对信息、下载准考证。"),
            title=_("报名注册已经办好"),
            text=_("请核对自然信息和报考专业；有误的请尽快与主考院校自考办联系。"),
        ),
        Template(
            "records-merged",
            _("重复的考籍合并"),
            sms=_("【考籍】您名下重复的考籍已经合并，请登录个人空间核对。"),
            title=_("重复的考籍已经合并"),
            text=_("您名下重复登记的考籍已合并为一份，原来的准考证号仍可查询。有疑问的请与主考院校自考办联系。"),
        ),
        Template(
            "photo-accepted",
            _("照片审核通过"),
            title=_("照片已经采用"),
            text=_("您提交的照片已经采用，准考证和证明上都用这张照片。以后要换照片，请办理“照片更换”。"),
        ),
        Template(
            "photo-refused",
            _("照片不合要求"),
            sms=_("【考籍】您的照片不合要求，请登录个人空间查看并重新提交。"),
            title=_("照片不合要求"),
            text=_("您提交的照片不合要求，请按说明重新提交。"),
        ),
        Template(
            "certificate-superseded",
            _("证明因考籍变动被替换"),
            ("kind", "number"),
            title=_("%(kind)s已被替换"),
            text=_("编号%(number)s的%(kind)s所载内容有变动，验证时会显示“已被替换”。需要的请重新开具。"),
        ),
        Template(
            "certificate-revoked",
            _("证明撤销"),
            ("kind", "number"),
            sms=_("【考籍】您的一份证明已被撤销，请登录个人空间查看。"),
            title=_("%(kind)s已被撤销"),
            text=_("编号%(number)s的%(kind)s已被撤销，验证时会显示“已撤销”。有疑问的请与开具机构联系。"),
        ),
    ]
}
