"""What the OpenAPI document says about handing over a batch: the payload's schemas, an example, every answer."""

from typing import Any

import msgspec

from api.telling import CLOCK_HEADER, PHONE_HEADER
from sync.intake import wire

COMPONENT = "#/components/schemas/Payload{name}"
EXAMPLE: dict[str, Any] = {
    "schema": 1,
    "batch": "01932c5e-7c00-7000-8000-000000000001",
    "device_seq": 17,
    "sent": {"at": "2026-03-10T19:02:11+08:00", "elapsed_ms": 86400123, "boot_id": "b7f3"},
    "app": {"name": "doorstep-web", "version": "1.0.0"},
    "records": [
        {
            "kind": "visit",
            "id": "01932c5e-7c00-7000-8000-000000000002",
            "place": "01932c5e-7c00-7000-8000-000000000003",
            "outcome": "met",
            "mode": "home",
            "recorded": "now",
            "started": {"wall": "2026-03-10T09:30:00+08:00", "elapsed_ms": 52069123, "boot_id": "b7f3"},
            "ended": {"wall": "2026-03-10T09:52:00+08:00", "elapsed_ms": 53389123, "boot_id": "b7f3"},
            "fixes": [
                {
                    "lon": 120.7591,
                    "lat": 37.8082,
                    "at": "2026-03-10T09:31:00+08:00",
                    "accuracy_m": 12.5,
                    "provider": "gps",
                    "datum": "wgs84",
                }
            ],
            "photos": [
                {
                    "id": "01932c5e-7c00-7000-8000-000000000004",
                    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                    "size": 312455,
                    "taken_at": "2026-03-10T09:40:00+08:00",
                }
            ],
            "answers": [{"form": "household", "version": "2026-1", "values": {"residents": 2, "heating": "coal"}}],
            "note": "老两口在家,儿子在外打工。说井水有味,盼着通自来水。",
            "problems": [
                {
                    "id": "01932c5e-7c00-7000-8000-000000000005",
                    "category": "environment",
                    "urgency": "ordinary",
                    "text": "井水发黄有味,村西头六户都这样",
                    "wish": "尽快通自来水",
                    "read_back": True,
                }
            ],
            "commitments": [
                {
                    "id": "01932c5e-7c00-7000-8000-000000000006",
                    "text": "下次带来通水工期",
                    "due_on": "2026-03-24",
                }
            ],
        },
        {
            "kind": "answer",
            "id": "01932c5e-7c00-7000-8000-000000000007",
            "question": "01932c5e-7c00-7000-8000-000000000008",
            "codes": ["MET_ELSEWHERE"],
            "text": "老人在村卫生室输液,就在那里谈的",
            "said": {"wall": "2026-03-10T18:40:00+08:00", "elapsed_ms": 85069123, "boot_id": "b7f3"},
        },
        {
            "kind": "attestation",
            "id": "01932c5e-7c00-7000-8000-000000000009",
            "visit": "01932c5e-7c00-7000-8000-000000000002",
            "codes": ["NO_SIGNAL"],
            "appeal": False,
            "said": {"wall": "2026-03-10T18:41:00+08:00"},
        },
        {
            "kind": "life_event",
            "id": "01932c5e-7c00-7000-8000-00000000000c",
            "event": "hospital",
            "house": "村西头老王家",
            "happened_on": "2026-03-09",
            "told": {"wall": "2026-03-10T18:43:00+08:00"},
        },
        {
            "kind": "commitment_kept",
            "id": "01932c5e-7c00-7000-8000-00000000000d",
            "commitment": "01932c5e-7c00-7000-8000-000000000006",
            "kept": True,
            "text": "工期表已送到",
            "said": {"wall": "2026-03-10T18:44:00+08:00"},
        },
        {
            "kind": "absence",
            "id": "01932c5e-7c00-7000-8000-00000000000e",
            "deputy": "01932c5e-7c00-7000-8000-00000000000f",
            "first_on": "2026-03-12",
            "last_on": "2026-03-18",
            "reason": "leave",
            "said": {"wall": "2026-03-10T18:45:00+08:00"},
        },
        {
            "kind": "co_visit",
            "id": "01932c5e-7c00-7000-8000-00000000000a",
            "visit": "01932c5e-7c00-7000-8000-00000000000b",
            "took_part": True,
            "said": {"wall": "2026-03-10T18:42:00+08:00"},
        },
        {
            "kind": "place_edit",
            "id": "01932c5e-7c00-7000-8000-00000000000c",
            "place": "01932c5e-7c00-7000-8000-000000000003",
            "field": "phone",
            "contact": "01932c5e-7c00-7000-8000-00000000000d",
            "old": "13800000001",
            "new": "13900000002",
            "said": {"wall": "2026-03-10T09:50:00+08:00", "elapsed_ms": 53269123, "boot_id": "b7f3"},
        },
        {
            "kind": "place_edit",
            "id": "01932c5e-7c00-7000-8000-00000000000e",
            "place": "01932c5e-7c00-7000-8000-000000000003",
            "field": "position",
            "old": {"lon": 120.7591, "lat": 37.8082},
            "new": {"lon": 120.7593, "lat": 37.8083, "accuracy_m": 8, "datum": "wgs84"},
            "fix": {
                "lon": 120.7593,
                "lat": 37.8083,
                "at": "2026-03-10T09:51:00+08:00",
                "accuracy_m": 8,
                "provider": "gps",
            },
            "said": {"wall": "2026-03-10T09:51:00+08:00"},
        },
        {
            "kind": "place_edit",
            "id": "01932c5e-7c00-7000-8000-00000000000f",
            "place": "01932c5e-7c00-7000-8000-000000000003",
            "field": "residence",
            "old": "here",
            "new": "moved_away",
            "since_on": "2026-03-01",
            "note": "去烟台儿子家住了",
            "said": {"wall": "2026-03-10T09:52:00+08:00"},
        },
        {
            "kind": "place_edit",
            "id": "01932c5e-7c00-7000-8000-000000000010",
            "place": "01932c5e-7c00-7000-8000-000000000011",
            "field": "household",
            "new_place": {
                "id": "01932c5e-7c00-7000-8000-000000000011",
                "kind": "household",
                "unit": "01932c5e-7c00-7000-8000-000000000012",
                "name": "赵家",
                "address": "村南新房",
            },
            "said": {"wall": "2026-03-10T10:05:00+08:00"},
        },
    ],
}


def payload_components() -> tuple[dict[str, Any], dict[str, Any]]:
    """(schema of the request body, its components by name): JSON Schema 2020-12, as OpenAPI 3.1 takes it."""
    (body,), components = msgspec.json.schema_components([wire.Batch], ref_template=COMPONENT)
    return body, {f"Payload{name}": schema for name, schema in components.items()}


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemDocument"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


def _acknowledged(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Batch"}
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _header(name: str, description: str, *, required: bool = False, **schema: Any) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": required,
        "description": description,
        "schema": {"type": "string", **schema},
    }


PUT_DOC: dict[str, Any] = {
    "parameters": [
        _header(
            "Doorstep-Body-SHA256", "SHA-256 of the uncompressed JSON, hex", required=True, pattern="^[0-9a-f]{64}$"
        ),
        _header("Content-Encoding", "How the body travels", enum=["identity", "gzip"]),
        _header("Prefer", "`wait=N`: answer when applied, after N seconds at the latest (RFC 7240)"),
        CLOCK_HEADER,
        PHONE_HEADER,
    ],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": payload_components()[0], "example": EXAMPLE}},
    },
    "responses": {
        "201": _acknowledged("Stored and applied: results are in the body"),
        "202": _acknowledged("Stored; applying is pending, or waits for an upgrade or a person"),
        "400": _problem("body-truncated, body-hash-mismatch, bad-request"),
        "401": _problem(
            "unauthenticated, token-unknown, token-expired, token-revoked; device-lost with the wipe directive"
        ),
        "403": _problem("device-closed"),
        "404": _problem("not-found"),
        "409": _problem("batch-conflict: the stored batch is untouched, this body is kept aside"),
        "413": _problem("body-too-large: split"),
        "415": _problem("media-type"),
        "429": _problem("too-many: come again after Retry-After"),
        "503": _problem("unavailable: outcome unknown, repeat"),
        "507": _problem("storage-full"),
    },
}
