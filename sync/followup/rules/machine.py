"""The machine of a task: one table of the moves that there are, who makes them, from where to where.

The order is that of product.md, Rules of the trade: 受理, 转办/交办, 签收, 办理, 答复, 反馈, 回访, (重办, 会商), 办结;
beside it 退单, 权责裁定, 待补充, 暂停计时, 挂账, 申请剔除, 并案, 撤回 (practice.md 3c to 3e).
"""

from collections.abc import Collection
from enum import Enum, auto
from typing import NamedTuple

from sync.words import Hand, Move, RequestKind, TaskState

S = TaskState


class Clock(Enum):
    """What a move does to the term of the task."""

    LEAVES = auto()
    STARTS = auto()  # a new term from now
    STOPS = auto()
    RESUMES = auto()
    ENDS = auto()  # what was owed in time was done


class Need(Enum):
    """What a move must tell."""

    REASON = auto()
    TEXT = auto()  # words for the resident, or of the record that the move makes
    BASIS = auto()
    UNIT = auto()
    PERSON = auto()
    OUTCOME = auto()
    HOW = auto()
    AMOUNT = auto()
    REVIEW_ON = auto()
    CONFERRED = auto()
    MEDIATED = auto()
    REQUEST = auto()
    INTO = auto()


class Step(NamedTuple):
    """One line of the table. `to` None: the state stays; `asks`: the move opens a request, and takes effect when
    that is granted (with an approver in the unit, for REPORT and RETURN; always for the others)."""

    by: frozenset[Hand]
    frm: frozenset[TaskState]
    to: TaskState | None = None
    clock: Clock = Clock.LEAVES
    needs: frozenset[Need] = frozenset()
    asks: RequestKind | None = None


ENDED = frozenset({S.CLOSED, S.WITHDRAWN, S.MERGED})
OPEN = frozenset(S) - ENDED
AT_DESK = frozenset({S.RECEIVED, S.INCOMPLETE, S.RETURNED, S.RULING, S.CONFERENCE})
AT_UNIT = frozenset({S.DISPATCHED, S.REDO, S.ACCEPTED, S.IN_PROGRESS, S.ANSWERED})
WORKED = frozenset({S.ACCEPTED, S.IN_PROGRESS})
WAITING = frozenset({S.PAUSED, S.PARKED, S.EXCLUSION_ASKED})
NOT_TIMED = AT_DESK | WAITING | {S.REPORTED, S.CALLBACK}
DISPATCHER, UNIT, MACHINE = Hand.DISPATCHER, Hand.UNIT, Hand.MACHINE


def _step(
    by: Collection[Hand], frm: Collection[TaskState], to: TaskState | None = None, clock: Clock = Clock.LEAVES,
    needs: Collection[Need] = (), asks: RequestKind | None = None,
) -> Step:  # fmt: skip
    return Step(frozenset(by), frozenset(frm), to, clock, frozenset(needs), asks)


STEPS: dict[Move, Step] = {
    Move.RECEIVE: _step([MACHINE, DISPATCHER, Hand.LEADER], [], S.RECEIVED),
    # Elements are missing: the question goes to whoever told it, the clock stands (3c 16).
    Move.ASK_BACK: _step([DISPATCHER], [S.RECEIVED, S.RETURNED], S.INCOMPLETE, Clock.STOPS, [Need.TEXT]),
    Move.SUPPLY: _step([Hand.REPORTER, DISPATCHER, Hand.RESIDENT], [S.INCOMPLETE], S.RECEIVED, needs=[Need.TEXT]),
    # The clock starts at dispatch; a returned task goes on counting in its first term only if the ruling says so.
    Move.DISPATCH: _step([DISPATCHER, MACHINE], [S.RECEIVED, S.RETURNED], S.DISPATCHED, Clock.STARTS, [Need.UNIT]),
    Move.ORDER: _step([Hand.LEADER], [S.RECEIVED, S.RETURNED], S.DISPATCHED, Clock.STARTS, [Need.UNIT, Need.TEXT]),
    Move.RECALL: _step([DISPATCHER], [S.DISPATCHED], S.RECEIVED, Clock.STOPS, [Need.REASON]),
    Move.RISE: _step([DISPATCHER, MACHINE], [S.RECEIVED], S.RECEIVED, needs=[Need.REASON]),
    Move.HAND_DOWN: _step([DISPATCHER], [S.RECEIVED, S.RETURNED], S.RECEIVED, needs=[Need.UNIT]),
    Move.SOLVE: _step([DISPATCHER], [S.RECEIVED, S.RETURNED], S.CLOSED, Clock.ENDS, [Need.TEXT]),
    Move.NOT_OURS: _step([DISPATCHER], [S.RECEIVED, S.RETURNED], S.CLOSED, Clock.ENDS, [Need.TEXT]),
    Move.ACCEPT: _step([UNIT], [S.DISPATCHED, S.REDO], S.ACCEPTED),
    Move.ASSIGN: _step([UNIT], AT_UNIT, needs=[Need.PERSON]),
    Move.START: _step([UNIT], [S.ACCEPTED], S.IN_PROGRESS),
    # Within its time and with a basis; the second return goes to the next level's ruling (rules of the trade).
    Move.RETURN: _step(
        [UNIT], [S.DISPATCHED, S.ACCEPTED], S.RETURNED, Clock.STOPS, [Need.BASIS, Need.REASON], RequestKind.RETURN
    ),
    Move.RULE: _step([DISPATCHER], [S.RULING], S.DISPATCHED, Clock.STARTS, [Need.UNIT, Need.TEXT]),
    Move.MEDIATE: _step([UNIT], WORKED, S.IN_PROGRESS, needs=[Need.MEDIATED, Need.TEXT]),
    Move.ANSWER: _step([UNIT], WORKED | {S.ANSWERED}, S.ANSWERED, needs=[Need.HOW, Need.TEXT]),
    Move.REPORT: _step([UNIT], [S.ANSWERED], S.REPORTED, Clock.ENDS, [Need.OUTCOME, Need.TEXT], RequestKind.REPORT),
    Move.ASK_EXTENSION: _step(
        [UNIT], AT_UNIT, needs=[Need.AMOUNT, Need.REASON], asks=RequestKind.EXTENSION
    ),
    Move.ASK_PAUSE: _step([UNIT], WORKED, S.PAUSED, Clock.STOPS, [Need.REASON], RequestKind.PAUSE),
    Move.RESUME: _step([UNIT, DISPATCHER, MACHINE], [S.PAUSED], clock=Clock.RESUMES),
    Move.ASK_PARK: _step(
        [UNIT], WORKED | {S.ANSWERED}, S.PARKED, Clock.STOPS, [Need.REASON, Need.REVIEW_ON, Need.TEXT], RequestKind.PARK
    ),
    Move.UNPARK: _step([DISPATCHER, UNIT], [S.PARKED], clock=Clock.RESUMES, needs=[Need.REASON]),
    # While it is asked the clock stands; denied, the task goes on where it was; granted, it leaves the rates and ends.
    Move.ASK_EXCLUSION: _step(
        [UNIT], AT_UNIT, S.EXCLUSION_ASKED, Clock.STOPS, [Need.REASON, Need.TEXT], RequestKind.EXCLUSION
    ),
    Move.GRANT: _step([DISPATCHER, Hand.APPROVER], OPEN, needs=[Need.REQUEST]),
    Move.DENY: _step([DISPATCHER, Hand.APPROVER], OPEN, needs=[Need.REQUEST, Need.REASON]),
    Move.CALL_BACK: _step([MACHINE, DISPATCHER], [S.REPORTED], S.CALLBACK),
    Move.REDO: _step([MACHINE, Hand.CALLER, DISPATCHER], [S.REPORTED, S.CALLBACK], S.REDO, Clock.STARTS),
    Move.TO_CONFERENCE: _step([MACHINE, Hand.CALLER, DISPATCHER], [S.REPORTED, S.CALLBACK], S.CONFERENCE),
    Move.CONFER: _step([DISPATCHER], [S.CONFERENCE], needs=[Need.CONFERRED, Need.TEXT]),
    Move.CLOSE: _step([MACHINE, Hand.CALLER, DISPATCHER], [S.REPORTED, S.CALLBACK], S.CLOSED),
    # Told again within 30 days of its end: recurrence (D5.6).
    Move.REOPEN: _step([MACHINE, DISPATCHER, Hand.RESIDENT], [S.CLOSED], S.RECEIVED, Clock.STOPS),
    Move.MERGE: _step([DISPATCHER, MACHINE], OPEN, S.MERGED, Clock.STOPS, [Need.INTO]),
    Move.PART: _step([DISPATCHER], [S.MERGED], clock=Clock.RESUMES),
    Move.WITHDRAW: _step(
        [Hand.REPORTER, DISPATCHER, Hand.RESIDENT], OPEN - {S.REPORTED, S.CALLBACK}, S.WITHDRAWN, Clock.ENDS,
        [Need.REASON],
    ),
    Move.URGE: _step([DISPATCHER, Hand.LEADER], AT_UNIT, needs=[Need.TEXT]),
    Move.REMARK: _step(
        [DISPATCHER, UNIT, Hand.ASSISTING, Hand.APPROVER, Hand.LEADER, Hand.REPORTER], list(TaskState),
        needs=[Need.TEXT],
    ),
}  # fmt: skip
# Who decides about what was asked for.
DECIDES: dict[RequestKind, Hand] = {
    RequestKind.REPORT: Hand.APPROVER,
    RequestKind.RETURN: Hand.APPROVER,
    RequestKind.EXTENSION: Hand.DISPATCHER,
    RequestKind.PAUSE: Hand.DISPATCHER,
    RequestKind.PARK: Hand.DISPATCHER,
    RequestKind.EXCLUSION: Hand.DISPATCHER,
}
# What a phone may hand in as `task_move`: nothing that gives work to others.
FROM_PHONES = frozenset(
    {
        Move.SUPPLY, Move.WITHDRAW, Move.REMARK, Move.ACCEPT, Move.START, Move.ANSWER, Move.REPORT, Move.MEDIATE,
        Move.ASK_EXTENSION,
    }
)  # fmt: skip


def refused_because(move: Move, state: TaskState, hands: Collection[Hand]) -> str | None:
    """The code of the refusal of a move in this state by somebody with these hands; None if it may be made."""
    step = STEPS[move]
    if not step.by & frozenset(hands):
        return "forbidden"
    return None if state in step.frm else "move-not-now"


def possible(state: TaskState, hands: Collection[Hand]) -> list[Move]:
    """The moves that somebody with these hands may make in this state: what a screen offers."""
    return [move for move in STEPS if refused_because(move, state, hands) is None]
