"""A judgement in one sentence with numbers that a cadre understands, in Chinese and in English."""

from collections.abc import Mapping
from typing import Any

from sync.verify.rules.findings import Finding
from sync.verify.rules.judge import Judgement
from sync.words import Datum, Reason, Verdict

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
READ_AS: Both = ("按 {datum} 坐标读取", "read as {datum}")
ALL_IMPRECISE: Both = ("{imprecise} 个定位点没有可用的精度", "{imprecise} fixes have no usable accuracy")
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
    Reason.TIME_SKEW: ("手机时钟有偏差", "the phone's clock was off"),
    Reason.TIME_JUMP: ("手机时钟曾跳变", "the phone's clock jumped"),
    Reason.TIME_ODD_HOURS: ("走访从 {hour} 点开始", "the visit began at {hour}:00"),
    Reason.RECORDED_AFTERWARDS: ("事后补录,不要求定位", "recorded afterwards, no position asked"),
    Reason.MET_ELSEWHERE: ("在别处见面或电话联系", "met elsewhere or by telephone"),
    Reason.PLACE_NO_POSITION: ("走访对象还没有登记位置", "the place has no registered position yet"),
    Reason.TIME_UNKNOWN: ("走访时间无法确定", "the time of the visit is unknown"),
    Reason.LOC_NO_FIX: ("走访期间没有可用的定位点", "no usable fix during the visit"),
    Reason.LOC_STALE_FIX: ("{stale} 个定位点是走访前 {age_s}的旧点", "{stale} fixes are {age_s} older than the visit"),
    Reason.LOC_ACCURACY_POOR: (
        "不足以确定是否在 {radius_m}范围内",
        "not enough to tell whether it was within {radius_m}",
    ),
    Reason.LOC_SINGLE_FIX: ("一个点看不出停留", "one fix does not show a stay"),
    Reason.LOC_SHORT_DWELL: ("范围内的定位点只跨 {span_s}", "the fixes within the radius span only {span_s}"),
}


def explain(judgement: Judgement) -> Both:
    """(zh, en): what was measured, what decided, and the verdict's word."""
    zh, en = (_fill(judgement, language) for language in (0, 1))
    return zh, en[:1].upper() + en[1:]


def _fill(judgement: Judgement, language: int) -> str:
    clauses = [
        template[language].format_map(_spoken(judgement.numbers | facts, language))
        for template, facts in (*_measured(judgement), *_decided(judgement))
    ]
    return (",", ", ")[language].join(clauses) + (":", ": ")[language] + ENDS[judgement.verdict][language]


def _measured(judgement: Judgement) -> list[tuple[Both, dict[str, Any]]]:
    """The best fix, where there is a place to measure from and a fix that can be near it."""
    numbers = judgement.numbers
    if "d_m" not in numbers or any(f.code is Reason.LOC_OUTSIDE for f in judgement.reasons):
        return []
    read_as = [] if numbers["datum"] == Datum.WGS84 else [(READ_AS, {"datum": Datum(numbers["datum"]).zh})]
    best: tuple[Both, dict[str, Any]] = (ONLY if numbers["usable"] == 1 else BEST, {})
    return [*read_as, best, (STAY, {})] if judgement.verdict is Verdict.VERIFIED else [*read_as, best]


def _decided(judgement: Judgement) -> list[tuple[Both, dict[str, Any]]]:
    """What weighed, for a doubtful visit; what was missing, for an unverifiable one."""
    if judgement.verdict is Verdict.VERIFIED:
        return []
    is_doubtful = judgement.verdict is Verdict.DOUBTFUL
    telling = [f for f in judgement.reasons if (f.weight > 0) == is_doubtful and f.code in TELL]
    return [(_template(finding), finding.facts) for finding in telling]


def _template(finding: Finding) -> Both:
    return ALL_IMPRECISE if "imprecise" in finding.facts else TELL[finding.code]


def _spoken(numbers: Mapping[str, Any], language: int) -> dict[str, str]:
    """Numbers as words: `_m` in metres or kilometres, `_s` in seconds, minutes, hours or days."""
    units = {"m": ((1000, 1), (1, 0)), "s": ((86_400, 0), (3600, 1), (60, 0), (1, 0))}
    names = {"m": (("公里", "米"), ("km", "m")), "s": (("天", "小时", "分钟", "秒"), ("days", "h", "min", "s"))}
    spoken = {}
    for key, value in numbers.items():
        unit = key.rpartition("_")[2]
        spoken[key] = str(value)
        if key != unit and unit in units:
            at = next((i for i, (size, _) in enumerate(units[unit]) if value >= size), -1)
            size, digits = units[unit][at]
            spoken[key] = f"{value / size:.{digits}f} {names[unit][language][at]}"
    return spoken
