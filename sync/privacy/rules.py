"""What is kept how long, what happens then, and why: the table behind the nightly job, the report and the screens."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

from sync.policy import Policy
from sync.words import Retained


class Both(NamedTuple):
    """A text in Chinese and English."""

    zh: str
    en: str


class Kept(NamedTuple):
    """One line: `days` by the policy, what happens `then`, `why` so long, `why_stayed` for what does not go in time."""

    what: Retained
    days: Callable[[Policy], int]
    then: Both
    why: Both
    why_stayed: Both | None = None


DELETED = Both("删除", "deleted")
BLANKED = Both("清空文字,保留数字", "the words are blanked, the numbers stay")
KEPT = (
    Kept(
        Retained.BODIES,
        lambda policy: policy.push.body_days,
        Both("删除,哈希和结果保留", "deleted, hash and results stay"),
        Both("重新处理和查证所需", "to apply again and to look into complaints"),
        Both("其中有记录等待人工处理", "a record in it still waits for somebody"),
    ),
    Kept(
        Retained.CONFLICTS,
        lambda policy: policy.push.body_days,
        DELETED,
        Both("查证同号不同内容的上传", "to look into two contents under one number"),
    ),
    Kept(
        Retained.FIXES,
        lambda policy: policy.evidence.location_days,
        Both("删除,只留约 10 米精度的一点", "deleted, one point rounded to about 10 m stays"),
        Both("核验位置和申诉所需,行踪属敏感信息", "for review and appeals; whereabouts are sensitive"),
    ),
    Kept(
        Retained.PHOTOS,
        lambda policy: policy.evidence.photos_days,
        Both("删除,文件随后清除", "deleted, the files follow"),
        Both("说明诉求和走访情况", "to show matters and visits"),
    ),
    Kept(
        Retained.STORIES,
        lambda policy: policy.retention.stories_days,
        BLANKED,
        Both("接续走访、兑现承诺所需", "so that the next visit goes on from the last"),
    ),
    Kept(
        Retained.CLOSED_TASKS,
        lambda policy: policy.retention.closed_tasks_days,
        BLANKED,
        Both("办理档案", "the record of what was done"),
        Both("尚未办结", "not closed yet"),
    ),
    Kept(
        Retained.READS,
        lambda policy: policy.retention.reads_days,
        DELETED,
        Both("审计", "audit"),
    ),
    Kept(
        Retained.EVENTS,
        lambda policy: policy.retention.events_days,
        DELETED,
        Both("审计", "audit"),
        Both("属于工单经过,随工单保存", "part of a task's history, kept with it"),
    ),
    Kept(
        Retained.REQUESTS,
        lambda policy: policy.retention.requests_days,
        DELETED,
        Both("证明已依法办理", "to show that the law was followed"),
        Both("还有事项在办,办结后继续删除", "a matter is still being handled, the rest goes when it is closed"),
    ),
    Kept(
        Retained.RUMOURS,
        lambda policy: policy.retention.rumours_days,
        DELETED,
        Both("他人转述、住户未证实,只为及时上门了解", "told by others and not confirmed, kept to go there and ask"),
        Both("仍应上门了解", "contact is still owed"),
    ),
)
BY_WORD = {kept.what: kept for kept in KEPT}


def limit(kept: Kept, policy: Policy, today: date) -> date:
    """The first day whose data stays."""
    return today - timedelta(days=kept.days(policy))
