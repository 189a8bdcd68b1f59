"""Taking records out of a batch: those about an id go, parts of others that name it are cut, the rest stays."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.privacy.blanking import blanked, spelled

HOME, OTHER = UUID(int=1), UUID(int=2)
IDS = spelled([HOME])


def batch(*records: Any) -> dict[str, Any]:
    return {"schema": 1, "records": list(records)}


@pytest.mark.parametrize(
    "record",
    [
        {"kind": "visit", "id": str(HOME), "note": "x"},
        {"kind": "visit", "id": "v", "place": str(HOME).upper(), "note": "x"},
        {"kind": "visit", "id": "v", "place": HOME.hex, "note": "x"},
        {"kind": "visit", "id": "v", "place": f"{{{HOME}}}", "note": "x"},
        {"kind": "attestation", "id": "a", "visit": str(HOME), "text": "x"},
        {"kind": "visit", "id": "v", "place": "p", "new_place": {"id": str(HOME), "name": "x"}},
        {"kind": "of a newer app", "id": "n", "about": str(HOME), "words": "x"},
        {"kind": "visit", "id": "v", "place": str(HOME), "blanked": True, "note": "said to be blank"},
    ],
)
def test_a_record_about_it_keeps_kind_and_id_alone(record: dict[str, Any]) -> None:
    done = blanked(batch(record, {"kind": "visit", "id": str(OTHER), "note": "y"}), IDS)
    assert done.ords == [0]
    assert done.body["records"] == [
        {"kind": record["kind"], "id": record["id"], "blanked": True},
        {"kind": "visit", "id": str(OTHER), "note": "y"},
    ]
    again = blanked(done.body, IDS)
    assert (again.body, again.ords, again.is_changed) == (done.body, [], False), "once"


def test_parts_of_other_records_that_name_it_are_cut() -> None:
    seen = [{"event": "death", "place": str(HOME)}, {"event": "dispute", "place": str(OTHER)}]
    record = {
        "kind": "visit",
        "id": "v",
        "life_events": seen,
        "visitors": [str(HOME), "w"],
        "edit": {"place": str(HOME)},
    }
    done = blanked(batch(record), IDS)
    assert (done.ords, done.is_changed) == ([], True)
    assert done.body["records"] == [
        {"kind": "visit", "id": "v", "life_events": [seen[1]], "visitors": ["w"], "edit": None}
    ]


@pytest.mark.parametrize("body", [None, 1, "x", [], {}, {"records": 5}, {"records": [5, None, "x", []]}])
def test_a_body_of_another_shape_is_left_as_it_is(body: Any) -> None:
    done = blanked(body, IDS)
    assert (done.body, done.is_changed) == (body, False)


def test_a_body_of_a_newer_app_loses_the_parts_that_name_it() -> None:
    done = blanked({"schema": 9, "visits": [{"home": str(HOME), "note": "x"}, {"home": str(OTHER)}]}, IDS)
    assert done.body == {"schema": 9, "visits": [{"home": str(OTHER)}]}
    assert done.is_changed


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([str(HOME), str(OTHER)]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(JSON, max_size=4))
def test_whatever_a_phone_sent_a_second_time_changes_nothing(records: list[Any]) -> None:
    done = blanked(batch(*records), IDS)
    assert len(done.body["records"]) == len(records), "every record keeps its number"
    again = blanked(done.body, IDS)
    assert again.body == done.body
    assert not again.is_changed
