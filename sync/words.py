"""The words of the field, shared by tables and pure rules: English value, Chinese label beside it.

Each class is a closed list. A list is extended by a change of this file, never by data.
"""

from enum import IntEnum, StrEnum
from typing import Self


class Word(StrEnum):
    """A word with its label in Chinese: `Outcome.MET == "met"`, `Outcome.MET.zh == "见到"`."""

    zh: str

    def __new__(cls, value: str, zh: str = "") -> Self:
        """Pair the stored value with its Chinese label."""
        word = str.__new__(cls, value)
        word._value_ = value
        word.zh = zh
        return word

    @property
    def en(self) -> str:
        """The English label: the value with spaces."""
        return self.value.replace("_", " ")


class UnitKind(Word):
    """Level or nature of a unit of the tree."""

    PROVINCE = "province", "省"
    CITY = "city", "市"
    COUNTY = "county", "县(市、区)"
    TOWN = "town", "镇街"
    AREA = "area", "片区"
    VILLAGE = "village", "村居"
    GRID = "grid", "网格"
    GROUP = "group", "小组"
    DEPARTMENT = "department", "部门"
    STATION = "station", "站所"
    MASS_ORGANISATION = "mass_organisation", "群团组织"
    VOLUNTEERS = "volunteers", "志愿服务组织"


class PlaceKind(Word):
    """What can be visited."""

    HOUSEHOLD = "household", "户"
    WORK_POINT = "work_point", "工作点"
    ENTERPRISE = "enterprise", "企业"
    PROJECT = "project", "项目"
    OFFICE = "office", "村(居)委会/部门"


class PlaceState(Word):
    """Life of a place in the registry."""

    PROPOSED = "proposed", "待确认"
    ACTIVE = "active", "在册"
    MERGED = "merged", "已合并"
    GONE = "gone", "已注销"


class Setting(Word):
    """How houses stand around a place; decides its radius in the policy."""

    TOWN = "town", "城镇"
    VILLAGE = "village", "村庄"
    SCATTERED = "scattered", "散居"


class Role(Word):
    """Dated roles that a person holds at a unit. The first group is responsibility, the second what one may see."""

    FIRST_RESPONSIBLE = "first_responsible", "第一责任人"
    LEADER_IN_CHARGE = "leader_in_charge", "分管领导"
    AREA_CHIEF = "area_chief", "片长"
    VILLAGE_CADRE = "village_cadre", "包村干部"
    GRID_WORKER = "grid_worker", "网格员"
    CADRE = "cadre", "走访干部"
    REPORTER = "reporter", "群众信息员"
    VERIFIER = "verifier", "核验员"
    DISPATCHER = "dispatcher", "派单员"
    HANDLER = "handler", "承办人"
    APPROVER = "approver", "审签人"
    PROGRAMME_OFFICE = "programme_office", "联系制度主管"
    LEADER = "leader", "领导"
    SEALED_OFFICER = "sealed_officer", "密件专办员"
    UNIT_ADMIN = "unit_admin", "单位管理员"
    SYSTEM_ADMIN = "system_admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"
    AUDIT_ADMIN = "audit_admin", "审计管理员"


class LinkCategory(Word):
    """Why a household is linked: closed by policy (Restraint); policing categories are refused."""

    ORDINARY = "ordinary", "普通联系户"
    NEEDY = "needy", "困难群众"
    OLD_PARTY_MEMBER = "old_party_member", "老党员老干部"
    LEFT_BEHIND = "left_behind", "留守儿童家庭或空巢老人"
    ABLE_PERSON = "able_person", "经济能人"
    PETITION_MATTER = "petition_matter", "信访事项联系户"
    UNIT = "unit", "联系单位"
    ENTERPRISE = "enterprise", "联系企业"
    PROJECT = "project", "联系项目"


class DeviceState(Word):
    """Life of a phone."""

    ACTIVE = "active", "在用"
    RETIRED = "retired", "停用(只可上传)"
    LOST = "lost", "挂失"


class RecordKind(Word):
    """What a batch may carry. Kinds that the server does not know yet are parked."""

    VISIT = "visit", "入户走访"
    PROBLEM = "problem", "诉求"
    LIFE_EVENT = "life_event", "必访事由"
    PLACE_EDIT = "place_edit", "走访对象更正"
    TASK_MOVE = "task_move", "工单办理"
    OBLIGATION_EXCUSE = "obligation_excuse", "应访说明"
    COMMITMENT_KEPT = "commitment_kept", "承诺兑现"
    ANSWER = "answer", "答复询问"
    ATTESTATION = "attestation", "情况说明或申诉"
    CO_VISIT = "co_visit", "同行确认"
    ABSENCE = "absence", "请假与代管"
    CALLBACK = "callback", "回访"
    COMPLAINT = "complaint", "意见建议"


class RecordState(Word):
    """What became of one record of a batch (sync.md D1.5)."""

    PENDING = "pending", "待处理"
    APPLIED = "applied", "已入账"
    DUPLICATE = "duplicate", "重复"
    JOINT = "joint", "同行走访"
    HELD = "held", "等待关联数据"
    CONFLICT = "conflict", "有冲突,待人工"
    UNPERMITTED = "unpermitted", "无权限,已留存"
    REJECTED = "rejected", "不能接受"
    QUARANTINED = "quarantined", "已收到,后台正在处理"
    PARKED = "parked", "已收到,待服务器升级"


class BatchState(Word):
    """Life of a batch after its acknowledgement."""

    RECEIVED = "received", "已收到"
    DONE = "done", "已处理"
    PARKED = "parked", "待升级"
    QUARANTINED = "quarantined", "后台正在处理"


class Outcome(Word):
    """What happened at the door."""

    MET = "met", "见到"
    NOBODY_HOME = "nobody_home", "家中无人"
    INCONVENIENT = "inconvenient", "不便接待"
    REFUSED = "refused", "拒访"
    LIVES_AWAY = "lives_away", "长期外出(电话联系)"
    MOVED = "moved", "搬离"
    EMPTY = "empty", "空户"


class Mode(Word):
    """How the visit was held."""

    HOME = "home", "入户"
    DOOR = "door", "门口"
    FIELD = "field", "田间地头"
    VILLAGE_OFFICE = "village_office", "村部座谈"
    HOSPITAL = "hospital", "医院"
    PHONE = "phone", "电话视频"


class Recorded(Word):
    """When it was written down: afterwards takes no fix, cannot be verified, counts."""

    NOW = "now", "现在走访"
    AFTERWARDS = "afterwards", "事后补录"


class Datum(Word):
    """Coordinate system that a fix declares."""

    WGS84 = "wgs84", "WGS 84"
    GCJ02 = "gcj02", "GCJ-02"
    BD09 = "bd09", "BD-09"


class Provider(Word):
    """What made a fix."""

    GPS = "gps", "卫星"
    FUSED = "fused", "融合"
    NETWORK = "network", "网络"
    UNKNOWN = "unknown", "未知"


class Verdict(Word):
    """Location verdict; a machine says the first three, only a person refuses."""

    VERIFIED = "verified", "位置相符"
    DOUBTFUL = "doubtful", "位置待核"
    UNVERIFIABLE = "unverifiable", "无法核验"
    REFUSED = "refused", "不予认定"


class Reason(Word):
    """Reason codes of a verdict (sync.md section 6)."""

    LOC_NO_FIX = "LOC_NO_FIX", "没有定位点"
    LOC_ACCURACY_POOR = "LOC_ACCURACY_POOR", "定位精度不足"
    PLACE_NO_POSITION = "PLACE_NO_POSITION", "走访对象没有位置"
    TIME_UNKNOWN = "TIME_UNKNOWN", "时间无法确定"
    LOC_OUTSIDE = "LOC_OUTSIDE", "定位在走访对象之外"
    LOC_MOCK = "LOC_MOCK", "手机报告模拟定位"
    LOC_SINGLE_FIX = "LOC_SINGLE_FIX", "只有一个定位点"
    LOC_SHORT_DWELL = "LOC_SHORT_DWELL", "停留时间短"
    LOC_STALE_FIX = "LOC_STALE_FIX", "定位点过旧"
    LOC_DATUM_GCJ02 = "LOC_DATUM_GCJ02", "坐标系应为 GCJ-02"
    LOC_DATUM_BD09 = "LOC_DATUM_BD09", "坐标系应为 BD-09"
    TIME_SKEW = "TIME_SKEW", "手机时钟偏差"
    TIME_JUMP = "TIME_JUMP", "手机时钟跳变"
    TIME_ODD_HOURS = "TIME_ODD_HOURS", "深夜时段"
    MET_ELSEWHERE = "MET_ELSEWHERE", "在别处见面或电话联系"
    LINK_NOT_ASSIGNED = "LINK_NOT_ASSIGNED", "走访时不是联系人"
    RECORDED_AFTERWARDS = "RECORDED_AFTERWARDS", "事后补录"
    PARENT_UNKNOWN = "PARENT_UNKNOWN", "关联数据未到"


class Urgency(Word):
    """How fast a problem must be answered."""

    ORDINARY = "ordinary", "一般"
    URGENT = "urgent", "紧急"


class Category(Word):
    """First level of the official tree of matters (15 classes, and other); deeper levels are data."""

    RURAL = "rural", "农村农业"
    URBAN = "urban", "城乡建设"
    TRAFFIC = "traffic", "交通运输"
    EDUCATION = "education", "教育文体"
    HEALTH = "health", "卫生计生"
    LABOUR = "labour", "劳动和社会保障"
    CIVIL = "civil", "民政"
    ENVIRONMENT = "environment", "环境保护"
    COMMERCE = "commerce", "商贸旅游"
    LAND = "land", "国土资源"
    PARTY = "party", "党务政务"
    DISCIPLINE = "discipline", "纪检监察"
    POLITICS_LAW = "politics_law", "政法"
    ECONOMY = "economy", "经济管理"
    SCIENCE = "science", "科技与信息产业"
    OTHER = "other", "其他"


class SealedKind(Word):
    """Matters that leave the ordinary road at once (Restraint)."""

    DISCIPLINE = "discipline", "检举控告"
    POLITICS_LAW = "politics_law", "涉法涉诉"
    MINOR_OR_VIOLENCE = "minor_or_violence", "未成年人受侵害或家庭暴力"


class TaskKind(Word):
    """What kind of work a task is."""

    HANDLING = "handling", "办理"
    MEDIATION = "mediation", "调处"
    SERVICE = "service", "便民服务"


class TaskState(Word):
    """Where a task stands; the machine of moves comes with follow-up."""

    RECEIVED = "received", "受理"
    DISPATCHED = "dispatched", "转办"
    CLOSED = "closed", "办结(归档)"


class Light(Word):
    """Colour of a deadline on a board."""

    GREEN = "green", "未到期"
    YELLOW = "yellow", "即将到期"
    RED = "red", "已超期"
    GREY = "grey", "不计时"


class DueKind(Word):
    """How a deadline counts."""

    WORKING_DAYS = "working_days", "工作日"
    NATURAL_DAYS = "natural_days", "自然日"
    HOURS = "hours", "小时"


class LifeEvent(Word):
    """五必访: events in any home that oblige to a contact."""

    HOSPITAL = "hospital", "生病住院"
    DEATH = "death", "老人去世"
    DISPUTE = "dispute", "家庭纠纷"
    DISASTER = "disaster", "意外灾害"
    DROPOUT_OR_JOBLESS = "dropout_or_jobless", "子女辍学或待业"


class Attestation(Word):
    """Why evidence is missing or strange, in the cadre's words (D6.4)."""

    NO_SIGNAL = "NO_SIGNAL", "没有信号"
    MET_ELSEWHERE = "MET_ELSEWHERE", "在别处见面"
    MOVED = "MOVED", "住户已搬"
    PHONE_DEAD = "PHONE_DEAD", "手机没电"
    INDOORS = "INDOORS", "室内定位不准"
    OTHER = "OTHER", "其他"


class SameKind(Word):
    """Why one visit points to another (D5.1)."""

    REPEAT = "repeat", "重复走访记录"
    JOINT = "joint", "同行走访"


class PhotoState(Word):
    """Whether the bytes of a cited photo are here."""

    AWAITED = "awaited", "待上传"
    PRESENT = "present", "已上传"


class Retry(Word):
    """What a phone does after an error."""

    SAME = "same", "原样重发"
    LATER = "later", "稍后重发"
    SPLIT = "split", "拆分后重发"
    LOGIN = "login", "重新登录"
    NEVER = "never", "不再重发"


class ClockMethod(Word):
    """How a true time was found (D1.9)."""

    MONOTONIC = "monotonic", "同次开机单调时钟"
    OFFSET = "offset", "时钟偏差"
    GNSS = "gnss", "卫星时间"
    WALL = "wall", "手机时钟"


class Job(StrEnum):
    """Jobs that an errand may name; worker/jobs.py maps each to a function."""

    APPLY_BATCH = "apply_batch"
    RELEASE_HELD = "release_held"
    KEEP_PARTITIONS = "keep_partitions"
    FORGET_DONE = "forget_done"


class FeedKind(IntEnum):
    """Kinds of entities in the feed, small integers in the table."""

    PLACE = 1
    LINK = 2
    VISIT = 3
    TASK = 4
    BATCH = 5
