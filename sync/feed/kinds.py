"""The kinds of entities in the feed, a row each: in which scopes an entity is, what it becomes when it leaves them.

A membership is a select of (scope, id) with `{by}` where the asked-for ids or the owners of scopes come in, so that one
text says both "who has this" and "what has she". Parameters: today, visits_since, tasks_since (days).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sync.words import FeedKind

Wider = Mapping[FeedKind, Sequence[tuple[FeedKind, str]]]


class Membership(NamedTuple):
    """One reason why an entity is in a scope. `ids` and `owners` are conditions on :ids and :owners."""

    sql: str
    ids: str
    owners: str

    def by_ids(self, name: str) -> str:
        """The select for entities whose ids are in the parameter `name`."""
        return self.sql.format(by=self.ids.replace(":ids", f":{name}"))

    def by_owners(self, name: str) -> str:
        """The select for scopes whose owners are in the parameter `name`."""
        return self.sql.format(by=self.owners.replace(":owners", f":{name}"))


class Kind(NamedTuple):
    """What the feed knows of a kind. `table`, with `gone` and `into` over its alias x, says what becomes of an entity
    that leaves a scope; `is_held`: who holds it is looked up when it changes (models.FeedItem's index)."""

    memberships: tuple[Membership, ...]
    table: str = ""
    gone: str = "false"
    into: str = "CAST(NULL AS uuid)"
    is_held: bool = True

    @property
    def fate(self) -> str:
        """The letter of an entity that left a scope, over the alias x of its table."""
        return f"CASE WHEN x.id IS NULL OR {self.gone} THEN 'D' WHEN {self.into} IS NOT NULL THEN 'M' ELSE 'L' END"


# A link stands with the id it was told with; the household is its root `r`, which merged ones (`a`) stand for.
_IN_FORCE = "l.cadre_id IS NOT NULL AND l.valid @> CAST(:today AS date)"
_LINKED = (
    "FROM link l JOIN place a ON a.id = l.place_id JOIN place r ON r.id = coalesce(a.merged_into_id, a.id)"
    f" AND (a.id = r.id OR a.merged_into_id = r.id) WHERE {{by}} AND {_IN_FORCE} AND r.state <> 'gone'"
)
_TASKS = (
    "FROM problem p JOIN task t ON t.id = p.task_id JOIN task r ON r.id = coalesce(t.merged_into_id, t.id)"
    " {more} WHERE {{by}} AND NOT r.sealed AND p.sealed_kind IS NULL"
    " AND (r.ended_at IS NULL OR p.told_at >= CAST(:tasks_since AS date))"
)
_ALIASES = (
    "JOIN place pa ON pa.id = {of}.place_id JOIN place x ON x.id = coalesce(pa.merged_into_id, pa.id)"
    " AND (pa.id = x.id OR pa.merged_into_id = x.id) JOIN place la ON (la.id = x.id OR la.merged_into_id = x.id)"
    f" AND x.id = coalesce(la.merged_into_id, la.id) JOIN link l ON l.place_id = la.id AND {_IN_FORCE}"
)
_TASK_IDS = "(t.id = ANY(:ids) OR t.merged_into_id = ANY(:ids))"
AWAY = "b.cancelled_at IS NULL AND b.valid @> CAST(:today AS date)"
# What a deputy needs of the homes of whoever is away: those where contact is owed, or something was promised, for a day
# before he is back.
NEEDED = (
    "(EXISTS (SELECT FROM obligation o WHERE o.link_id = l.id AND CAST(o.due_at AS date) < upper(b.valid)"
    "  AND (o.state = 'owed' OR CAST(o.met_at AS date) >= lower(b.valid))) "
    "OR EXISTS (SELECT FROM commitment k JOIN place g ON g.id = k.place_id AND (g.id = r.id OR g.merged_into_id = r.id)"
    "  WHERE k.cadre_id = b.person_id AND k.state = 'open' AND k.same_as_id IS NULL AND k.due_on < upper(b.valid)))"
)
_STANDING_IN = (
    f"FROM absence b JOIN link l ON l.cadre_id = b.person_id AND {_IN_FORCE} JOIN place a ON a.id = l.place_id"
    " JOIN place r ON r.id = coalesce(a.merged_into_id, a.id) AND r.state <> 'gone'"
    f" WHERE {{by}} AND {AWAY} AND {NEEDED}"
)
_OPEN = "k.same_as_id IS NULL AND (k.state <> 'confirmed' OR k.made_at >= CAST(:visits_since AS date))"
_PLACE_IDS = "(a.id = ANY(:ids) OR a.merged_into_id = ANY(:ids))"
_RECENT = "v.started_at >= CAST(:visits_since AS date) AND v.erased_at IS NULL"

KINDS: dict[FeedKind, Kind] = {
    FeedKind.PLACE: Kind(
        (
            Membership(
                f"SELECT 'c:' || l.cadre_id AS scope, r.id {_LINKED}",
                _PLACE_IDS,
                "l.cadre_id = ANY(:owners)",
            ),
            Membership(
                f"SELECT 'c:' || b.deputy_id, r.id {_STANDING_IN}",
                _PLACE_IDS,
                "b.deputy_id = ANY(:owners)",
            ),
        ),
        "place",
        "x.state = 'gone'",
        "x.merged_into_id",
    ),
    FeedKind.LINK: Kind(
        (
            Membership(
                f"SELECT 'c:' || l.cadre_id, l.id FROM link l WHERE {{by}} AND {_IN_FORCE}",
                "l.id = ANY(:ids)",
                "l.cadre_id = ANY(:owners)",
            ),
        ),
        "link",
        "coalesce((SELECT g.state = 'gone' FROM place g WHERE g.id = x.place_id), false)",
    ),
    # Attribution of visits never moves with the household: who was there keeps them.
    FeedKind.VISIT: Kind(
        (
            Membership(
                "SELECT 'c:' || p.person_id, v.id FROM visit_party p JOIN visit v ON v.id = p.visit_id"
                f" WHERE {{by}} AND {_RECENT}",
                "p.visit_id = ANY(:ids)",
                "p.person_id = ANY(:owners)",
            ),
            Membership(
                f"SELECT 'c:' || v.recorder_id, v.id FROM visit v WHERE {{by}} AND {_RECENT}",
                "v.id = ANY(:ids)",
                "v.recorder_id = ANY(:owners)",
            ),
        ),
        "visit",
        "x.erased_at IS NOT NULL",
        is_held=False,
    ),
    # Whoever wrote the matter down follows it; whoever has the household now does as well, unless the resident asked
    # for secrecy (要求保密); a unit has what it handles.
    FeedKind.TASK: Kind(
        (
            Membership(
                f"SELECT 'c:' || p.reporter_id, r.id {_TASKS.format(more='')}",
                _TASK_IDS,
                "p.reporter_id = ANY(:owners)",
            ),
            Membership(
                f"SELECT 'c:' || l.cadre_id, r.id {_TASKS.format(more=_ALIASES.format(of='p'))} AND NOT p.confidential",
                _TASK_IDS,
                "l.cadre_id = ANY(:owners)",
            ),
            Membership(
                "SELECT 'u:' || t.holder_unit_id, t.id FROM task t WHERE {by} AND t.holder_unit_id IS NOT NULL"
                " AND NOT t.sealed AND t.merged_into_id IS NULL AND t.ended_at IS NULL",
                "t.id = ANY(:ids)",
                "false",
            ),
        ),
        "task",
        into="x.merged_into_id",
    ),
    # Whoever told it learns what became of it; whoever owes the contact has it until it is made.
    FeedKind.LIFE_EVENT: Kind(
        (
            Membership(
                "SELECT 'c:' || e.told_by, coalesce(e.same_as_id, e.id) FROM life_event e"
                " WHERE {by} AND e.told_at >= CAST(:visits_since AS date)",
                "(e.id = ANY(:ids) OR e.same_as_id = ANY(:ids))",
                "e.told_by = ANY(:owners)",
            ),
            Membership(
                "SELECT 'c:' || o.holder_id, e.id FROM obligation o JOIN life_event e ON e.id = o.life_event_id"
                " WHERE {by} AND o.state = 'owed' AND o.holder_id IS NOT NULL",
                "o.life_event_id = ANY(:ids)",
                "o.holder_id = ANY(:owners)",
            ),
        ),
        "life_event",
        into="x.same_as_id",
    ),
    # A promise binds whoever made it, and whoever has the household now; while he is away, his deputy.
    FeedKind.COMMITMENT: Kind(
        (
            Membership(
                f"SELECT 'c:' || k.cadre_id, k.id FROM commitment k WHERE {{by}} AND {_OPEN}",
                "k.id = ANY(:ids)",
                "k.cadre_id = ANY(:owners)",
            ),
            Membership(
                f"SELECT 'c:' || l.cadre_id, k.id FROM commitment k {_ALIASES.format(of='k')} WHERE {{by}} AND {_OPEN}",
                "k.id = ANY(:ids)",
                "l.cadre_id = ANY(:owners)",
            ),
            Membership(
                "SELECT 'c:' || b.deputy_id, k.id FROM absence b JOIN commitment k ON k.cadre_id = b.person_id"
                f" AND k.state = 'open' AND k.same_as_id IS NULL AND k.due_on < upper(b.valid) WHERE {{by}} AND {AWAY}",
                "k.id = ANY(:ids)",
                "b.deputy_id = ANY(:owners)",
            ),
        ),
        "commitment",
    ),
    FeedKind.BATCH: Kind(
        (
            Membership(
                "SELECT 'c:' || d.person_id, b.id FROM batch b JOIN device d ON d.id = b.device_id WHERE {by}",
                "b.id = ANY(:ids)",
                "false",
            ),
        ),
        is_held=False,
    ),
    # Obligations do not bring their home along: that would let every batch decide over others' scopes.
    FeedKind.OBLIGATION: Kind(
        (
            Membership(
                "SELECT 'c:' || o.holder_id, o.id FROM obligation o WHERE {by} AND o.holder_id IS NOT NULL"
                " AND (o.state = 'owed' OR o.due_at >= CAST(:visits_since AS date))",
                "o.id = ANY(:ids)",
                "o.holder_id = ANY(:owners)",
            ),
        ),
        "obligation",
    ),
    # What became of what one put right; no value stands in it, so it stays when the household goes.
    FeedKind.PLACE_EDIT: Kind(
        (
            Membership(
                "SELECT 'c:' || e.person_id, e.id FROM place_edit e WHERE {by} AND e.person_id IS NOT NULL"
                " AND e.said_at >= CAST(:visits_since AS date)",
                "e.id = ANY(:ids)",
                "e.person_id = ANY(:owners)",
            ),
        ),
        "place_edit",
        is_held=False,
    ),
    FeedKind.PROGRAMME: Kind(
        (
            Membership(
                "SELECT 'g', g.id FROM programme g WHERE {by} AND g.valid @> CAST(:today AS date)",
                "g.id = ANY(:ids)",
                "false",
            ),
        ),
        "programme",
    ),
} | {
    # Documents: one entity each, always there.
    kind: Kind(
        (Membership("SELECT 'g', d.id FROM unnest(CAST({by} AS uuid[])) AS d(id)", ":ids", "'{}'"),), is_held=False
    )
    for kind in (FeedKind.CALENDAR, FeedKind.LABELS, FeedKind.POLICY)
}

# What changes of contact owed bring along: the life event that it is owed after. Decides over nobody's scopes, so that
# nothing is locked for it.
OWED_BRINGS: Wider = {
    FeedKind.OBLIGATION: (
        (
            FeedKind.LIFE_EVENT,
            "SELECT o.life_event_id FROM obligation o WHERE o.id = ANY(:obligation) AND o.life_event_id IS NOT NULL",
        ),
    ),
}
# What was told of the touched places and of all that stand for the same household: after a merge whoever is linked to
# one of them has what was told of the others.
_GROUPED = (
    "place w JOIN place x ON x.id = coalesce(w.merged_into_id, w.id) JOIN place y ON (y.id = x.id"
    " OR y.merged_into_id = x.id) JOIN {table} m ON m.place_id = y.id WHERE w.id = ANY(:place)"
)
# What a change brings along: a link that begins or ends takes its place and the place's tasks into a scope or out of
# it; a place that is merged does so with its root and tasks.
WIDER: Wider = {
    FeedKind.LINK: (
        (FeedKind.PLACE, "SELECT l.place_id FROM link l WHERE l.id = ANY(:link)"),
        (
            FeedKind.PLACE,
            "SELECT a.merged_into_id FROM link l JOIN place a ON a.id = l.place_id"
            " WHERE l.id = ANY(:link) AND a.merged_into_id IS NOT NULL",
        ),
        (
            FeedKind.TASK,
            "SELECT p.task_id FROM link l JOIN place a ON a.id = l.place_id"
            " JOIN place x ON x.id = coalesce(a.merged_into_id, a.id)"
            " JOIN place pa ON (pa.id = x.id OR pa.merged_into_id = x.id)"
            " JOIN problem p ON p.place_id = pa.id WHERE l.id = ANY(:link) AND p.task_id IS NOT NULL",
        ),
        (
            FeedKind.COMMITMENT,
            "SELECT k.id FROM link l JOIN place a ON a.id = l.place_id"
            " JOIN place x ON x.id = coalesce(a.merged_into_id, a.id)"
            " JOIN place pa ON (pa.id = x.id OR pa.merged_into_id = x.id)"
            " JOIN commitment k ON k.place_id = pa.id WHERE l.id = ANY(:link) AND k.same_as_id IS NULL",
        ),
    ),
    FeedKind.PLACE: (
        (FeedKind.PLACE, "SELECT merged_into_id FROM place WHERE id = ANY(:place) AND merged_into_id IS NOT NULL"),
        (FeedKind.TASK, f"SELECT m.task_id FROM {_GROUPED.format(table='problem')} AND m.task_id IS NOT NULL"),
        (
            FeedKind.OBLIGATION,
            "SELECT o.id FROM obligation o JOIN place a ON a.id = o.place_id WHERE o.state = 'owed'"
            " AND (a.id = ANY(:place) OR a.merged_into_id = ANY(:place))",
        ),
        (FeedKind.COMMITMENT, f"SELECT m.id FROM {_GROUPED.format(table='commitment')} AND m.same_as_id IS NULL"),
    ),
}
