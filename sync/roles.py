"""Roles x nouns and roles x verbs: the tables behind `access`."""

from enum import Enum, auto

from sync.words import Role


class Noun(Enum):
    """What may be seen. A visit has three: that it was, its evidence, and what was said."""

    UNIT = auto()  # the tree
    COUNT = auto()  # numbers of a unit, without rows
    PLACE = auto()  # name, address, position
    CONTACT = auto()  # the people of a place with their numbers
    LINK = auto()  # who is linked to whom, and the category
    OBLIGATION = auto()  # whose contact is owed to whom, and what became of it
    VISIT = auto()  # when, where, who, outcome
    EVIDENCE = auto()  # fixes, photos, verdict
    FINDING = auto()  # what waits for a verifier
    STORY = auto()  # note, answers, commitments
    PROBLEM = auto()  # text, place, reporter unless 要求保密
    TASK = auto()  # number, state, holder, deadline; no text
    SEALED = auto()  # matters with a sealed kind
    BATCH = auto()  # sync health
    ACCOUNT = auto()  # people, roles, logins
    DEVICE = auto()  # phones
    SEAL_KEY = auto()  # officers' public keys
    READ = auto()  # the trail of reads
    OUTLIER = auto()  # the weekly list of unusual reading
    RETENTION = auto()  # what is kept how long, and the nightly reports
    LIFE_EVENT = auto()  # what happened in which home, and whose contact is owed
    COMMITMENT = auto()  # what was promised, in words
    AID = auto()  # what was given to which home
    NEEDY = auto()  # which homes stand on which list
    ABSENCE = auto()  # who is away, who stands in


class Reach(Enum):
    """How far a role reaches from the unit where it is held."""

    BELOW = auto()  # the unit and all units under it
    UNDER = auto()  # all units under it, not the unit itself
    HELD = auto()  # what the unit, or one under it, has to handle
    OFFICE = auto()  # what belongs to a programme of the unit
    OWN = auto()  # the person's own links, visits, reports, phones


_ADMIN = dict.fromkeys((Noun.UNIT, Noun.BATCH, Noun.ACCOUNT, Noun.DEVICE, Noun.ABSENCE), Reach.BELOW)
_HANDLER = {Noun.UNIT: Reach.BELOW, Noun.TASK: Reach.HELD, Noun.PROBLEM: Reach.HELD}
_OWN = dict.fromkeys(
    (
        Noun.VISIT, Noun.EVIDENCE, Noun.STORY, Noun.PROBLEM, Noun.TASK, Noun.BATCH, Noun.DEVICE, Noun.LIFE_EVENT,
        Noun.COMMITMENT, Noun.AID, Noun.ABSENCE,
    ),
    Reach.OWN,
)  # fmt: skip
SEES: dict[Role, dict[Noun, Reach]] = {
    Role.CADRE: _OWN | {
        Noun.UNIT: Reach.BELOW, Noun.PLACE: Reach.OWN, Noun.CONTACT: Reach.OWN, Noun.LINK: Reach.OWN,
        Noun.OBLIGATION: Reach.OWN,
    },
    Role.REPORTER: {
        Noun.PROBLEM: Reach.OWN, Noun.TASK: Reach.OWN, Noun.BATCH: Reach.OWN, Noun.DEVICE: Reach.OWN,
        Noun.LIFE_EVENT: Reach.OWN,
    },
    Role.VERIFIER: {
        Noun.UNIT: Reach.BELOW, Noun.VISIT: Reach.UNDER, Noun.EVIDENCE: Reach.UNDER, Noun.PLACE: Reach.UNDER,
        Noun.FINDING: Reach.UNDER,
    },
    Role.DISPATCHER: {
        Noun.UNIT: Reach.BELOW, Noun.PROBLEM: Reach.BELOW, Noun.TASK: Reach.BELOW, Noun.LIFE_EVENT: Reach.BELOW,
    },
    Role.HANDLER: _HANDLER,
    Role.APPROVER: _HANDLER,
    Role.PROGRAMME_OFFICE: {
        Noun.UNIT: Reach.BELOW, Noun.LINK: Reach.OFFICE, Noun.PLACE: Reach.OFFICE, Noun.CONTACT: Reach.OFFICE,
        Noun.OBLIGATION: Reach.OFFICE, Noun.LIFE_EVENT: Reach.BELOW, Noun.AID: Reach.OFFICE, Noun.NEEDY: Reach.BELOW,
    },
    Role.LEADER: {Noun.UNIT: Reach.BELOW, Noun.COUNT: Reach.BELOW, Noun.TASK: Reach.BELOW},
    Role.SEALED_OFFICER: {Noun.SEALED: Reach.BELOW, Noun.SEAL_KEY: Reach.BELOW},
    Role.UNIT_ADMIN: _ADMIN,
    # Three administrators apart: settings, roles, trails. None of them sees a household.
    Role.SYSTEM_ADMIN: {Noun.RETENTION: Reach.BELOW},
    Role.SECURITY_ADMIN: {
        Noun.UNIT: Reach.BELOW, Noun.ACCOUNT: Reach.BELOW, Noun.OUTLIER: Reach.BELOW, Noun.SEAL_KEY: Reach.BELOW,
    },
    Role.AUDIT_ADMIN: {Noun.READ: Reach.BELOW},
}  # fmt: skip
# The roles of responsibility (第一责任人, 片长, 包村干部 …) say who answers for a unit. They open nothing by
# themselves: whoever is to see something also holds one of the roles above.


class Verb(Enum):
    """Acts that need a role."""

    ISSUE_CODE = auto()
    END_DEVICE = auto()
    MERGE_PLACES = auto()
    END_SEAL_KEY = auto()
    TELL_ABSENCE = auto()


MAY: dict[Verb, dict[Role, Reach]] = {
    Verb.ISSUE_CODE: {Role.UNIT_ADMIN: Reach.BELOW},
    Verb.END_DEVICE: {Role.UNIT_ADMIN: Reach.BELOW},
    Verb.TELL_ABSENCE: {Role.UNIT_ADMIN: Reach.BELOW},
    # Mending addresses is the verifier's; an administrator of a unit never sees households.
    Verb.MERGE_PLACES: {Role.VERIFIER: Reach.UNDER},
    Verb.END_SEAL_KEY: {Role.SECURITY_ADMIN: Reach.BELOW},
}
