"""What the registry of a history says, and what follows for each person: worked out in Python, from product.md."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from sync.house import House
from sync.words import Role


@dataclass
class Linked:
    """A link as the truth knows it: first day, first day without it (None: open)."""

    cadre: int
    place: UUID
    since: date
    ends: date | None


@dataclass
class Matter:
    """A task with one problem."""

    reporter: int
    place: UUID
    confidential: bool
    holder: str | None
    told: date
    closed: bool = False


@dataclass
class Truth:
    """What the registry says, and what follows for each person."""

    links: dict[UUID, Linked] = field(default_factory=dict)
    names: dict[UUID, str] = field(default_factory=dict)
    merged: dict[UUID, UUID] = field(default_factory=dict)
    gone: set[UUID] = field(default_factory=set)
    matters: dict[UUID, Matter] = field(default_factory=dict)
    visits: dict[UUID, tuple[set[int], date]] = field(default_factory=dict)
    roles: dict[int, set[Role]] = field(default_factory=dict)

    def root(self, place: UUID) -> UUID:
        """What a merged place stands for."""
        return self.merged.get(place, place)

    def homes(self, person: int, today: date) -> set[UUID]:
        """Homes that a person is linked to, gone ones among them."""
        return {
            self.root(one.place)
            for one in self.links.values()
            if one.cadre == person and one.since <= today and (one.ends is None or today < one.ends)
        }

    def own(self, person: int, today: date, house: House) -> set[tuple[str, UUID]]:
        """What a person has by own duty."""
        roles, homes = self.roles[person], self.homes(person, today)
        has: set[tuple[str, UUID]] = set()
        if Role.CADRE in roles:
            has |= {("place", home) for home in homes - self.gone}
            has |= {
                ("link", id_)
                for id_, one in self.links.items()
                if one.cadre == person and one.since <= today and (one.ends is None or today < one.ends)
            }
            oldest = today - timedelta(days=house.policy.feed.visit_days)
            has |= {("visit", id_) for id_, (people, on) in self.visits.items() if person in people and on >= oldest}
        if roles & {Role.CADRE, Role.REPORTER}:
            oldest = today - timedelta(days=house.policy.feed.task_days)
            has |= {
                ("task", id_)
                for id_, one in self.matters.items()
                if (person == one.reporter or (self.root(one.place) in homes and not one.confidential))
                and (not one.closed or one.told >= oldest)
            }
        return has

    def handled(self, person: int) -> set[tuple[str, UUID]]:
        """What the unit handles where a person is handler."""
        if Role.HANDLER not in self.roles[person]:
            return set()
        return {("task", id_) for id_, one in self.matters.items() if one.holder == "roads" and not one.closed}
