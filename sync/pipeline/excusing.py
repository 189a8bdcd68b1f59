"""The office in charge says why contact is not owed, or takes back what was said; both stand on the trail."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync import audit, clock
from sync.access import Actor, within
from sync.duty import excusing
from sync.duty.excusing import Standing, Told
from sync.errors import refuse
from sync.models import ExcuseTold, Obligation
from sync.roles import Noun
from sync.words import Excuse, ObligationState


def excuse_by_office(session: Session, actor: Actor, id_: UUID, told: UUID, why: Excuse, words: str) -> None:
    """Excuse an obligation of the office's scope; `told` again is harmless.

    Raises not-found, obligation-met, reason-missing (other without words), conflict (the id was used otherwise).
    """
    found = _hold(session, actor, id_)
    before = session.get(ExcuseTold, told)
    if before is not None:
        if (before.obligation_id, before.by, before.excuse) != (id_, actor.person_id, why):
            raise refuse("conflict", pointer="/id")
        return
    if found.state is ObligationState.MET:
        raise refuse("obligation-met")
    if why is Excuse.OTHER and not words.strip():
        raise refuse("reason-missing", pointer="/text")
    said = Told(id=told, obligation_id=id_, excuse=why, text=words.strip(), by=actor.person_id, at=clock.now())
    excusing.excuse(session, [said])
    audit.record(session, "obligation.excused", id_, actor_id=actor.person_id, excuse=why.value)


def restore_by_office(session: Session, actor: Actor, id_: UUID) -> None:
    """Take back what was said. Raises not-found, not-excused."""
    found = _hold(session, actor, id_)
    if not excusing.restore(session, id_, found.place_id, actor.person_id, clock.now()):
        raise refuse("not-excused")
    audit.record(session, "obligation.restored", id_, actor_id=actor.person_id)


def _hold(session: Session, actor: Actor, id_: UUID) -> Standing:
    seen = within(actor, select(Obligation.id).where(Obligation.id == id_), Noun.OBLIGATION)
    if session.scalar(seen) is None:
        raise refuse("not-found")
    return excusing.standing(session, [id_], clock.today())[id_]
