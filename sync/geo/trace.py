"""Series of fixes of many visits laid end to end: what is asked of each run is answered for all at once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sync.geo.datum import Floats

Mask = NDArray[np.bool_]
Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Runs:
    """Run i holds the elements starts[i] to starts[i + 1] of flat arrays; runs may be empty."""

    starts: Ints

    @cached_property
    def lengths(self) -> Ints:
        """Elements in each run."""
        return np.diff(self.starts)

    @cached_property
    def owner(self) -> Ints:
        """The run of each element."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @cached_property
    def _filled(self) -> Ints:
        return np.flatnonzero(self.lengths)

    def count(self, mask: Mask) -> Ints:
        """How many elements of each run are marked."""
        return np.bincount(self.owner[mask], minlength=len(self.lengths))

    def least(self, values: Floats, mask: Mask) -> Floats:
        """Smallest marked value of each run; +inf where none is marked."""
        out = np.full(len(self.lengths), np.inf)
        if len(self._filled):
            out[self._filled] = np.minimum.reduceat(np.where(mask, values, np.inf), self.starts[self._filled])
        return out

    def most(self, values: Floats, mask: Mask) -> Floats:
        """Largest marked value of each run; -inf where none is marked."""
        return -self.least(-values, mask)

    def span(self, values: Floats, mask: Mask) -> Floats:
        """From the smallest to the largest marked value of each run; 0 where none is marked."""
        first, last = self.least(values, mask), self.most(values, mask)
        return np.where(np.isfinite(first), last - np.where(np.isfinite(first), first, 0.0), 0.0)

    def first_by(self, keys: tuple[Floats, ...], mask: Mask) -> Ints:
        """Index of the marked element that comes first by the keys, the most important first; -1 where none is."""
        chosen = np.flatnonzero(mask)
        order = np.lexsort((*(key[chosen] for key in reversed(keys)), self.owner[chosen]))
        ranked = chosen[order]
        out = np.full(len(self.lengths), -1, np.intp)
        owners, first = np.unique(self.owner[ranked], return_index=True)
        out[owners] = ranked[first]
        return out
