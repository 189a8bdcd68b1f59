"""The words of the field, shared by tables and pure rules: English value, Chinese label beside it; an English label
too where the value is a code that people would not say.

Each class is a closed list. A list is extended by a change of this file, never by data.
"""

from enum import IntEnum, StrEnum
from typing import Self


class Word(StrEnum):
    """A word with its labels: `Outcome.MET == "met"`, `Outcome.MET.zh == "见到"`, `Outcome.MET.en == "met"`."""

    zh: str
    en: str

    def __new__(cls, value: str, zh: str = "", en: str = "") -> Self:
        """Pair the stored value with its Chinese and its English label; without one that is the value with spaces."""
        word = str.__new__(cls, value)
        word._value_ = value
        word.zh = zh
        word.en = en or value.replace("_", " ").replace("-", " ")
        return word


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


class Residence(Word):
    """Whether the people of a household live there."""

    HERE = "here", "在住"
    MOVED_AWAY = "moved_away", "已搬离"
    DISSOLVED = "dissolved", "户已注销"


class EditField(Word):
    """What a cadre may put right in the registry, a field a record."""

    PHONE = "phone", "联系电话"
    CONTACT_NAME = "contact_name", "联系人姓名"
    NAME = "name", "名称"
    ADDRESS = "address", "地址"
    POSITION = "position", "位置"
    RESIDENCE = "residence", "居住情况"
    HOUSEHOLD = "household", "新发现的户"


class EditState(Word):
    """What became of one edit."""

    APPLIED = "applied", "已更正"
    OPEN = "open", "待人工"
    TAKEN = "taken", "已采纳"
    NOT_TAKEN = "not_taken", "未采纳"


class EditReason(Word):
    """Why an edit waits for a person."""

    CHANGED = "changed", "登记内容已有变化"
    NOT_LINKED = "not_linked", "不是本人联系的对象"
    MOVED_FAR = "moved_far", "位置相差较远"
    FIRST_POSITION = "first_position", "此前没有位置"
    FIX_DOUBTFUL = "fix_doubtful", "定位不够可靠"
    DISSOLVED = "dissolved", "户的注销或恢复"
    LISTED = "listed", "名册有另一说法"


class Taking(Word):
    """What a person does with a field that was told differently."""

    NEW = "new", "采用上报内容"
    OLD = "old", "保留登记内容"
    OTHER = "other", "另行填写"


class Proposing(Word):
    """What a person does with a home found at the door."""

    CONFIRM = "confirm", "确认入册"
    MERGE = "merge", "并入已有对象"
    REFUSE = "refuse", "不予入册"


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
    DUTY_PERSON = "duty_person", "村值班人员"
    CADRE = "cadre", "走访干部"
    REPORTER = "reporter", "群众信息员"
    VERIFIER = "verifier", "核验员"
    DISPATCHER = "dispatcher", "派单员"
    HANDLER = "handler", "承办人"
    APPROVER = "approver", "审签人"
    PROGRAMME_OFFICE = "programme_office", "联系制度主管"
    LEADER = "leader", "领导"
    CARD_SIGNER = "card_signer", "督查签发人"
    COMPLAINT_OFFICER = "complaint_officer", "意见建议受理人"
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


class DeviceAlarm(Word):
    """Why somebody should look after a phone."""

    TOKEN_REPLAYED = "token_replayed", "旧令牌被再次使用,请重新登记"
    COPIED = "copied", "两部手机在用同一份数据"


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

    LOC_NO_FIX = "LOC_NO_FIX", "没有定位点", "no fix"
    EVIDENCE_OFF = "EVIDENCE_OFF", "本单位不采集定位", "the unit collects no location"
    LOC_ACCURACY_POOR = "LOC_ACCURACY_POOR", "定位精度不足", "fixes too coarse to tell"
    PLACE_NO_POSITION = "PLACE_NO_POSITION", "走访对象没有登记位置", "place without a registered position"
    PLACE_LEARNING = "PLACE_LEARNING", "正在积累走访对象的位置", "position of the place still being learned"
    TIME_UNKNOWN = "TIME_UNKNOWN", "时间无法确定", "time unknown"
    LOC_OUTSIDE = "LOC_OUTSIDE", "定位在登记位置范围之外", "fixes outside the registered position"
    LOC_MOCK = "LOC_MOCK", "手机报告模拟定位", "simulated fixes, says the phone"
    LOC_TELEPORT = "LOC_TELEPORT", "前后两次走访间隔短、距离远", "two visits too far apart for the time between"
    LOC_FROZEN = "LOC_FROZEN", "与其他走访的坐标完全相同", "the very coordinates of other visits"
    LOC_SINGLE_FIX = "LOC_SINGLE_FIX", "只有一个定位点", "a single fix"
    LOC_SHORT_DWELL = "LOC_SHORT_DWELL", "停留时间短", "a short stay"
    LOC_STALE_FIX = "LOC_STALE_FIX", "定位点过旧", "fixes older than the visit"
    LOC_DATUM_GCJ02 = "LOC_DATUM_GCJ02", "坐标系应为 GCJ-02", "fixes are in GCJ-02"
    LOC_DATUM_BD09 = "LOC_DATUM_BD09", "坐标系应为 BD-09", "fixes are in BD-09"
    LOC_DATUM_WGS84 = "LOC_DATUM_WGS84", "坐标系应为 WGS 84", "fixes are in WGS 84"
    TIME_SKEW = "TIME_SKEW", "手机时钟偏差", "phone clock off"
    TIME_JUMP = "TIME_JUMP", "手机时钟跳变", "phone clock jumped"
    TIME_ODD_HOURS = "TIME_ODD_HOURS", "深夜时段", "late at night"
    OVERLAP_SELF = "OVERLAP_SELF", "同一时间在两处走访", "at two places at once"
    PHOTO_REUSED_EXACT = "PHOTO_REUSED_EXACT", "照片已用于别的走访", "photo of another visit"
    PHOTO_REUSED_SIMILAR = "PHOTO_REUSED_SIMILAR", "照片与别的走访相似", "photo like that of another visit"
    PHOTO_EXIF_TIME = "PHOTO_EXIF_TIME", "照片拍摄时间与走访不符", "photo taken at another time"
    PHOTO_EXIF_GPS = "PHOTO_EXIF_GPS", "照片拍摄位置与走访对象不符", "photo taken elsewhere"
    DEVICE_SHARED = "DEVICE_SHARED", "未登记的共用手机", "phone of somebody else, sharing not declared"
    JOINT_SHARED_EVIDENCE = "JOINT_SHARED_EVIDENCE", "两人的定位完全相同", "the very fixes of the other cadre's phone"
    MET_ELSEWHERE = "MET_ELSEWHERE", "在别处见面或电话联系", "met elsewhere or by telephone"
    LINK_NOT_ASSIGNED = "LINK_NOT_ASSIGNED", "走访时没有结对联系", "not the linked cadre"
    RECORDED_AFTERWARDS = "RECORDED_AFTERWARDS", "事后补录", "recorded afterwards"
    RECORDED_BY_OTHER = "RECORDED_BY_OTHER", "他人代录", "written by somebody else"
    PARENT_UNKNOWN = "PARENT_UNKNOWN", "关联资料未到", "record it refers to has not arrived"


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
    SUPERVISION = "supervision", "督办"


class TaskState(Word):
    """Where a task stands; which move leads where is said in `followup/rules/machine.py`."""

    RECEIVED = "received", "受理"
    INCOMPLETE = "incomplete", "待补充"
    DISPATCHED = "dispatched", "转办"
    ACCEPTED = "accepted", "签收"
    IN_PROGRESS = "in_progress", "办理"
    ANSWERED = "answered", "答复"
    REPORTED = "reported", "反馈"
    CALLBACK = "callback", "回访"
    REDO = "redo", "重办"
    CONFERENCE = "conference", "会商"
    RETURNED = "returned", "退单"
    RULING = "ruling", "权责裁定"
    PAUSED = "paused", "暂停计时"
    PARKED = "parked", "挂账"
    EXCLUSION_ASKED = "exclusion_asked", "申请剔除"
    MERGED = "merged", "并案"
    WITHDRAWN = "withdrawn", "撤回"
    CLOSED = "closed", "办结(归档)"


class Move(Word):
    """What is done with a task: the turns of its history, also as a record of a phone."""

    RECEIVE = "receive", "受理"
    ASK_BACK = "ask_back", "要求补充"
    SUPPLY = "supply", "补充"
    DISPATCH = "dispatch", "转办"
    ORDER = "order", "交办"
    RECALL = "recall", "收回派单"
    RISE = "rise", "上报"
    HAND_DOWN = "hand_down", "下派"
    SOLVE = "solve", "当场办结"
    NOT_OURS = "not_ours", "不予受理"
    ACCEPT = "accept", "签收"
    ASSIGN = "assign", "分派"
    START = "start", "开始办理"
    RETURN = "return", "退单"
    RULE = "rule", "权责裁定"
    MEDIATE = "mediate", "调解"
    ANSWER = "answer", "答复"
    REPORT = "report", "反馈"
    ASK_EXTENSION = "ask_extension", "申请延期"
    ASK_PAUSE = "ask_pause", "申请暂停计时"
    RESUME = "resume", "恢复计时"
    ASK_PARK = "ask_park", "申请挂账"
    UNPARK = "unpark", "销账"
    ASK_EXCLUSION = "ask_exclusion", "申请剔除"
    GRANT = "grant", "同意"
    DENY = "deny", "不同意"
    CALL_BACK = "call_back", "转回访"
    REDO = "redo", "重办"
    TO_CONFERENCE = "to_conference", "提请会商"
    CONFER = "confer", "会商意见"
    CLOSE = "close", "办结"
    REOPEN = "reopen", "再次反映"
    MERGE = "merge", "并案"
    PART = "part", "撤销并案"
    WITHDRAW = "withdraw", "撤回诉求"
    URGE = "urge", "催办"
    REMARK = "remark", "备注"


class Hand(Word):
    """In whose hands a move is: what somebody is towards one task."""

    DISPATCHER = "dispatcher", "派单员"
    UNIT = "unit", "承办单位"
    ASSISTING = "assisting", "协办单位"
    APPROVER = "approver", "分管领导"
    LEADER = "leader", "领导"
    REPORTER = "reporter", "反映人(走访干部)"
    CALLER = "caller", "回访人"
    RESIDENT = "resident", "群众"
    MACHINE = "machine", "系统"


class TaskOutcome(Word):
    """What came of a task."""

    SOLVED = "solved", "已解决"
    PARTLY_SOLVED = "partly_solved", "部分解决"
    EXPLAINED = "explained", "解释说明"
    AIDED = "aided", "帮扶救助"
    LED_TO_LAW = "led_to_law", "依法导入"
    PARKED = "parked", "挂账"
    NOT_OURS = "not_ours", "不属受理范围"


class ReturnBasis(Word):
    """Why a unit returns a task: one of these, in writing besides."""

    OTHER_AREA = "other_area", "属地不符"
    OTHER_DUTY = "other_duty", "职能不符"
    UNCLEAR = "unclear", "事项不清"
    REPEAT = "repeat", "重复"


class RequestKind(Word):
    """What a unit asks for and somebody else grants."""

    REPORT = "report", "反馈审签"
    RETURN = "return", "退单审签"
    EXTENSION = "extension", "延期"
    PAUSE = "pause", "暂停计时"
    PARK = "park", "挂账"
    EXCLUSION = "exclusion", "剔除"


class Desk(Word):
    """The three desks of a town, with their stations as members."""

    DISPUTES = "disputes", "矛盾纠纷防范调处"
    SOCIETY = "society", "社会管理"
    SERVICE = "service", "便民服务"


class Channel(Word):
    """How a matter came in."""

    VISIT = "visit", "入户走访"
    REPORTER = "reporter", "群众信息员"
    HOTLINE = "hotline", "市长公开电话"
    WEB = "web", "网上民声"
    LETTER = "letter", "来信"
    OFFICE = "office", "来访"
    RECEPTION = "reception", "领导接访"
    MEETING = "meeting", "村级民主议政日"
    RADIO = "radio", "阳光政务热线"
    SURVEY = "survey", "满意度调查"
    RESIDENT = "resident", "群众扫码"
    ORDER = "order", "领导交办"


class NoteKind(Word):
    """What was said about a task, and so who reads it."""

    REASON = "reason", "理由"
    QUESTION = "question", "要求补充"
    SUPPLY = "supply", "补充"
    ANSWER = "answer", "答复群众"
    REPORT = "report", "反馈"
    ORDER = "order", "批示"
    SESSION = "session", "调解"
    WHERE_TO_GO = "where_to_go", "去处指引"
    CONFERENCE = "conference", "会商意见"
    RULING = "ruling", "裁定意见"
    REMARK = "remark", "备注"
    VOICE = "voice", "群众再次反映"


class AnsweredBy(Word):
    """How a resident was answered."""

    PHONE = "phone", "电话"
    VISIT = "visit", "上门"
    MEETING = "meeting", "当面"
    LETTER = "letter", "书面"
    ONLINE = "online", "网上"


class Conferred(Word):
    """The three ends of a conference."""

    FURTHER = "further", "继续办理"
    EXPLAIN = "explain", "解释说明,予以办结"
    PARK = "park", "挂账"


class Mediated(Word):
    """What a mediation came to."""

    AGREED = "agreed", "达成协议"
    NOT_AGREED = "not_agreed", "未达成"
    LED_TO_LAW = "led_to_law", "导入法律程序"
    GOES_ON = "goes_on", "继续调解"


class Profile(Word):
    """Which rules of time a task has."""

    SHANDONG = "shandong", "一般诉求"
    PETITION = "petition", "信访事项"


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


class Rhythm(Word):
    """How often contact is owed under a link; a period is one of the calendar."""

    MONTH = "month", "每月"
    QUARTER = "quarter", "每季度"
    HALF_YEAR = "half_year", "每半年"
    YEAR = "year", "每年"
    NONE = "none", "不定期"


class HolderKind(Word):
    """Who links under a rule of a programme."""

    CADRE = "cadre", "个人"
    UNIT = "unit", "单位"


class OwedFor(Word):
    """Why contact is owed."""

    PROGRAMME = "programme", "联系制度"
    LIFE_EVENT = "life_event", "必访事由"
    CALLBACK = "callback", "上门回访"


class ObligationState(Word):
    """Where an obligation stands; overdue is not a state but a time."""

    OWED = "owed", "应访"
    MET = "met", "已访"
    LAPSED = "lapsed", "未访(已过期)"
    EXCUSED = "excused", "已说明"


class Excuse(Word):
    """Why contact that was owed is not owed any more."""

    RESIDENT_DECLINES = "resident_declines", "住户请勿上门"
    MOVED_OR_GONE = "moved_or_gone", "已搬离或不在册"
    UNREACHABLE = "unreachable", "灾害或道路不通"
    HOLDER_AWAY = "holder_away", "联系人请假或出差"
    LINK_ENDED = "link_ended", "结对已结束"
    OTHER = "other", "其他"


class HeldBy(Word):
    """Why a contact in a home is this person's."""

    LINK = "link", "结对干部"
    DEPUTY = "deputy", "代管人"
    GRID = "grid", "网格员"
    AREA = "area", "片区干部"
    DUTY = "duty", "村值班人员"
    NOBODY = "nobody", "无人负责"


class CommitmentState(Word):
    """Where a promise stands; only what was said in a later visit to that home confirms it."""

    OPEN = "open", "未兑现"
    TOLD_KEPT = "told_kept", "自述已兑现"
    CONFIRMED = "confirmed", "回访确认已兑现"


class AbsenceReason(Word):
    """Why somebody is away; never more than this."""

    LEAVE = "leave", "请假"
    TRIP = "trip", "出差"
    TRAINING = "training", "学习培训"
    OTHER = "other", "其他"


class RosterState(Word):
    """What a leader of a town says of himself for a day (住点安排)."""

    STAY = "stay", "住点"
    ON_DUTY = "on_duty", "值班"
    LEAVE = "leave", "请假"
    TRIP = "trip", "出差"


class Attestation(Word):
    """Why evidence is missing or strange, in the cadre's words (D6.4)."""

    NO_SIGNAL = "NO_SIGNAL", "没有信号", "no signal"
    MET_ELSEWHERE = "MET_ELSEWHERE", "在别处见面", "met elsewhere"
    MOVED = "MOVED", "住户已搬", "the household has moved"
    PHONE_DEAD = "PHONE_DEAD", "手机没电", "battery empty"
    INDOORS = "INDOORS", "室内定位不准", "indoors, positions drift"
    OTHER = "OTHER", "其他", "other"


class Cause(Word):
    """Why a visit waits for a verifier: the queue is grouped by it, one decision for a group."""

    ADDRESS = "address", "登记地址可能有误", "address may be wrong"
    AREA = "area", "全村位置整体偏移", "a whole village shifted"
    DATUM = "datum", "坐标系可能标错", "datum may be wrong"
    DEVICE = "device", "同一部手机", "one phone"
    PHOTO = "photo", "同一张照片", "one photo"
    SINGLE = "single", "单独一次走访", "a visit by itself"
    REPEAT = "repeat", "可能重复的走访记录", "perhaps told twice"
    REVISION = "revision", "修改了走访对象或时间", "place or time was changed"
    DRAWN = "drawn", "随机抽查", "drawn at random"
    APPEAL = "appeal", "申诉", "appeal"


class FindingState(Word):
    """Where a finding stands."""

    OPEN = "open", "待核"
    ASKED = "asked", "已询问走访干部"
    ANSWERED = "answered", "走访干部已说明"
    DECIDED = "decided", "已核定"
    SETTLED = "settled", "已自行消除"


class Deciding(Word):
    """What a verifier does with a finding."""

    CONFIRM = "confirm", "认定位置相符"
    ASK = "ask", "询问走访干部", "ask the cadre"
    REFUSE = "refuse", "不予认定"
    CORRECT_ADDRESS = "correct_address", "更正登记位置"
    CORRECT_DATUM = "correct_datum", "更正坐标系"
    DECLARE_SHARING = "declare_sharing", "登记共用手机", "declare a shared phone"
    SAME_VISIT = "same_visit", "认定为同一次走访", "the same visit"
    OTHER_VISIT = "other_visit", "认定为不同的走访", "two visits"


class Statement(Word):
    """What a cadre says about a visit afterwards."""

    ATTESTATION = "attestation", "情况说明"
    ANSWER = "answer", "答复询问"
    APPEAL = "appeal", "申诉"


class PositionMethod(Word):
    """How a position of a place became known."""

    IMPORTED = "imported", "导入"
    TOLD = "told", "走访时上报"
    LEARNED = "learned", "由多次走访得出"
    CORRECTED = "corrected", "核验员更正"
    DATUM = "datum", "更正坐标系"


class AreaSource(Word):
    """Where the outline of a unit comes from."""

    IMPORTED = "imported", "导入"
    SKETCHED = "sketched", "示意"


class EvidenceMode(Word):
    """Whether a kind of evidence is collected (Restraint)."""

    OFF = "off", "不采集"
    OFFERED = "offered", "自愿提供"
    ASKED = "asked", "请求提供"


class PictureState(Word):
    """Whether the bytes of a photo could be read as a picture."""

    READ = "read", "已处理"
    DAMAGED = "damaged", "无法读取,原件已保存"


class PictureFault(Word):
    """Why the bytes of a photo could not be read as a picture; the original is kept all the same."""

    EMPTY = "empty", "文件为空"
    NOT_A_PICTURE = "not-a-picture", "不是可识别的图片"
    TOO_MANY_PIXELS = "too-many-pixels", "图片尺寸过大"
    TRUNCATED = "truncated", "图片不完整"
    BROKEN = "broken", "图片数据已损坏"
    TOO_MUCH_MEMORY = "too-much-memory", "读取图片所需内存过多"
    UNREADABLE = "unreadable", "多次尝试都无法读取"


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


class Unusual(Word):
    """Why somebody's reading of household files is on the weekly list: questions, no findings."""

    MANY = "many", "查阅数量明显高于同岗位人员"
    WITHOUT_DUTY = "without_duty", "多次无职责关联、填写理由后查阅"
    AT_NIGHT = "at_night", "多次在夜间查阅"


class Retained(Word):
    """What the retention table of the policy names: each has its time, what happens then, and why."""

    BODIES = "bodies", "上传记录原文"
    CONFLICTS = "conflicts", "同号不同内容的上传原文"
    FIXES = "fixes", "定位点"
    PHOTOS = "photos", "照片"
    STORIES = "stories", "走访记录文字"
    CLOSED_TASKS = "closed_tasks", "已办结工单的诉求文字"
    READS = "reads", "查阅留痕"
    EVENTS = "events", "操作留痕"
    REQUESTS = "requests", "个人信息申请记录"
    RUMOURS = "rumours", "未经证实的必访事由"


class SubjectAct(Word):
    """What is done about one household, person or record."""

    EXPORT = "export", "查阅复制"
    ERASE = "erase", "删除"
    PURGE = "purge", "清除误录涉密信息"


class Asker(Word):
    """On whose behalf: a word, never a name; the paper has the name."""

    SELF = "self", "本人"
    KIN = "kin", "近亲属"
    GUARDIAN = "guardian", "监护人"
    AUTHORITY = "authority", "有权机关"
    OFFICE = "office", "本单位"


class Job(StrEnum):
    """Jobs that an errand may name; worker/jobs.py maps each to a function."""

    APPLY_BATCH = "apply_batch"
    READ_PHOTO = "read_photo"
    REJUDGE = "rejudge"
    LEARN_POSITIONS = "learn_positions"
    COUNT_DATUM_VOTES = "count_datum_votes"
    DRAW_BACK_CHECKS = "draw_back_checks"
    FOLD_COUNTS = "fold_counts"
    COLLECT_GARBAGE = "collect_garbage"
    SCRUB_BLOBS = "scrub_blobs"
    RELEASE_HELD = "release_held"
    CONFIRM_CO_VISITS = "confirm_co_visits"
    LOOK_AGAIN = "look_again"
    KEEP_PARTITIONS = "keep_partitions"
    FORGET_DONE = "forget_done"
    SETTLE_FEED = "settle_feed"
    PURGE_FEED = "purge_feed"
    RETAIN = "retain"
    FIND_OUTLIERS = "find_outliers"
    BLANK_ERASED = "blank_erased"
    OWE_VISITS = "owe_visits"
    LAPSE_OBLIGATIONS = "lapse_obligations"
    REMIND_COMMITMENTS = "remind_commitments"
    SETTLE_ABSENCES = "settle_absences"


class FeedKind(IntEnum):
    """Kinds of entities in the feed, small integers in the table."""

    PLACE = 1
    LINK = 2
    VISIT = 3
    TASK = 4
    BATCH = 5
    PROGRAMME = 6
    CALENDAR = 7
    LABELS = 8
    POLICY = 9
    OBLIGATION = 10
    LIFE_EVENT = 11
    COMMITMENT = 12
    PLACE_EDIT = 13


class FeedOp(StrEnum):
    """What happened to an entity in a scope, one letter in the table. Leaving and being deleted differ (rule 9)."""

    PUT = "P"
    LEFT = "L"
    DELETED = "D"
    MERGED = "M"
