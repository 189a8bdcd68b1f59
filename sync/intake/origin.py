"""Where a record came from: records of several batches are applied as one set."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sync.intake.rules import SentClock
from sync.intake.wire import Record, kind_of
from sync.words import RecordKind, Role

# Roles whose holders go into homes; a community reporter tells problems and life events, without visits.
VISITING = frozenset(Role) - {Role.REPORTER, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """A batch as its records see it. `roles`: every role that the phone's holder ever had, newest first, because a
    late batch is judged by what held then; `late` lets held records go on without their parents."""

    device_id: UUID
    batch_id: UUID
    person_id: UUID
    roles: tuple[tuple[Role, UUID], ...]
    received_at: datetime
    sent: SentClock
    late: bool

    @property
    def may_visit(self) -> bool:
        """Whether the holder ever had a role that goes into homes."""
        return any(role in VISITING for role, _ in self.roles)

    @property
    def home_unit(self) -> UUID | None:
        """The holder's own unit: where a record counts whose place never became known."""
        return self.roles[0][1] if self.roles else None


class Item(NamedTuple):
    """One understood record with its origin; `ord` is its place in the batch, `sha256` that of its bytes."""

    origin: Origin
    ord: int
    record: Record
    sha256: bytes

    @property
    def kind(self) -> RecordKind:
        """The word of the record's kind."""
        return kind_of(self.record)
