"""People, their dated roles, logins and phones."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from sync.models.types import At, Base, Days, Json, Sha256, UuidKey, stored
from sync.words import DeviceAlarm, DeviceState, Role

ADMINISTRATORS = ", ".join(f"'{role.value}'" for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN))
ONE_ROLE = "person_id::text || unit_id::text || role"


class Person(Base):
    """Somebody who works with the system. Residents are not persons here (no resident register)."""

    __tablename__ = "person"

    id: Mapped[UuidKey]
    staff_no: Mapped[str] = mapped_column(unique=True, comment="key of the import")
    name: Mapped[str]
    phone_cipher: Mapped[bytes | None] = mapped_column(comment="Fernet; key from settings")
    phone_hash: Mapped[bytes | None] = mapped_column(index=True, comment="keyed hash for look-up")
    created_at: Mapped[At] = mapped_column(server_default=text("now()"))


class PersonRole(Base):
    """A role held at a unit from day to day; a person sees the union of the held roles."""

    __tablename__ = "person_role"
    __table_args__ = (
        # One expression, so that the planner looks roles up in the b-tree and not here.
        ExcludeConstraint(
            (text(f"({ONE_ROLE})"), "="), ("valid", "&&"), name="ex_person_role_once", using="gist",
        ),
        # Whoever gives rights out neither runs the house nor judges the trail: three people, not one with three roles.
        ExcludeConstraint(
            (text("person_id"), "="), (text("(CAST(role AS text))"), "<>"), ("valid", "&&"),
            name="ex_person_role_apart", using="gist", where=text(f"role IN ({ADMINISTRATORS})"),
        ),
        Index("ix_person_role_person_id", "person_id"),
        Index("ix_person_role_unit_id", "unit_id", "role"),
    )  # fmt: skip

    id: Mapped[UuidKey]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[Role] = mapped_column(stored(Role))
    valid: Mapped[Days] = mapped_column(server_default=text("'(,)'"))


class Login(Base):
    """Name and Argon2id password of a person."""

    __tablename__ = "login"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    disabled_at: Mapped[datetime | None]
    changed_at: Mapped[At] = mapped_column(server_default=text("now()"))


class LoginSession(Base):
    """A browser that logged in; the cookie holds the token, the table its SHA-256."""

    __tablename__ = "login_session"

    token_hash: Mapped[Sha256] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    csrf: Mapped[str]
    created_at: Mapped[At]
    seen_at: Mapped[At]
    expires_at: Mapped[At]


class LoginFailure(Base):
    """Failed attempts by key (`account:…`, `address:…`, `code:…`); limits on them fail closed."""

    __tablename__ = "login_failure"
    __table_args__ = (Index("ix_login_failure_key_at", "key", "at"),)

    id: Mapped[UuidKey]
    key: Mapped[str]
    at: Mapped[At]


class Enrolment(Base):
    """A one-time code of eight digits with which a person's phone enrols."""

    __tablename__ = "enrolment"

    id: Mapped[UuidKey]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[Sha256]
    issued_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    issued_at: Mapped[At]
    expires_at: Mapped[At]
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    used_at: Mapped[datetime | None]


class Device(Base):
    """A phone bound to one person; it owns its batches whatever becomes of its token."""

    __tablename__ = "device"

    id: Mapped[UuidKey]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[DeviceState] = mapped_column(stored(DeviceState))
    state_at: Mapped[At]
    token_hash: Mapped[Sha256] = mapped_column(unique=True)
    token_expires_at: Mapped[At]
    token_ends_at: Mapped[At] = mapped_column(comment="absolute end; the sliding end never passes it")
    receipt_key: Mapped[bytes] = mapped_column(comment="HMAC key of this phone's receipts")
    public_key: Mapped[bytes | None] = mapped_column(comment="P-256 from the phone's keystore, DER")
    token_no: Mapped[int] = mapped_column(server_default=text("0"), comment="number of the token in use")
    family_no: Mapped[int] = mapped_column(server_default=text("0"), comment="number of the last enrolment's token")
    revoked_at: Mapped[datetime | None] = mapped_column(comment="its tokens were ended; a new enrolment begins others")
    alarm: Mapped[DeviceAlarm | None] = mapped_column(stored(DeviceAlarm))
    alarm_at: Mapped[datetime | None]
    about: Mapped[Json] = mapped_column(server_default=text("'{}'"), comment="model, system, app version")
    enrolled_at: Mapped[At]
    seen_at: Mapped[datetime | None]
