"""Corrections of the registry as they come with batches: applied while the registry says what the cadre saw."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.pipeline import apply_batches, merge_place, release_waiting, undo_merge
from sync.policy import defaults
from tests.factories.edits import (
    NEW_NUMBER,
    NUMBERS,
    OLD_NUMBER,
    add_contact,
    edit,
    hand_in,
    link,
    number_of,
    open_fields,
    stands,
    told,
)
from tests.factories.handing import owed, put, results
from tests.factories.village import HOME, Village

EAST_20_M = {"lon": HOME[0] + 0.000227, "lat": HOME[1]}
EAST_40_M = {"lon": HOME[0] + 0.000454, "lat": HOME[1]}
EAST_80_M = {"lon": HOME[0] + 0.000908, "lat": HOME[1]}
HERE = {"lon": HOME[0], "lat": HOME[1]}


def touched(session: Session) -> dict[str, set[UUID]]:
    from sync import changes

    return {kind.name: found for kind, found in changes.take(session).touched.items()}


def outcome(result: dict[str, Any]) -> tuple[str, str | None]:
    return result["state"], result.get("reason")


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [("name", "北沟村1号", "北沟村11号"), ("address", "", "村西头"), ("residence", "here", "moved_away")],
)
def test_a_fact_is_put_right_while_the_registry_says_what_was_seen(
    session: Session, village: Village, field: str, old: str, new: str
) -> None:
    told_ = edit(village.home, field, old, f" {new}" if field == "name" else new, note="看门牌", since_on="2026-03-01")
    [result] = hand_in(session, village.phone_li, told_)
    assert result == {"ord": 0, "kind": "place_edit", "id": str(told_["id"]), "state": "applied"}
    assert stands(session, village.home, field) == new
    seen = touched(session)
    assert (village.home in seen["PLACE"], told_["id"] in seen["PLACE_EDIT"]) == (True, True)
    kept = session.execute(text("SELECT field, old, new, note, since_on, person_id FROM place_edit")).one()
    assert (kept.field, kept.old, kept.new, kept.note, kept.person_id) == (field, old, new, "看门牌", village.li)
    assert session.execute(text("SELECT verb, actor_id, subject_id FROM event")).one() == (
        "edit.applied", village.li, village.home,
    )  # fmt: skip
    assert open_fields(session) == []


def test_a_number_is_compared_however_it_is_written_and_kept_as_cipher_text(session: Session, village: Village) -> None:
    contact = add_contact(session, village.home)
    told_ = edit(village.home, "phone", "+86 138-0000-0001", "138 0000 0002", contact=contact)
    assert hand_in(session, village.phone_li, told_)[0]["state"] == "applied"
    assert number_of(session, contact) == NEW_NUMBER
    found = session.scalar(text("SELECT phone_hash FROM contact WHERE id = :c"), {"c": contact})
    assert bytes(found) == NUMBERS.seal(NEW_NUMBER)[1]
    row = session.execute(text("SELECT old, new, old_cipher, new_cipher FROM place_edit")).one()
    assert (row.old, row.new) == (None, None)
    assert [NUMBERS.open(bytes(one)) for one in (row.old_cipher, row.new_cipher)] == [OLD_NUMBER, NEW_NUMBER]
    whole = session.scalar(text("SELECT (f.*)::text || (e.*)::text FROM edited_field f, place_edit e"))
    assert not any(number in str(whole) for number in (OLD_NUMBER, NEW_NUMBER))
    assert not any(
        number in str(r) for r in session.scalars(text("SELECT results FROM batch")) for number in (NEW_NUMBER,)
    )


def test_two_phones_that_edit_one_field_offline_bring_both_values_before_a_person(
    session: Session, village: Village
) -> None:
    link(session, village, village.chen, village.home)
    one = edit(village.home, "address", "", "村西头3号", ago=50)
    other = edit(village.home, "address", "", "村东头7号", ago=40)
    assert outcome(hand_in(session, village.phone_li, one)[0]) == ("applied", None)
    [result] = hand_in(session, village.phone_chen, other)
    assert (outcome(result), result["edit"]) == (("conflict", "changed"), str(other["id"]))
    assert stands(session, village.home, "address") == "村西头3号"
    assert told(session) == {one["id"]: "applied", other["id"]: "open"}
    assert open_fields(session) == [("address", ["changed"])]
    assert "村东头7号" not in str(result)


def test_edits_that_build_on_each_other_settle_in_any_order(session: Session, village: Village) -> None:
    first = edit(village.home, "address", "", "村西头", ago=50)
    second = edit(village.home, "address", "村西头", "村西头3号", ago=40)
    assert outcome(hand_in(session, village.phone_li, second)[0]) == ("conflict", "changed")
    assert outcome(hand_in(session, village.phone_li, first)[0]) == ("applied", None)
    assert stands(session, village.home, "address") == "村西头3号"
    assert (set(told(session).values()), open_fields(session)) == ({"applied"}, [])
    assert second["id"] in touched(session)["PLACE_EDIT"]


def test_a_slip_of_the_thumb_is_corrected_by_the_same_person(session: Session, village: Village) -> None:
    hand_in(session, village.phone_li, edit(village.home, "name", "北沟村1号", "北沟村100号", ago=50))
    [result] = hand_in(session, village.phone_li, edit(village.home, "name", "北沟村1号", "北沟村10号", ago=40))
    assert (result["state"], stands(session, village.home, "name")) == ("applied", "北沟村10号")


def test_the_same_record_again_is_a_repeat_and_another_ones_id_is_taken(session: Session, village: Village) -> None:
    told_ = edit(village.home, "address", "", "村西头")
    hand_in(session, village.phone_li, told_)
    again = hand_in(session, village.phone_li, told_)[0]
    assert (again["state"], again["of"]) == ("duplicate", str(told_["id"]))
    assert hand_in(session, village.phone_chen, told_)[0]["reason"] == "id-taken"
    [other] = hand_in(session, village.phone_li, told_ | {"new": "村东头"})
    assert (other["state"], other["reason"]) == ("quarantined", "id-taken")
    assert len(told(session)) == 1


def test_a_home_of_others_is_never_changed_without_a_person(session: Session, village: Village) -> None:
    [result] = hand_in(session, village.phone_chen, edit(village.home, "address", "", "村西头"))
    assert outcome(result) == ("conflict", "not_linked")
    assert stands(session, village.home, "address") == ""
    [same] = hand_in(session, village.phone_chen, edit(village.home, "name", "北沟村1号", "北沟村1号"))
    assert same["state"] == "applied"  # it says what the registry says


def test_a_community_reporter_puts_nothing_right(session: Session, village: Village) -> None:
    [result] = hand_in(session, village.phone_zhou, edit(village.home, "address", "", "村西头"))
    assert (result["state"], told(session)) == ("unpermitted", {})


def test_a_former_holder_is_heard_for_the_day_on_which_he_said_it(session: Session, village: Village) -> None:
    session.execute(
        text("UPDATE link SET valid = daterange('2020-01-01', CAST(:today AS date) - 1)"), {"today": clock.today()}
    )
    late = edit(village.home, "address", "", "村西头", ago=3 * 24 * 60)
    assert outcome(hand_in(session, village.phone_li, late)[0]) == ("applied", None)
    now = edit(village.home, "name", "北沟村1号", "北沟村9号", ago=1)
    assert outcome(hand_in(session, village.phone_li, now)[0]) == ("conflict", "not_linked")


@pytest.mark.parametrize(
    ("new", "fix", "expected"),
    [
        (EAST_20_M, None, ("applied", None)),
        (EAST_20_M | {"accuracy_m": 80.0}, None, ("conflict", "fix_doubtful")),
        (EAST_20_M, {"mock": True}, ("conflict", "fix_doubtful")),
        (EAST_20_M, {"lon": HOME[0] + 0.005}, ("conflict", "fix_doubtful")),
        (EAST_80_M, None, ("conflict", "moved_far")),
    ],
)
def test_a_position_moves_a_little_by_itself_and_far_by_a_person(
    session: Session, village: Village, new: dict[str, Any], fix: dict[str, Any] | None, expected: tuple[str, Any]
) -> None:
    told_ = edit(village.home, "position", HERE, new)
    if fix is not None:
        told_["fix"] = EAST_20_M | {"at": clock.now(), "accuracy_m": 8.0, "provider": "gps"} | fix
    assert outcome(hand_in(session, village.phone_li, told_)[0]) == expected
    moved = expected[0] == "applied"
    assert stands(session, village.home, "position") == ((new["lon"], new["lat"]) if moved else HOME)
    assert (f"place/{village.home}" in owed(session, "rejudge")) is moved
    if moved:
        rows = session.execute(text("SELECT method, without, by FROM place_position ORDER BY n")).all()
        assert [row.method for row in rows] == ["imported", "told"]
        assert (rows[1].without, rows[1].by) == ({str(village.li): list(HOME)}, village.li)
    evidence = session.scalar(text("SELECT evidence FROM place_edit"))
    assert ("lon" in str(evidence), evidence["moved_m"] > 19) == (False, True)


def test_many_small_steps_are_one_move(session: Session, village: Village) -> None:
    hand_in(session, village.phone_li, edit(village.home, "position", HERE, EAST_40_M, ago=50))
    [result] = hand_in(session, village.phone_li, edit(village.home, "position", EAST_40_M, EAST_80_M, ago=40))
    assert outcome(result) == ("conflict", "moved_far")


def test_a_position_is_read_in_its_datum_and_a_first_one_needs_a_person(session: Session, village: Village) -> None:
    link(session, village, village.li, village.unmapped)
    from sync.geo.datum import from_wgs84
    from sync.words import Datum

    lon, lat = from_wgs84(EAST_20_M["lon"], EAST_20_M["lat"], Datum.GCJ02)
    gcj = {"lon": float(lon), "lat": float(lat), "datum": "gcj02"}
    assert hand_in(session, village.phone_li, edit(village.home, "position", HERE, gcj))[0]["state"] == "applied"
    assert stands(session, village.home, "position") == pytest.approx(tuple(EAST_20_M.values()), abs=1e-5)
    assert session.scalar(text("SELECT position_datum FROM place WHERE id = :p"), {"p": village.home}) == "gcj02"
    [first] = hand_in(session, village.phone_li, edit(village.unmapped, "position", None, HERE))
    assert outcome(first) == ("conflict", "first_position")


def test_a_household_is_dissolved_by_a_person_and_comes_back_from_away_by_itself(
    session: Session, village: Village
) -> None:
    [gone] = hand_in(session, village.phone_li, edit(village.home, "residence", "here", "dissolved", ago=50))
    assert (outcome(gone), stands(session, village.home, "state")) == (("conflict", "dissolved"), "active")
    link(session, village, village.li, village.unmapped)
    away = edit(village.unmapped, "residence", "here", "moved_away", ago=50)
    back = edit(village.unmapped, "residence", "moved_away", "here", ago=40)
    assert [one["state"] for one in hand_in(session, village.phone_li, away, back)] == ["applied", "applied"]
    assert stands(session, village.unmapped, "residence") == "here"


def test_a_new_person_of_a_home_comes_with_name_and_number(session: Session, village: Village) -> None:
    contact = ids.uuid7()
    number = edit(village.home, "phone", None, NEW_NUMBER, contact=contact)
    name = edit(village.home, "contact_name", None, "李淑华", contact=contact)
    assert [one["state"] for one in hand_in(session, village.phone_li, number, name)] == ["applied", "applied"]
    row = session.execute(text("SELECT place_id, name FROM contact WHERE id = :c"), {"c": contact}).one()
    assert (tuple(row), number_of(session, contact)) == ((village.home, "李淑华"), NEW_NUMBER)
    gone = edit(village.home, "phone", NEW_NUMBER, None, contact=contact, ago=30)
    assert hand_in(session, village.phone_li, gone)[0]["state"] == "applied"
    assert number_of(session, contact) is None


def test_a_number_waits_for_its_person(session: Session, village: Village) -> None:
    contact = ids.uuid7()
    early = put(session, village.phone_li, edit(village.home, "phone", None, NEW_NUMBER, contact=contact))
    apply_batches(session, defaults(), [early], NUMBERS)
    [held] = results(session, early)
    assert (held["state"], held["for"]) == ("held", str(contact))
    hand_in(session, village.phone_li, edit(village.home, "contact_name", None, "李淑华", contact=contact))
    release_waiting(session)
    assert owed(session, "apply_batch") == {f"{early.device_id}/{early.batch_id}"}
    apply_batches(session, defaults(), [early], NUMBERS)
    assert (results(session, early)[0]["state"], number_of(session, contact)) == ("applied", NEW_NUMBER)


def test_without_a_key_a_number_is_kept_aside_until_there_is_one(session: Session, village: Village) -> None:
    contact = add_contact(session, village.home)
    part = put(session, village.phone_li, edit(village.home, "phone", OLD_NUMBER, NEW_NUMBER, contact=contact))
    apply_batches(session, defaults(), [part])
    assert outcome(results(session, part)[0]) == ("quarantined", "no-contact-key")
    apply_batches(session, defaults(), [part], NUMBERS)
    assert results(session, part)[0]["state"] == "applied"


def test_a_contact_belongs_to_its_home(session: Session, village: Village) -> None:
    link(session, village, village.li, village.unmapped)
    contact = add_contact(session, village.unmapped)
    [result] = hand_in(session, village.phone_li, edit(village.home, "phone", OLD_NUMBER, NEW_NUMBER, contact=contact))
    assert (outcome(result), result["pointer"]) == (("quarantined", "contact-elsewhere"), "/contact")
    assert number_of(session, contact) == OLD_NUMBER


def test_an_edit_of_an_unknown_place_is_held_and_kept_when_the_time_is_up(session: Session, village: Village) -> None:
    part = put(session, village.phone_li, edit(ids.uuid7(), "address", "", "村西头"))
    apply_batches(session, defaults(), [part], NUMBERS)
    assert outcome(results(session, part)[0]) == ("held", "parent-unknown")
    with clock.frozen(clock.now() + timedelta(days=6)):
        apply_batches(session, defaults(), [part], NUMBERS)
    assert outcome(results(session, part)[0]) == ("quarantined", "parent-unknown")


def test_an_edit_of_a_merged_away_place_is_one_of_the_place_it_stands_for(session: Session, village: Village) -> None:
    contact = add_contact(session, village.unmapped)
    merge = ids.uuid7()
    merge_place(session, merge, village.unmapped, village.home, village.chen)
    told_ = edit(village.unmapped, "address", "", "村西头", ago=50)
    phone = edit(village.unmapped, "phone", OLD_NUMBER, NEW_NUMBER, contact=contact)
    assert [one["state"] for one in hand_in(session, village.phone_li, told_, phone)] == ["applied", "applied"]
    assert (stands(session, village.home, "address"), stands(session, village.unmapped, "address")) == ("村西头", "")
    assert number_of(session, contact) == NEW_NUMBER
    other = edit(village.unmapped, "name", "北沟村2号", "北沟村22号")
    assert outcome(hand_in(session, village.phone_li, other)[0]) == ("conflict", "changed")
    undo_merge(session, merge, village.chen)
    # What waited goes back with its home, where nothing speaks against it any more.
    assert (stands(session, village.unmapped, "name"), stands(session, village.home, "name")) == (
        "北沟村22号", "北沟村1号",
    )  # fmt: skip
    assert (told(session)[other["id"]], open_fields(session)) == ("applied", [])


def test_what_waits_goes_with_its_home_into_another_and_is_judged_there(session: Session, village: Village) -> None:
    link(session, village, village.li, village.unmapped)
    stale = edit(village.unmapped, "name", "北沟村1号", "北沟村10号")
    elsewhere = edit(village.unmapped, "address", "别处", "村西头")
    first = edit(village.unmapped, "position", HERE, EAST_20_M)
    told_ = hand_in(session, village.phone_li, stale, elsewhere, first)
    assert [one["state"] for one in told_] == ["conflict"] * 3
    merge_place(session, ids.uuid7(), village.unmapped, village.home, village.chen)
    assert stands(session, village.home, "name") == "北沟村10号"  # the root says what was seen
    assert (told(session)[stale["id"]], told(session)[elsewhere["id"]]) == ("applied", "open")
    rows = session.execute(text("SELECT field, place_id FROM edited_field WHERE open_since IS NOT NULL")).all()
    assert {tuple(one) for one in rows} == {("address", village.home), ("position", village.home)}
    assert stale["id"] in touched(session)["PLACE_EDIT"]


def test_a_household_found_at_the_door_without_a_visit_is_proposed(session: Session, village: Village) -> None:
    place = ids.uuid7()
    new = {"id": place, "kind": "household", "unit": village.village, "name": "赵家", "position": HERE}
    found = edit(place, "household", None, None, new_place=new)
    address = edit(place, "address", "", "村南新房")
    assert [one["state"] for one in hand_in(session, village.phone_chen, found, address)] == ["applied", "applied"]
    assert (stands(session, place, "state"), stands(session, place, "address")) == ("proposed", "村南新房")
    assert hand_in(session, village.phone_chen, found)[0]["state"] == "duplicate"
    [taken] = hand_in(session, village.phone_li, found | {"id": ids.uuid7()})
    assert (taken["reason"], taken["pointer"]) == ("id-taken", "/new_place/id")
    elsewhere = new | {"id": ids.uuid7(), "unit": ids.uuid7()}
    [held] = hand_in(session, village.phone_chen, edit(elsewhere["id"], "household", None, None, new_place=elsewhere))
    assert (held["state"], held["for"]) == ("held", str(elsewhere["unit"]))


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"field": "phone", "old": None, "new": "123"}, "/contact"),
        ({"field": "phone", "old": None, "new": "123", "contact": ids.uuid7()}, "/new"),
        ({"field": "address", "contact": ids.uuid7()}, "/contact"),
        ({"field": "name", "old": "北沟村1号", "new": " "}, "/new"),
        ({"field": "position", "old": None, "new": "这里"}, "/new"),
        ({"field": "residence", "old": "here", "new": "petitioning"}, "/new"),
        ({"field": "household", "old": None, "new": None}, "/new_place"),
        ({"since_on": "2026-02-31"}, "/since_on"),
    ],
)
def test_an_edit_that_makes_no_sense_is_kept_aside_with_where_and_why(
    session: Session, village: Village, changes: dict[str, Any], pointer: str
) -> None:
    [result] = hand_in(session, village.phone_li, edit(village.home, "address", "", "村西头") | changes)
    assert (result["state"], result["pointer"]) == ("quarantined", pointer)


def test_two_at_once_with_one_id_keep_one(session: Session, village: Village) -> None:
    link(session, village, village.chen, village.home)
    told_ = edit(village.home, "address", "", "村西头")
    parts = [put(session, phone, told_) for phone in (village.phone_li, village.phone_chen)]
    apply_batches(session, defaults(), parts, NUMBERS)
    states = sorted(results(session, part)[0]["state"] for part in parts)
    assert states == ["applied", "quarantined"]
