"""Tables, a file a noun. Importing this package maps them all."""

from sync.models.batch import Batch, BatchBody, BatchConflict, ErasedId, WaitingRecord
from sync.models.count import VisitCount, VisitDelta
from sync.models.duty import ExcuseTold, Obligation, ProgrammeRule
from sync.models.edit import EditDecision, EditedField, PlaceEdit, ProposalDecision
from sync.models.errand import Errand, Heartbeat
from sync.models.feed import FeedHead, FeedItem, Pull
from sync.models.life import Absence, Aid, Commitment, CommitmentWord, LifeEventTold, Needy, RosterEntry
from sync.models.person import Device, Enrolment, Login, LoginFailure, LoginSession, Person, PersonRole
from sync.models.phone import DeviceHealth, DeviceToken
from sync.models.photo import Blob, BlobUpload, Photo, PhotoMark, Picture
from sync.models.place import Area, Contact, Place, PlaceMerge, PlacePosition, PlaceSeen
from sync.models.privacy import RetentionReport, SealKey, SubjectRequest
from sync.models.programme import HandOver, Link, Programme
from sync.models.review import DatumGroup, Decision, DeviceShare, Draw, Finding, Question, Said
from sync.models.rule import Installation, PolicyOverride, Workday
from sync.models.staging import ImportRow
from sync.models.task import DueHistory, Problem, Route, Task, TaskNote, TaskRequest, TaskUnit
from sync.models.trail import Event, ReadAudit, ReadOutlier
from sync.models.types import Base
from sync.models.unit import Unit, UnitAbove, UnitCode
from sync.models.visit import CoVisit, SameVisit, Trace, Visit, VisitParty, VisitRev, VisitVerdict

__all__ = [
    "Absence",
    "Aid",
    "Area",
    "Base",
    "Batch",
    "BatchBody",
    "BatchConflict",
    "Blob",
    "BlobUpload",
    "CoVisit",
    "Commitment",
    "CommitmentWord",
    "Contact",
    "DatumGroup",
    "Decision",
    "Device",
    "DeviceHealth",
    "DeviceShare",
    "DeviceToken",
    "Draw",
    "DueHistory",
    "EditDecision",
    "EditedField",
    "Enrolment",
    "ErasedId",
    "Errand",
    "Event",
    "ExcuseTold",
    "FeedHead",
    "FeedItem",
    "Finding",
    "HandOver",
    "Heartbeat",
    "ImportRow",
    "Installation",
    "LifeEventTold",
    "Link",
    "Login",
    "LoginFailure",
    "LoginSession",
    "Needy",
    "Obligation",
    "Person",
    "PersonRole",
    "Photo",
    "PhotoMark",
    "Picture",
    "Place",
    "PlaceEdit",
    "PlaceMerge",
    "PlacePosition",
    "PlaceSeen",
    "PolicyOverride",
    "Problem",
    "Programme",
    "ProgrammeRule",
    "ProposalDecision",
    "Pull",
    "Question",
    "ReadAudit",
    "ReadOutlier",
    "RetentionReport",
    "RosterEntry",
    "Route",
    "Said",
    "SameVisit",
    "SealKey",
    "SubjectRequest",
    "Task",
    "TaskNote",
    "TaskRequest",
    "TaskUnit",
    "Trace",
    "Unit",
    "UnitAbove",
    "UnitCode",
    "Visit",
    "VisitCount",
    "VisitDelta",
    "VisitParty",
    "VisitRev",
    "VisitVerdict",
    "WaitingRecord",
    "Workday",
]
