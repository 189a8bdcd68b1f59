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
    Refusal("unauthenticated", 401, "请先登录", "Log in first", Retry.LOGIN),
    Refusal("token-unknown", 401, "设备令牌无效", "Device token is not valid", Retry.LOGIN),
    Refusal("token-expired", 401, "设备令牌已过期", "Device token has expired", Retry.LOGIN),
    Refusal("login-failed", 401, "用户名或密码不正确", "User name or password is wrong"),
    Refusal("csrf-failed", 403, "页面已过期,请刷新", "The page has expired, reload it"),
    Refusal("forbidden", 403, "没有权限", "Not permitted"),
    Refusal("device-lost", 401, "设备已挂失", "Device is reported lost", Retry.LOGIN),
    Refusal("device-closed", 403, "设备已停用", "Device is retired", Retry.NEVER),
    Refusal("not-found", 404, "未找到", "Not found"),
    Refusal("method-not-allowed", 405, "方法不允许", "Method not allowed"),
    Refusal("conflict", 409, "内容冲突", "Conflict"),
    Refusal("batch-conflict", 409, "同一批次号已有不同内容", "This batch id has other content", Retry.NEVER),
    Refusal("username-taken", 409, "用户名已被使用", "This user name is taken"),
    Refusal("staff-no-taken", 409, "工号已存在", "This staff number exists"),
    Refusal("role-held", 409, "该角色在此期间已存在", "The role is already held in these days"),
    Refusal("too-many-devices", 409, "在用手机已达上限,请先停用一部", "Too many phones in use, retire one first"),
    Refusal("precondition-failed", 412, "前提条件不满足", "Precondition failed"),
    Refusal("body-too-large", 413, "内容过大,请拆分", "Body is too large, split it", Retry.SPLIT),
    Refusal("media-type", 415, "内容类型不支持", "Media type is not supported"),
    Refusal("invalid", 422, "内容不符合要求", "Content is not valid"),
    Refusal(
        "password-weak", 422, "密码太短、太长或包含用户名", "Password is too short, too long or holds the user name"
    ),
    Refusal("username-invalid", 422, "用户名不符合要求", "User name is not valid"),
    Refusal("enrolment-failed", 422, "登记码不正确或已过期", "Enrolment code is wrong or has expired"),
    Refusal("busy", 423, "正在处理,请稍后", "Busy, try again", Retry.LATER),
    Refusal("too-many", 429, "请求过于频繁", "Too many requests", Retry.LATER),
    Refusal("internal", 500, "服务器内部错误", "Internal error", Retry.LATER),
    Refusal("unavailable", 503, "服务暂不可用,请稍后", "Not available now, try later", Retry.LATER),
    Refusal("storage-full", 507, "服务器存储空间不足", "Server storage is full", Retry.LATER),
)
REFUSALS = {refusal.code: refusal for refusal in _LIST}
# The database is the last judge: a violated constraint of this name is a refusal, any other is our fault.
BY_CONSTRAINT = {
    "uq_login_username": "username-taken",
    "ex_person_role_once": "role-held",
    "uq_person_staff_no": "staff-no-taken",
}
