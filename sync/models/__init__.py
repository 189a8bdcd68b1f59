"""Tables, a file a noun. Importing this package maps them all."""

from sync.models.batch import Batch, BatchBody, BatchConflict, ErasedId, WaitingRecord
from sync.models.errand import Errand, Heartbeat
from sync.models.feed import FeedHead, FeedItem
from sync.models.person import Device, Enrolment, Login, LoginFailure, LoginSession, Person, PersonRole
from sync.models.photo import Blob, BlobUpload, Photo
from sync.models.place import Contact, Place
from sync.models.programme import Link, Programme
from sync.models.rule import Installation, PolicyOverride, Workday
from sync.models.staging import ImportRow
from sync.models.task import Problem, Route, Task
from sync.models.trail import Event, ReadAudit
from sync.models.types import Base
from sync.models.unit import Unit, UnitAbove, UnitCode
from sync.models.visit import SameVisit, Trace, Visit, VisitParty, VisitRev, VisitVerdict

__all__ = [
    "Base",
    "Batch",
    "BatchBody",
    "BatchConflict",
    "Blob",
    "BlobUpload",
    "Contact",
    "Device",
    "Enrolment",
    "ErasedId",
    "Errand",
    "Event",
    "FeedHead",
    "FeedItem",
    "Heartbeat",
    "ImportRow",
    "Installation",
    "Link",
    "Login",
    "LoginFailure",
    "LoginSession",
    "Person",
    "PersonRole",
    "Photo",
    "Place",
    "PolicyOverride",
    "Problem",
    "Programme",
    "ReadAudit",
    "Route",
    "SameVisit",
    "Task",
    "Trace",
    "Unit",
    "UnitAbove",
    "UnitCode",
    "Visit",
    "VisitParty",
    "VisitRev",
    "VisitVerdict",
    "WaitingRecord",
    "Workday",
]
