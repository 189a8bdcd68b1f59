"""A phone's local copy of the feed, as the wire asks for it: rows by (scope, kind, id), one transaction a page.

The rule of references is that an entity can be read while any scope holds a row of it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson

from sync.feed.rules import checksum

Key = tuple[str, str, str]
Get = Callable[[str, dict[str, str]], tuple[int, dict[str, str], bytes]]


@dataclass
class Row:
    """One row: the number of its change, what it says, and in which reading of its scope it was last met."""

    seq: int
    data: Any
    reading: int


@dataclass
class Store:
    """What a phone keeps in its database; a page changes all of it or nothing."""

    rows: dict[Key, Row] = field(default_factory=dict)
    cursor: str | None = None
    readings: dict[str, int] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    epoch: int | None = None
    tag: str | None = None

    def copy(self) -> "Store":
        """A transaction begins."""
        return Store(
            dict(self.rows), self.cursor, dict(self.readings), dict(self.batches), self.epoch, self.tag
        )  # rows are replaced, never changed


class DivergenceError(AssertionError):
    """The phone holds something else than the server counts."""


@dataclass
class PullingPhone:
    """Pulls pages and applies them. `get(path, headers)` answers (status, headers, body)."""

    get: Get
    store: Store = field(default_factory=Store)
    is_torn: bool = False  # a page was kept without its cursor, which began a reading perhaps
    pages: int = 0
    new_epochs: int = 0

    def pull(self, limit: int | None = None) -> int:
        """Pull until there is no more; how many pages brought something."""
        before = self.pages
        while self.pull_page(limit):
            pass
        return self.pages - before

    def pull_page(self, limit: int | None = None, crash: str | None = None) -> bool:
        """One page; whether there is more. `crash`: "before" nothing was kept, "between" rows but not the cursor."""
        query = [f"cursor={self.store.cursor}"] if self.store.cursor else []
        query += [f"limit={limit}"] if limit else []
        headers = {"If-None-Match": self.store.tag} if self.store.tag else {}
        status, told, body = self.get("changes" + ("?" + "&".join(query) if query else ""), headers)
        if status == 304:
            return False
        if status == 400 and orjson.loads(body)["code"] == "cursor-invalid":
            self.store = Store(batches=self.store.batches)
            return True
        assert status == 200, (status, body)
        page = orjson.loads(body)
        try:
            written = self.applied(page)
        except DivergenceError:
            if not self.is_torn:
                raise
            self.store, self.is_torn = Store(batches=self.store.batches), False  # read afresh (D4.7)
            return True
        written.tag = told.get("ETag")
        self.pages += 1
        if crash == "before":
            return True
        if crash == "between":
            written.cursor, written.tag, self.is_torn = self.store.cursor, self.store.tag, True
        elif not page["more"]:
            self.is_torn = False
        self.store = written
        return bool(page["more"]) or crash is not None

    def applied(self, page: dict[str, Any]) -> Store:
        """The store after a page. Raises DivergenceError if the server counts something else."""
        store = self.store.copy()
        if store.epoch is not None and store.epoch != page["epoch"]:
            self.new_epochs += 1
        store.epoch = page["epoch"]
        for scope in page["dropped_scopes"]:
            store.rows = {key: row for key, row in store.rows.items() if key[0] != scope}
            store.readings.pop(scope, None)
        for scope in (*page["reset"], *page["added_scopes"]):
            store.readings[scope] = store.readings.get(scope, 0) + 1
        for item in page["items"]:
            self._apply(store, item)
        for batch in page["batches"]:
            store.batches[batch["batch"]] = batch
        store.cursor = page["cursor"]
        if not page["more"]:
            store.rows = {key: row for key, row in store.rows.items() if row.reading == store.readings.get(key[0])}
            self._check(store, page["checksums"])
        return store

    def _apply(self, store: Store, item: dict[str, Any]) -> None:
        scope, reading = item["scope"], store.readings[item["scope"]]
        key = (scope, item["kind"], item["id"])
        known = store.rows.get(key)
        assert known is None or known.reading < reading or known.seq <= item["seq"], ("a revision went backwards", item)
        if item["op"] == "P":
            store.rows[key] = Row(item["seq"], item["data"], reading)
        else:
            store.rows.pop(key, None)

    @staticmethod
    def _check(store: Store, told: dict[str, Any]) -> None:
        for scope, sums in told.items():
            mine = checksum({UUID(key[2]): row.seq for key, row in store.rows.items() if key[0] == scope})
            if mine != (sums["count"], sums["xor"]):
                raise DivergenceError(scope, mine, sums)

    def all(self, kind: str) -> dict[str, Any]:
        """What can be read of a kind, by id."""
        return {key[2]: row.data for key, row in self.store.rows.items() if key[1] == kind and row.data is not None}
