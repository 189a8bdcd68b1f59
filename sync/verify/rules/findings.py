"""One thing found out about a visit."""

from dataclasses import dataclass, field
from typing import Any

from sync.words import Reason


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason code with its weight (0: a fact or an explanation) and its facts in plain numbers and words."""

    code: Reason
    weight: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)
