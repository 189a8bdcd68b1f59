"""People, their dated roles and their logins. Each act leaves an event; `by` is None for the operator's shell."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from sync import audit, ids
from sync.errors import refuse
from sync.identity import passwords, rules
from sync.identity.contact_cipher import ContactCipher
from sync.identity.queries import active_devices
from sync.models import Login, LoginFailure, LoginSession, Person, PersonRole
from sync.policy import Logins
from sync.words import DeviceState, Role


def add_person(
    session: Session, staff_no: str, name: str, phone: str | None = None, cipher: ContactCipher | None = None
) -> UUID:
    """Add somebody who works with the system; the phone number is sealed with `cipher`.

    A staff number that exists violates uq_person_staff_no. Raises PhoneNumberError.
    """
    sealed, digest = cipher.seal(phone) if phone and cipher else (None, None)
    person = Person(id=ids.uuid7(), staff_no=staff_no, name=name, phone_cipher=sealed, phone_hash=digest)
    session.add(person)
    session.flush()
    audit.record(session, "person.added", person.id)
    return person.id


def give_role(
    session: Session,
    person_id: UUID,
    role: Role,
    unit_id: UUID,
    *,
    since: date | None = None,
    until: date | None = None,
    by: UUID | None = None,
) -> None:
    """Give a role at a unit from `since` (inclusive, None: always) to `until` (exclusive, None: for good).

    A role that is held already in these days violates ex_person_role_once, a second of the three
    administrators' roles in these days ex_person_role_apart.
    """
    session.add(PersonRole(id=ids.uuid7(), person_id=person_id, unit_id=unit_id, role=role, valid=Range(since, until)))
    session.flush()
    audit.record(session, "person.role_given", person_id, unit_id=unit_id, actor_id=by, role=role.value)


def end_role(session: Session, person_id: UUID, role: Role, unit_id: UUID, on: date, by: UUID | None = None) -> int:
    """End a held role: `on` is the first day without it. Rows that would become empty go. How many roles ended."""
    held = [PersonRole.person_id == person_id, PersonRole.role == role, PersonRole.unit_id == unit_id]
    never = delete(PersonRole).where(*held, func.lower(PersonRole.valid) >= on).returning(PersonRole.id)
    ended = (
        update(PersonRole)
        .where(*held, PersonRole.valid.contains(on))
        .values(valid=func.daterange(func.lower(PersonRole.valid), on))
        .returning(PersonRole.id)
    )
    count = len(session.scalars(never).all()) + len(session.scalars(ended).all())
    if count:
        audit.record(session, "person.role_ended", person_id, unit_id=unit_id, actor_id=by, role=role.value)
    return count


def set_login(session: Session, person_id: UUID, username: str, password: str, now: datetime, policy: Logins) -> str:
    """Give a person a login, or a new name and password; every browser is logged out. The name as stored.

    Raises username-invalid, password-weak; a name of somebody else violates uq_login_username.
    """
    name = rules.username(username)
    passwords.require_strength(password, name, policy)
    login = session.get(Login, person_id) or Login(person_id=person_id)
    login.username, login.password_hash = name, passwords.hashed(password, policy)
    login.disabled_at, login.changed_at = None, now
    session.add(login)
    session.flush()
    _log_out_everywhere(session, person_id)
    audit.record(session, "login.set", person_id)
    return name


def disable_login(session: Session, person_id: UUID, now: datetime, by: UUID | None = None) -> int:
    """End what a person may do: browsers are logged out, phones retired. How many phones. Raises not-found."""
    login = session.get(Login, person_id)
    if login is None:
        raise refuse("not-found")
    login.disabled_at = now
    _log_out_everywhere(session, person_id)
    phones = session.scalars(active_devices(person_id)).all()
    for phone in phones:
        phone.state, phone.state_at = DeviceState.RETIRED, now
    audit.record(session, "login.disabled", person_id, actor_id=by, phones=len(phones))
    return len(phones)


def forget_ended(session: Session, now: datetime, policy: Logins) -> None:
    """Delete wrong tries that count for no lock any more, and sessions that have ended."""
    session.execute(delete(LoginFailure).where(LoginFailure.at < now - failures_matter(policy)))
    session.execute(delete(LoginSession).where(LoginSession.expires_at <= now))


def failures_matter(policy: Logins) -> timedelta:
    """How far back wrong tries can still lengthen a lock."""
    return timedelta(hours=3 * policy.lock_hours_max)


def person_of_staff_no(session: Session, staff_no: str) -> Person:
    """The person with a staff number. Raises not-found."""
    person = session.scalars(select(Person).where(Person.staff_no == staff_no)).one_or_none()
    if person is None:
        raise refuse("not-found", detail=staff_no)
    return person


def _log_out_everywhere(session: Session, person_id: UUID) -> None:
    session.execute(delete(LoginSession).where(LoginSession.person_id == person_id))
