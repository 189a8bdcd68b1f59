"""A judgement in one sentence with numbers that a cadre understands, in Chinese and in English."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sync import clock
from sync.verify.rules.findings import Finding
from sync.verify.rules.judge import Judgement
from sync.verify.rules.sentences import (
    ALL_IMPRECISE,
    BEST,
    ENDS,
    FITS,
    FIX_DATUM,
    LACKING,
    ONLY,
    OTHER_PLACE,
    PLACE_DATUM,
    READ_AS,
    SAID,
    STAY,
    TELL,
    Both,
)
from sync.words import Attestation, Datum, Reason, Verdict

Clause = tuple[Both, Mapping[str, Any]]


def explain(judgement: Judgement) -> Both:
    """(zh, en): what was measured, what decided, what may explain it, and the verdict's word."""
    clauses = [*_measured(judgement), *_decided(judgement), *_said(judgement)]
    zh, en = (_fill(judgement, clauses, language) for language in (0, 1))
    return zh, en[:1].upper() + en[1:]


def tell(finding: Finding, numbers: Mapping[str, Any]) -> Both:
    """(zh, en) of one finding by itself, with the numbers of its judgement."""
    clause = _template(finding)
    zh, en = (clause[language].format_map(_spoken({**numbers, **finding.facts}, language)) for language in (0, 1))
    return zh, en


def _fill(judgement: Judgement, clauses: Sequence[Clause], language: int) -> str:
    filled = [
        template[language].format_map(_spoken({**judgement.numbers, **facts}, language)) for template, facts in clauses
    ]
    return (",", ", ")[language].join(filled) + (":", ": ")[language] + ENDS[judgement.verdict][language]


def _measured(judgement: Judgement) -> list[Clause]:
    """The best fix, where there is a place to measure from and a fix that can be near it."""
    numbers = judgement.numbers
    if "d_m" not in numbers or judgement.finding(Reason.LOC_OUTSIDE):
        return []
    read_as = [] if numbers["datum"] == Datum.WGS84 else [(READ_AS, {"read_datum": numbers["datum"]})]
    best: Clause = (ONLY if numbers["usable"] == 1 else BEST, {})
    return [*read_as, best, (STAY, {})] if judgement.verdict is Verdict.VERIFIED else [*read_as, best]


def _decided(judgement: Judgement) -> list[Clause]:
    """What weighed, for a doubtful visit; what was missing, for an unverifiable one."""
    if judgement.verdict is Verdict.DOUBTFUL:
        weighed = sorted((one for one in judgement.reasons if one.weight > 0), key=lambda one: -one.weight)
        return [clause for finding in weighed for clause in _with_hints(finding)]
    if judgement.verdict is Verdict.VERIFIED:
        return []
    return [(_template(one), one.facts) for one in judgement.reasons if one.code in LACKING]


def _with_hints(finding: Finding) -> list[Clause]:
    """A finding; beside LOC_OUTSIDE what may explain it, or cannot: another home of the cadre's, a datum."""
    hints = (("other_name", OTHER_PLACE), ("place_datum", PLACE_DATUM), ("fix_datum", FIX_DATUM), ("fits", FITS))
    told = [hint for fact, hint in hints if finding.code is Reason.LOC_OUTSIDE and fact in finding.facts]
    return [(clause, finding.facts) for clause in (_template(finding), *told)]


def _said(judgement: Judgement) -> list[Clause]:
    """What the cadre said about missing or strange evidence."""
    return [(SAID, {})] if judgement.numbers.get("said") and judgement.verdict is not Verdict.VERIFIED else []


def _template(finding: Finding) -> Both:
    return ALL_IMPRECISE if "imprecise" in finding.facts else TELL[finding.code]


UNITS = {"m": ((1000, 1), (1, 0)), "s": ((86_400, 0), (3600, 1), (60, 0), (1, 0))}
NAMES = {"m": (("公里", "米"), ("km", "m")), "s": (("天", "小时", "分钟", "秒"), ("days", "h", "min", "s"))}
TIMES = ("{0.month}月{0.day}日 {0:%H:%M}", "{0:%d %b %H:%M}")


def _spoken(numbers: Mapping[str, Any], language: int) -> dict[str, str]:
    """Numbers as words: `_m` in metres or kilometres, `_s` in seconds, minutes, hours or days, `_at` as local time."""
    spoken = {}
    for key, value in numbers.items():
        unit = key.rpartition("_")[2]
        if key == "said":
            spoken[key] = ("、", ", ")[language].join(_label(Attestation(code), language) for code in value)
        elif unit == "datum" and key != unit:
            spoken[key] = Datum(value).zh
        elif unit == "at" and key != unit:
            spoken[key] = TIMES[language].format(clock.local(datetime.fromtimestamp(value, UTC)))
        elif unit in UNITS and key != unit:
            spoken[key] = _measure(value, unit, language)
        else:
            spoken[key] = str(value)
    return spoken


def _label(code: Attestation, language: int) -> str:
    return code.zh if language == 0 else code.en


def _measure(value: float, unit: str, language: int) -> str:
    at = next((i for i, (size, _) in enumerate(UNITS[unit]) if value >= size), -1)
    size, digits = UNITS[unit][at]
    return f"{value / size:.{digits}f} {NAMES[unit][language][at]}"
