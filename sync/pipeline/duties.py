"""From visits to obligations, and what holders say about what they owe."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from sync import errands
from sync.duty import excusing, rounds
from sync.duty.discharging import Contact, discharge, discharge_visits
from sync.duty.excusing import Told
from sync.duty.lapsing import lapse
from sync.intake.drafts import VisitDraft
from sync.intake.origin import Item
from sync.intake.parents import Parents
from sync.intake.results import Answer
from sync.intake.rules import correct
from sync.intake.wire import ObligationExcuseRecord
from sync.pipeline.refusing import answer, hold_or_keep, known_already
from sync.pipeline.walk import Walk
from sync.policy import Policy
from sync.words import Excuse, Job, ObligationState, RecordState


def discharge_told(walk: Walk, new: Sequence[VisitDraft], revised: Sequence[VisitDraft]) -> None:
    """Let stored visits of a set meet what is owed in their homes; a revision may tell another outcome."""
    discharge(walk.session, [Contact(one.record.place, one.started.at) for one in new])
    discharge_visits(walk.session, [one.record.id for one in revised])


def take_excuses(walk: Walk, _: Parents, items: Sequence[Item]) -> list[Answer]:
    """Excuses of holders: whoever has an obligation says why contact is not owed; one that was met stays met."""
    records = [(item, item.record) for item in items if isinstance(item.record, ObligationExcuseRecord)]
    authors = excusing.authors(walk.session, [record.id for _, record in records])
    owed = excusing.standing(walk.session, {record.obligation for _, record in records}, walk.today)
    answers: list[Answer] = []
    told: list[Told] = []
    for item, record in records:
        if record.id in authors:
            answers.append(known_already(item, authors[record.id]))
        elif record.obligation not in owed:
            answers.append(hold_or_keep(walk, item, record.obligation))
        elif item.origin.person_id not in owed[record.obligation].holders:
            answers.append(answer(item, RecordState.UNPERMITTED, reason="not-your-obligation"))
        elif record.excuse is Excuse.LINK_ENDED:
            answers.append(answer(item, RecordState.REJECTED, reason="invalid", pointer="/excuse"))
        elif owed[record.obligation].state is ObligationState.MET:
            answers.append(answer(item, RecordState.CONFLICT, reason="obligation-met"))
        else:
            authors[record.id] = item.origin.person_id
            told.append(_told(walk, item, record))
            answers.append(answer(item, RecordState.APPLIED))
    excusing.excuse(walk.session, told)
    return answers


def _told(walk: Walk, item: Item, record: ObligationExcuseRecord) -> Told:
    moment, origin = record.said, item.origin
    at = correct(moment.wall, moment.elapsed_ms, moment.boot_id, origin.sent, walk.policy.push).at
    return Told(
        id=record.id, obligation_id=record.obligation, excuse=record.excuse, text=record.text, by=origin.person_id,
        at=at, device_id=origin.device_id, batch_id=origin.batch_id,
    )  # fmt: skip


def owe_visits(session: Session, policy: Policy, subject: str) -> None:
    """A step of the round through the links; `subject` is the job's own word, or "<word>/<link to go on after>"."""
    after = subject.removeprefix(Job.OWE_VISITS.value).lstrip("/")
    rounds.owe_visits(session, policy, UUID(after) if after else None)


def lapse_obligations(session: Session, policy: Policy) -> None:
    """Let what nobody met lapse, a piece at a time."""
    if lapse(session, policy.duty) == policy.duty.lapse_chunk:
        errands.owe(session, Job.LAPSE_OBLIGATIONS, Job.LAPSE_OBLIGATIONS.value, dedupe_key="lapse/more", priority=8)
