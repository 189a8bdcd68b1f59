"""What each reason code says to a cadre, in Chinese and in English: numbers, no accusation, what to check first."""

from sync.words import Reason, Verdict

Both = tuple[str, str]

ENDS: dict[Verdict, Both] = {
    Verdict.VERIFIED: ("位置相符。", "verified."),
    Verdict.DOUBTFUL: ("位置待核。", "doubtful."),
    Verdict.UNVERIFIABLE: ("无法核验,走访照常计入。", "unverifiable; the visit counts all the same."),
    Verdict.REFUSED: ("不予认定。", "refused."),
}
BEST: Both = (
    "{usable} 个定位点中最可靠的离登记位置 {d_m},精度 {accuracy_m}",
    "the best of {usable} fixes is {d_m} from the registered position, accuracy {accuracy_m}",
)
ONLY: Both = (
    "唯一可用的定位点离登记位置 {d_m},精度 {accuracy_m}",
    "the only usable fix is {d_m} from the registered position, accuracy {accuracy_m}",
)
STAY: Both = ("停留 {span_s}", "stay {span_s}")
READ_AS: Both = ("按 {read_datum} 坐标读取", "read as {read_datum}")
ALL_IMPRECISE: Both = ("{imprecise} 个定位点没有可用的精度", "{imprecise} fixes have no usable accuracy")
SAID: Both = ("您已说明:{said}", "you said: {said}")
# Beside LOC_OUTSIDE, whichever fact is there: what may explain it.
OTHER_PLACE: Both = (
    "离您联系的另一户 {other_name} 只有 {other_m}",
    "only {other_m} from {other_name}, another of your places",
)
PLACE_DATUM: Both = (
    "登记位置如果是 {place_datum} 坐标则只差 {place_datum_m}",
    "only {place_datum_m} away if the registered position is in {place_datum}",
)
FIX_DATUM: Both = (
    "定位点如果是 {fix_datum} 坐标则相距 {fix_datum_m}",
    "{fix_datum_m} away if the fixes are in {fix_datum}",
)
FITS: Both = (
    "同一手机前后在同村另外 {fits} 户的定位都对得上,不像是坐标系的问题",
    "as told the same phone's fixes fit {fits} other homes of the village in these hours: hardly its datum",
)
TELL: dict[Reason, Both] = {
    Reason.LOC_OUTSIDE: (
        "{usable} 个定位点都在登记位置 {radius_m}范围之外,最近的相距 {least_m},请先核对登记位置和坐标系",
        "all {usable} fixes lie outside {radius_m} around the registered position, the nearest {least_m} away; "
        "check the position and its datum first",
    ),
    Reason.LOC_MOCK: (
        "手机报告 {fixes} 个定位点中有 {mock} 个是模拟定位",
        "the phone calls {mock} of {fixes} fixes simulated",
    ),
    Reason.LOC_TELEPORT: (
        "{there_at} 和 {here_at} 的两次走访至少相隔 {apart_m},路上最多 {travel_s},要走 {kmh} 公里/小时,"
        "请先核对两次的时间",
        "the visits of {there_at} and {here_at} lie at least {apart_m} apart with at most {travel_s} between them, "
        "which takes {kmh} km/h; check both times first",
    ),
    Reason.OVERLAP_SELF: (
        "{here_at} 和 {there_at} 开始的两次走访相隔 {apart_m},同时进行了 {overlap_s},请先核对两次的时间",
        "the visits that began at {here_at} and {there_at} lie {apart_m} apart and went on together for {overlap_s}; "
        "check both times first",
    ),
    Reason.LOC_FROZEN: (
        "{count} 次走访的卫星坐标完全相同,其中 {elsewhere} 次登记在别的地方,请检查手机定位",
        "{count} visits have the very same satellite coordinates, {elsewhere} of them at other places; "
        "check the phone's positioning",
    ),
    Reason.PHOTO_REUSED_EXACT: (
        "有一张照片和 {day} 另一次走访的是同一张",
        "one photo is the same as that of another visit on {day}",
    ),
    Reason.PHOTO_REUSED_SIMILAR: (
        "有一张照片和 {day} 另一次走访的很像",
        "one photo looks like that of another visit on {day}",
    ),
    Reason.PHOTO_EXIF_TIME: (
        "有一张照片拍摄于 {taken_at},和走访时间差 {off_s}",
        "one photo was taken at {taken_at}, {off_s} from the visit",
    ),
    Reason.PHOTO_EXIF_GPS: (
        "有一张照片的拍摄位置离登记位置 {photo_m}",
        "one photo was taken {photo_m} from the registered position",
    ),
    Reason.DEVICE_SHARED: (
        "手机登记在别人名下,共用可以由核验员登记",
        "the phone is registered to somebody else; a verifier can declare that it is shared",
    ),
    Reason.JOINT_SHARED_EVIDENCE: (
        "和同行干部手机上的定位点逐个相同",
        "the fixes are point by point those of the other cadre's phone",
    ),
    Reason.TIME_SKEW: ("手机时钟有偏差", "the phone's clock was off"),
    Reason.TIME_JUMP: ("手机时钟曾跳变", "the phone's clock jumped"),
    Reason.TIME_ODD_HOURS: ("走访从 {hour} 点开始", "the visit began at {hour}:00"),
    Reason.RECORDED_AFTERWARDS: ("事后补录,不要求定位", "recorded afterwards, no position asked"),
    Reason.RECORDED_BY_OTHER: ("由他人代录,不要求定位", "written by another, no position asked"),
    Reason.EVIDENCE_OFF: ("本单位不采集定位", "the unit collects no location"),
    Reason.MET_ELSEWHERE: ("在别处见面或电话联系", "met elsewhere or by telephone"),
    Reason.PLACE_NO_POSITION: ("走访对象还没有登记位置", "the place has no registered position yet"),
    Reason.PLACE_LEARNING: (
        "走访对象的位置正由多次走访得出,暂时不作比对",
        "the position of the place is still being learned from visits",
    ),
    Reason.TIME_UNKNOWN: ("走访时间无法确定", "the time of the visit is unknown"),
    Reason.LOC_NO_FIX: ("走访期间没有可用的定位点", "no usable fix during the visit"),
    Reason.LOC_STALE_FIX: ("{stale} 个定位点是走访前 {age_s}的旧点", "{stale} fixes are {age_s} older than the visit"),
    Reason.LOC_ACCURACY_POOR: (
        "不足以确定是否在 {radius_m}范围内",
        "not enough to tell whether it was within {radius_m}",
    ),
    Reason.LOC_SINGLE_FIX: ("一个点看不出停留", "one fix does not show a stay"),
    Reason.LOC_SHORT_DWELL: ("范围内的定位点只跨 {span_s}", "the fixes within the radius span only {span_s}"),
    Reason.LOC_DATUM_GCJ02: ("定位点实为 GCJ-02 坐标,已换算", "the fixes are in GCJ-02 and were converted"),
    Reason.LOC_DATUM_BD09: ("定位点实为 BD-09 坐标,已换算", "the fixes are in BD-09 and were converted"),
    Reason.LOC_DATUM_WGS84: ("定位点实为 WGS 84 坐标", "the fixes are in WGS 84 after all"),
    Reason.LINK_NOT_ASSIGNED: (
        "走访时还没有结对联系,不影响核验",
        "not the linked cadre at the time, which is no fault",
    ),
    Reason.PARENT_UNKNOWN: ("有关联的资料还没有收到", "something that the record refers to has not arrived"),
}
# What makes a visit unverifiable: only these explain it.
LACKING = frozenset({
    Reason.RECORDED_AFTERWARDS, Reason.RECORDED_BY_OTHER, Reason.EVIDENCE_OFF, Reason.MET_ELSEWHERE,
    Reason.PLACE_NO_POSITION, Reason.PLACE_LEARNING, Reason.TIME_UNKNOWN, Reason.LOC_NO_FIX, Reason.LOC_STALE_FIX,
    Reason.LOC_ACCURACY_POOR, Reason.LOC_SINGLE_FIX, Reason.LOC_SHORT_DWELL,
})  # fmt: skip
