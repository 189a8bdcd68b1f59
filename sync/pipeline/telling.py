"""A visit's verdict in one sentence, from what is stored: the machine's judgement, or the person above it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sync.verify.rules.explain import explain
from sync.verify.rules.judge import stored
from sync.words import Verdict


class Both(NamedTuple):
    """A sentence in Chinese and in English."""

    zh: str
    en: str


DECIDED: dict[Verdict, Both] = {
    Verdict.VERIFIED: Both("核验员认定:位置相符。", "A verifier confirmed the visit."),
    Verdict.REFUSED: Both("核验员听取说明后不予认定:{reason}", "A verifier heard the cadre and refused: {reason}"),
}


def told(
    judged: Verdict | None, reasons: Sequence[Mapping[str, Any]], numbers: Mapping[str, Any], decided: Verdict | None,
    reason: str,
) -> Both:  # fmt: skip
    """What the visit's cadre and its verifier read. `decided`: the verdict of a person that stands, with its reason."""
    if decided in DECIDED:
        zh, en = DECIDED[decided]
        return Both(zh.format(reason=reason), en.format(reason=reason))
    if judged is None:
        return Both("尚未核验。", "Not judged yet.")
    judgement = stored(judged, reasons, dict(numbers))
    try:
        return Both(*explain(judgement))
    except KeyError:  # judged by an older version that did not keep all of these numbers
        found = judgement.reasons
        zh, en = "、".join(f.code.zh for f in found), ", ".join(f.code.en for f in found)
        return Both(f"{zh}:{judged.zh}。" if zh else f"{judged.zh}。", f"{en}: {judged.en}." if en else f"{judged.en}.")
