"""What lies below units of the tree: the ground that a role covers."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, bindparam, select

from sync.models import UnitAbove
from sync.words import UnitKind

# Units that hang on another one and have no villages below themselves.
ASIDE = (UnitKind.DEPARTMENT, UnitKind.STATION, UnitKind.MASS_ORGANISATION, UnitKind.VOLUNTEERS)


def units_below(units: Collection[UUID], *, own: bool = True, seen: bool = False) -> Select[UUID]:
    """Ids of units and of all units under them; without the units themselves if not `own`.

    `seen`: the planner sees whose scope it is, in prepared statements too: for lists of a few rows out of a whole
    county, which it would otherwise take for a unit of average size and sort as a whole.
    """
    known = bindparam("above", list(units), expanding=True, literal_execute=True, unique=True) if seen else units
    rows = select(UnitAbove.unit_id).where(UnitAbove.above_id.in_(known))
    return rows if own else rows.where(UnitAbove.depth > 0)
