"""One row of the table of speeds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A measured value with what it must and should be."""

    name: str
    value: float
    unit: str
    must: float
    wants: float
    method: str
    less: bool = False

    @property
    def ok(self) -> bool:
        """Whether it meets `must`."""
        return self.value <= self.must if self.less else self.value >= self.must
