"""One visit as a verifier opens it."""

from marshmallow import Schema, fields, validate

from api.schemas.review import BothSchema, NamedSchema
from api.schemas.words import WordField
from sync.words import (
    Attestation,
    Cause,
    ClockMethod,
    Datum,
    Deciding,
    FindingState,
    Mode,
    Outcome,
    PhotoState,
    PictureState,
    PlaceKind,
    PositionMethod,
    Provider,
    Reason,
    Recorded,
    SameKind,
    Statement,
    Verdict,
)


class FindingSchema(Schema):
    """An undecided finding of a visit."""

    id = fields.UUID(required=True)
    cause = WordField(Cause, required=True)
    key = fields.String(required=True)
    state = WordField(FindingState, required=True)
    reasons = fields.List(fields.String(), required=True)
    opened_at = fields.AwareDateTime(required=True)
    asked_at = fields.AwareDateTime(required=True, allow_none=True)
    answered_at = fields.AwareDateTime(required=True, allow_none=True)


class CasePlaceSchema(NamedSchema):
    """Where the visit should have been: position in WGS 84, or null."""

    address = fields.String(required=True, allow_none=True)
    kind = WordField(PlaceKind, required=True, allow_none=True)
    lon = fields.Float(required=True, allow_none=True)
    lat = fields.Float(required=True, allow_none=True)
    radius_m = fields.Float(required=True, allow_none=True)
    position_datum = WordField(Datum, required=True, allow_none=True)
    method = WordField(PositionMethod, required=True, allow_none=True)


class ClockSchema(Schema):
    """How the times were found, and how sure they are."""

    method = WordField(ClockMethod, required=True)
    uncertainty_s = fields.Float(required=True)


class ReasonSchema(Schema):
    """One reason of the newest judgement."""

    code = WordField(Reason, required=True)
    label = fields.Nested(BothSchema, required=True)
    weight = fields.Float(required=True)
    facts = fields.Dict(required=True)


class FixSchema(Schema):
    """One fix: lon, lat in WGS 84 as judged; told_lon, told_lat as the phone sent them."""

    lon = fields.Float(required=True, allow_none=True)
    lat = fields.Float(required=True, allow_none=True)
    told_lon = fields.Float(required=True)
    told_lat = fields.Float(required=True)
    datum = WordField(Datum, required=True)
    read_as = WordField(Datum, required=True)
    accuracy_m = fields.Float(required=True, allow_none=True)
    at = fields.AwareDateTime(required=True, allow_none=True)
    provider = WordField(Provider, required=True)
    mock = fields.Boolean(required=True)
    usable = fields.Boolean(required=True)
    inside = fields.Boolean(required=True)
    far = fields.Boolean(required=True)


class PictureSchema(Schema):
    """What a photo shows of itself; `fault` says why it could not be read."""

    state = WordField(PictureState, required=True)
    fault = fields.String(required=True, allow_none=True)
    width = fields.Integer(required=True, allow_none=True)
    height = fields.Integer(required=True, allow_none=True)
    taken_at = fields.AwareDateTime(required=True, allow_none=True)
    lon = fields.Float(required=True, allow_none=True)
    lat = fields.Float(required=True, allow_none=True)


class SimilarSchema(Schema):
    """The same photo, or one that looks alike, in another visit."""

    visit = fields.UUID(required=True)
    photo = fields.UUID(required=True)
    exact = fields.Boolean(required=True)
    bits = fields.Integer(required=True, metadata={"description": "Of the 64 of the difference hash that differ"})
    small = fields.String(required=True)
    large = fields.String(required=True)
    place = fields.Nested(NamedSchema, required=True)
    cadre = fields.Nested(NamedSchema, required=True)
    started_at = fields.AwareDateTime(required=True)


class CasePhotoSchema(Schema):
    """A photo of the visit with its likes elsewhere."""

    id = fields.UUID(required=True)
    sha256 = fields.String(required=True)
    state = WordField(PhotoState, required=True)
    picture = fields.Nested(PictureSchema, required=True, allow_none=True)
    small = fields.String(required=True)
    large = fields.String(required=True)
    similar = fields.List(fields.Nested(SimilarSchema), required=True)


class NearPlaceSchema(Schema):
    """Place of a cited visit."""

    name = fields.String(required=True, allow_none=True)
    lon = fields.Float(required=True, allow_none=True)
    lat = fields.Float(required=True, allow_none=True)


class NeighbourSchema(Schema):
    """A visit that a reason cites; at most two are shown."""

    visit = fields.UUID(required=True)
    place = fields.Nested(NearPlaceSchema, required=True)
    started_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True)
    reason = WordField(Reason, required=True)


class JudgedSchema(Schema):
    """One judgement of the machine."""

    n = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    verdict = WordField(Verdict, required=True)
    reasons = fields.List(fields.String(), required=True)
    policy_version = fields.String(required=True)


class DecisionSchema(Schema):
    """What a person decided; `group` is the id that undoes it with the others of its group."""

    id = fields.UUID(required=True)
    group = fields.UUID(required=True, allow_none=True)
    deciding = WordField(Deciding, required=True)
    verdict = WordField(Verdict, required=True, allow_none=True)
    reason = fields.String(required=True)
    by = fields.Nested(NamedSchema, required=True)
    at = fields.AwareDateTime(required=True)
    undone_at = fields.AwareDateTime(required=True, allow_none=True)


class QuestionSchema(Schema):
    """What the cadre was asked."""

    id = fields.UUID(required=True)
    text = fields.String(required=True)
    by = fields.Nested(NamedSchema, required=True)
    at = fields.AwareDateTime(required=True)
    answered_at = fields.AwareDateTime(required=True, allow_none=True)
    withdrawn_at = fields.AwareDateTime(required=True, allow_none=True)


class SaidSchema(Schema):
    """What the cadre said."""

    id = fields.UUID(required=True)
    kind = WordField(Statement, required=True)
    codes = fields.List(WordField(Attestation), required=True)
    text = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    question = fields.UUID(required=True, allow_none=True)


class SameSchema(Schema):
    """A visit that tells of the same; `by` null: the machine found it."""

    id = fields.UUID(required=True)
    visit = fields.UUID(required=True)
    is_child = fields.Boolean(required=True, metadata={"description": "This visit points to the other"})
    kind = WordField(SameKind, required=True)
    method = fields.String(required=True)
    by = fields.Nested(NamedSchema, required=True, allow_none=True)
    undone = fields.Boolean(required=True)


class MaySchema(Schema):
    """What this verifier may do now."""

    confirm = fields.Boolean(required=True)
    ask = fields.Boolean(required=True)
    refuse = fields.Boolean(required=True)
    correct_address = fields.Boolean(required=True)
    correct_datum = fields.Boolean(required=True)
    declare_sharing = fields.Boolean(required=True)
    same_visit = fields.Boolean(required=True)
    other_visit = fields.Boolean(required=True)
    undo = fields.Boolean(required=True)


class CaseSchema(Schema):
    """One visit with everything that a verifier may see of it."""

    visit = fields.UUID(required=True)
    finding = fields.UUID(required=True)
    cause = WordField(Cause, required=True)
    key = fields.String(required=True)
    state = WordField(FindingState, required=True)
    findings = fields.List(fields.Nested(FindingSchema), required=True)
    unit = fields.Nested(NamedSchema, required=True)
    cadre = fields.Nested(NamedSchema, required=True)
    place = fields.Nested(CasePlaceSchema, required=True)
    outcome = WordField(Outcome, required=True)
    mode = WordField(Mode, required=True)
    recorded = WordField(Recorded, required=True)
    started_at = fields.AwareDateTime(required=True)
    ended_at = fields.AwareDateTime(required=True)
    received_at = fields.AwareDateTime(required=True)
    clock = fields.Nested(ClockSchema, required=True)
    verdict = WordField(Verdict, required=True)
    explanation = fields.Nested(BothSchema, required=True)
    reasons = fields.List(fields.Nested(ReasonSchema), required=True)
    numbers = fields.Dict(required=True)
    fixes = fields.List(fields.Nested(FixSchema), required=True)
    photos = fields.List(fields.Nested(CasePhotoSchema), required=True)
    neighbours = fields.List(fields.Nested(NeighbourSchema), required=True, validate=validate.Length(max=2))
    history = fields.List(fields.Nested(JudgedSchema), required=True)
    decisions = fields.List(fields.Nested(DecisionSchema), required=True)
    questions = fields.List(fields.Nested(QuestionSchema), required=True)
    said = fields.List(fields.Nested(SaidSchema), required=True)
    same = fields.List(fields.Nested(SameSchema), required=True)
    may = fields.Nested(MaySchema, required=True)
    undoes = fields.UUID(required=True, allow_none=True)
    refuse_from = fields.AwareDateTime(required=True, allow_none=True)
