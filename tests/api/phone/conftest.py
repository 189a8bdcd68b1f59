"""A village behind the API, with cadre Li's phone and a worker at hand."""

import gzip
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from api.app import create_app
from sync.house import House
from tests.factories.village import Village, add_phone, found
from worker.drain import until_empty


@dataclass
class Phone:
    """A phone that is enrolled and talks HTTP."""

    client: FlaskClient
    token: str
    device: UUID
    key: bytes

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def put(self, batch: UUID, json: bytes, *, zipped: bool = True, **headers: str) -> TestResponse:
        sent = {"Doorstep-Body-SHA256": hashlib.sha256(json).hexdigest(), "Content-Type": "application/json"}
        data = gzip.compress(json) if zipped else json
        if zipped:
            sent["Content-Encoding"] = "gzip"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.put(f"/phone/v1/batches/{batch}", data=data, headers={**self.auth, **sent, **named})

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/phone/v1/{path}", headers=self.auth)


@pytest.fixture
def village(house: House) -> Village:
    return house.write(found)


@pytest.fixture
def client(house: House) -> Iterator[FlaskClient]:
    app = create_app(house.settings)
    yield app.test_client()
    app.extensions["doorstep"].close()


@pytest.fixture
def phone_of(house: House, client: FlaskClient) -> Callable[[UUID], Phone]:
    """Enrol another phone of a person."""

    def phone_of(person: UUID) -> Phone:
        from sync import ids

        device = ids.uuid7()
        token = house.write(lambda session: add_phone(session, device, person))
        key = house.read(lambda s: s.scalar(text("SELECT receipt_key FROM device WHERE id = :d"), {"d": device}))
        return Phone(client, token, device, key)

    return phone_of


@pytest.fixture
def phone(phone_of: Callable[[UUID], Phone], village: Village) -> Phone:
    """Cadre Li's phone."""
    return phone_of(village.li)


@pytest.fixture
def work(house: House) -> Callable[[], Any]:
    """Let a worker do what is owed."""
    return lambda: until_empty(house, 30, 0, lambda: False)
