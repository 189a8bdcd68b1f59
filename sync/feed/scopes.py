"""Whose feed a phone reads: its scopes with the kinds that the person's roles show there."""

from sync.access import Actor
from sync.roles import SEES, Noun, Reach
from sync.words import FeedKind, Role

GENERAL = "g"
_FOR_ALL = (FeedKind.PROGRAMME, FeedKind.CALENDAR, FeedKind.LABELS, FeedKind.POLICY)
_SAID = (FeedKind.BATCH, FeedKind.PLACE_EDIT)  # what became of what one handed in, whatever roles are left
# What a person has by own duty, and the noun of `access` that a role must show as its own.
_OWN = {
    FeedKind.PLACE: Noun.PLACE,
    FeedKind.LINK: Noun.LINK,
    FeedKind.VISIT: Noun.EVIDENCE,
    FeedKind.TASK: Noun.TASK,
    FeedKind.OBLIGATION: Noun.OBLIGATION,
    FeedKind.LIFE_EVENT: Noun.LIFE_EVENT,
    FeedKind.COMMITMENT: Noun.COMMITMENT,
}


def scopes_of(actor: Actor) -> dict[str, int]:
    """Scopes in the order in which they are read, each with its kinds as bits (1 << kind).

    `c:<person>` the person's own, `u:<unit>` what a unit handles, for those who handle it; `g` what everybody needs.
    """
    roles = {held.role for held in actor.roles}
    own = [kind for kind, noun in _OWN.items() if any(_reach(role, noun) is Reach.OWN for role in roles)]
    handling = [held.unit_id for held in actor.roles if _reach(held.role, Noun.TASK) is Reach.HELD]
    return (
        {f"c:{actor.person_id}": bits(*own, *_SAID)}
        | {f"u:{unit}": bits(FeedKind.TASK) for unit in sorted(set(handling))}
        | {GENERAL: bits(*_FOR_ALL)}
    )


def bits(*kinds: FeedKind) -> int:
    """Kinds as one number."""
    return sum(1 << kind.value for kind in kinds)


def _reach(role: Role, noun: Noun) -> Reach | None:
    return SEES.get(role, {}).get(noun)
