"""Every refusal of the house in one list: stable kebab code, HTTP status, title in Chinese and English.

Raised where found (`raise errors.refuse("batch-conflict", ...)`), translated once at the door into RFC 9457
problem+json. A code that is no longer raised stays listed: phones may still know it.
"""

from dataclasses import dataclass
from typing import Any

from sync.words import Retry


@dataclass(frozen=True, slots=True)
class Refusal:
    """One entry of the list; `retry` tells a phone what to do."""

    code: str
    status: int
    zh: str
    en: str
    retry: Retry | None = None


class Problem(Exception):  # noqa: N818  # RFC 9457 calls it a problem
    """A refusal with the facts of this occurrence: `detail`, `pointer` (RFC 6901) and others as members."""

    def __init__(self, refusal: Refusal, facts: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        super().__init__(f"{refusal.code}: {facts}")
        self.refusal = refusal
        self.facts = facts
        self.headers = headers or {}

    @property
    def code(self) -> str:
        """The stable code, e.g. `batch-conflict`."""
        return self.refusal.code

    def body(self) -> dict[str, Any]:
        """Members of the problem document (RFC 9457 section 3.1)."""
        members: dict[str, Any] = {
            "type": f"urn:doorstep:problem:{self.refusal.code}",
            "title": f"{self.refusal.zh} / {self.refusal.en}",
            "status": self.refusal.status,
            "code": self.refusal.code,
            "title_zh": self.refusal.zh,
            "title_en": self.refusal.en,
        }
        if self.refusal.retry:
            members["retry"] = self.refusal.retry.value
        return members | self.facts


def refuse(code: str, *, headers: dict[str, str] | None = None, **facts: Any) -> Problem:
    """The problem for `code`; KeyError if the list does not have it."""
    return Problem(REFUSALS[code], facts, headers)


_LIST = (
    Refusal("bad-request", 400, "请求有误", "The request is malformed"),
    Refusal(
        "body-hash-mismatch",
        400,
        "内容与声明的哈希不符",
        "Body does not match its declared SHA-256",
        Retry.SAME,
    ),
    Refusal("body-truncated", 400, "内容不完整", "Body is shorter than declared", Retry.SAME),
    Refusal("cursor-invalid", 400, "同步位置无效,请从头同步", "The cursor is not valid, pull without one", Retry.NEVER),
    Refusal("unauthenticated", 401, "请先登录", "Log in first", Retry.LOGIN),
    Refusal("token-unknown", 401, "设备令牌无效", "Device token is not valid", Retry.LOGIN),
    Refusal("token-expired", 401, "设备令牌已过期", "Device token has expired", Retry.LOGIN),
    Refusal("token-revoked", 401, "设备令牌已全部作废,请重新登记", "Tokens of this device are revoked", Retry.LOGIN),
    Refusal("login-failed", 401, "用户名或密码不正确", "User name or password is wrong"),
    Refusal("csrf-failed", 403, "页面已过期,请刷新", "The page has expired, reload it"),
    Refusal("forbidden", 403, "没有权限", "Not permitted"),
    Refusal("own-unit", 403, "不能核验本单位的走访", "Nobody judges a visit of his own unit"),
    Refusal("took-part", 403, "不能核验自己参加的走访", "Nobody judges a visit he took part in"),
    Refusal(
        "own-refusal", 403, "针对自己不予认定的申诉,由其他核验员处理", "Nobody judges an appeal against his own refusal"
    ),
    Refusal("own-edit", 403, "不能处理自己上报的更正", "Nobody decides on his own edit"),
    Refusal("device-lost", 401, "设备已挂失", "Device is reported lost", Retry.LOGIN),
    Refusal("device-closed", 403, "设备已停用", "Device is retired", Retry.NEVER),
    Refusal("key-missing", 403, "本机登记时没有密钥", "This device was enrolled without a key", Retry.NEVER),
    Refusal("signature-wrong", 403, "签名不符", "The signature is not of this device's key", Retry.NEVER),
    Refusal("not-found", 404, "未找到", "Not found"),
    Refusal("method-not-allowed", 405, "方法不允许", "Method not allowed"),
    Refusal("conflict", 409, "内容冲突", "Conflict"),
    Refusal("batch-conflict", 409, "同一批次号已有不同内容", "This batch id has other content", Retry.NEVER),
    Refusal("username-taken", 409, "用户名已被使用", "This user name is taken"),
    Refusal("staff-no-taken", 409, "工号已存在", "This staff number exists"),
    Refusal("role-held", 409, "该角色在此期间已存在", "The role is already held in these days"),
    Refusal("visits-apart", 409, "两次走访不在同一走访对象", "The two visits were at different places"),
    Refusal("merge-itself", 409, "不能并入自身", "A place cannot be merged into itself"),
    Refusal("merge-cycle", 409, "对方已并入本走访对象", "The other place was merged into this one already"),
    Refusal("merged-already", 409, "该走访对象已并入其他走访对象", "This place was merged into another already"),
    Refusal("merge-taken", 409, "该合并编号已用于其他合并", "This id belongs to another merge"),
    Refusal("too-many-devices", 409, "在用手机已达上限,请先停用一部", "Too many phones in use, retire one first"),
    Refusal("already-decided", 409, "已经核定,无需再核", "It is decided already"),
    Refusal("not-for-this-cause", 409, "该事由不能这样处理", "This cannot be decided so"),
    Refusal(
        "refuse-too-early", 409, "须先询问,答复后或期满才能不予认定", "Ask first, then wait for the answer or the term"
    ),
    Refusal("visit-repeats", 409, "这次走访已认定为另一次的重复记录", "This record is a repeat of another visit"),
    Refusal("decided-since", 409, "之后又有新的核定,不能撤销", "It was decided again since and cannot be undone"),
    Refusal("answered-since", 409, "干部已经答复,不能撤销询问", "The question is answered and cannot be undone"),
    Refusal("moved-since", 409, "位置之后又有更正,不能撤销", "The position changed again since and cannot be undone"),
    Refusal("edits-changed", 409, "内容已有变化,请重新查看", "It changed since it was shown, look again"),
    Refusal("edited-since", 409, "之后又有更正,不能撤销", "It was edited again since and cannot be undone"),
    Refusal("code-taken", 409, "该编号已用于其他走访对象", "This code belongs to another place"),
    Refusal("programme-code-taken", 409, "该代码已用于其他联系制度", "This code belongs to another programme"),
    Refusal("already-linked", 409, "该对象已由此人(单位)联系", "The receiver has this link already"),
    Refusal("nothing-to-hand-over", 409, "没有可移交的联系对象", "None of these links can be handed over"),
    Refusal("absence-overlaps", 409, "这些日子里已有请假", "Away already in these days"),
    Refusal("deputy-absent", 409, "代管人在此期间也请假", "The deputy is away as well in these days"),
    Refusal(
        "is-deputy", 409, "此期间正代管他人,请先更换代管人", "Stands in for somebody else: find that one a deputy first"
    ),
    Refusal(
        "deputy-unfit",
        422,
        "代管人须是同镇街或同部门的走访干部",
        "The deputy must visit in the same town or department",
    ),
    Refusal("too-many-places", 409, "移交后联系对象过多,请确认", "The receiver would have many places: confirm"),
    Refusal("seats-taken", 409, "该类密件已有两名专办员", "Two officers are named for this kind already"),
    Refusal(
        "roles-apart",
        409,
        "系统、安全、审计三类管理员须由不同的人担任",
        "One person is only one of these",
    ),
    Refusal("receiver-unfit", 422, "接收人当日不是走访干部", "The receiver does not visit on that day"),
    Refusal("obligation-met", 409, "该应访任务已完成", "Contact was made already"),
    Refusal("not-excused", 409, "该应访任务未作说明", "It is not excused"),
    Refusal("rhythm-too-often", 422, "信访事项联系户的走访不得多于普通户", "Not more often than an ordinary household"),
    Refusal("precondition-failed", 412, "前提条件不满足", "Precondition failed"),
    Refusal("body-too-large", 413, "内容过大,请拆分", "Body is too large, split it", Retry.SPLIT),
    Refusal(
        "area-too-large", 413, "范围内走访太多,请放大地图或缩短日期", "Too many visits: zoom in or shorten the dates"
    ),
    Refusal("media-type", 415, "内容类型不支持", "Media type is not supported"),
    Refusal("invalid", 422, "内容不符合要求", "Content is not valid"),
    Refusal("reason-missing", 422, "请写明理由", "Say why"),
    Refusal(
        "password-weak", 422, "密码太短、太长或包含用户名", "Password is too short, too long or holds the user name"
    ),
    Refusal("policy-invalid", 422, "政策取值不符合要求", "The value does not suit the policy"),
    Refusal("username-invalid", 422, "用户名不符合要求", "User name is not valid"),
    Refusal("enrolment-failed", 422, "登记码不正确或已过期", "Enrolment code is wrong or has expired"),
    Refusal("busy", 423, "正在处理,请稍后", "Busy, try again", Retry.LATER),
    Refusal("seal-key-invalid", 422, "不是有效的公钥", "Not a public key of P-256 or X25519"),
    Refusal("seal-key-unknown", 422, "须用现用的密件公钥加密", "Seal it to the keys in use"),
    Refusal("subject-unknown", 422, "找不到要处理的对象", "There is nothing of that name or number"),
    Refusal("row-held", 423, "另一位核验员正在处理", "Another verifier has it on the screen"),
    Refusal("too-many", 429, "请求过于频繁", "Too many requests", Retry.LATER),
    Refusal("internal", 500, "服务器内部错误", "Internal error", Retry.LATER),
    Refusal("unavailable", 503, "服务暂不可用,请稍后", "Not available now, try later", Retry.LATER),
    Refusal("behind", 503, "数据副本尚未跟上,请稍后", "This replica is behind, try later", Retry.LATER),
    Refusal(
        "store-missing", 503, "照片存储大面积缺失,可能未挂载,已停止核对", "Much of the photo store is missing: mounted?"
    ),
    Refusal("storage-full", 507, "服务器存储空间不足", "Server storage is full", Retry.LATER),
)
REFUSALS = {refusal.code: refusal for refusal in _LIST}
# The database is the last judge: a violated constraint of this name is a refusal, any other is our fault.
BY_CONSTRAINT = {
    "uq_login_username": "username-taken",
    "ex_person_role_once": "role-held",
    "ex_person_role_apart": "roles-apart",
    "uq_seal_key_seat": "conflict",
    "uq_seal_key_officer": "conflict",
    "uq_person_staff_no": "staff-no-taken",
    "pk_decision": "conflict",
    "pk_edit_decision": "conflict",
    "pk_place_merge": "merge-taken",
    "ex_absence_once": "absence-overlaps",
    "pk_proposal_decision": "conflict",
    "uq_place_code": "code-taken",
    "uq_proposal_decision_place_id": "already-decided",
    "ex_link_cadre_once": "already-linked",
    "ex_link_unit_once": "already-linked",
}
