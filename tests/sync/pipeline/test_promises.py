"""Promises and aid: from visits to rows, what is said of them since, and being reminded once."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, ids, pipeline
from sync.pipeline import apply_batches, effects, release_waiting, remind_of_promises
from sync.policy import defaults
from sync.words import FeedKind, Verdict
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.handing import hand_in, owed, put, results
from tests.factories.rows import add_link
from tests.factories.telling import absence, kept, promise
from tests.factories.village import Village, found


@pytest.fixture
def village(session: Session) -> Village:
    return found(session)


def in_days(days: int) -> date:
    return clock.today() + timedelta(days=days)


def promised(session: Session, village: Village, **changes: Any) -> UUID:
    """Li promised something this morning, for a day in two weeks."""
    made = promise(in_days(14)) | changes
    hand_in(session, village.phone_li, batches.visit(village, this_morning(), commitments=[made]))
    id_: UUID = made["id"]
    return id_


def stands(session: Session, commitment: UUID) -> tuple[str, UUID | None]:
    query = "SELECT state, state_by FROM commitment WHERE id = :i"
    row = session.execute(text(query), {"i": commitment}).one()
    return row.state, row.state_by


def later(village: Village, **changes: Any) -> dict[str, Any]:
    """A visit two hours after this morning's."""
    return batches.visit(village, this_morning() + timedelta(hours=2), **changes)


def test_a_promise_of_a_visit_is_a_row_with_its_day(session: Session, village: Village) -> None:
    id_ = promised(session, village)
    row = session.execute(text("SELECT * FROM commitment")).one()
    assert (row.id, row.place_id, row.cadre_id, row.text) == (id_, village.home, village.li, "带来通水工期")
    assert (row.due_on, row.state, row.reminded_at, row.same_as_id) == (in_days(14), "open", None, None)


def test_the_same_promise_in_two_records_is_one(session: Session, village: Village) -> None:
    first = promised(session, village)
    again = promise(in_days(14))
    hand_in(session, village.phone_li, later(village, commitments=[again, promise(in_days(15))]))
    rows = session.execute(text("SELECT id, same_as_id FROM commitment ORDER BY due_on, same_as_id NULLS FIRST")).all()
    assert [tuple(row) for row in rows[:2]] == [(first, None), (again["id"], first)]
    assert rows[2].same_as_id is None
    assert hand_in(session, village.phone_li, kept(again["id"]))[0]["state"] == "applied"
    assert stands(session, first)[0] == "told_kept"


def test_the_same_promise_twice_in_one_set_is_one_and_an_id_counts_once(session: Session, village: Village) -> None:
    first, same = promise(in_days(3)), promise(in_days(3))
    visit = batches.visit(village, this_morning(), commitments=[first, same, first | {"text": "别的"}])
    assert hand_in(session, village.phone_li, visit)[0]["state"] == "applied"
    rows = session.execute(text("SELECT id, same_as_id, text FROM commitment")).all()
    assert {row.id: row.same_as_id for row in rows} == {first["id"]: None, same["id"]: first["id"]}
    assert {row.text for row in rows} == {"带来通水工期"}


def test_a_revision_may_change_the_words_and_the_day_and_is_reminded_again(session: Session, village: Village) -> None:
    made = promise(in_days(1))
    visit = batches.visit(village, this_morning(), commitments=[made])
    hand_in(session, village.phone_li, visit)
    remind_of_promises(session, defaults().life)
    hand_in(session, village.phone_li, visit | {"commitments": [made | {"text": "送去工期表"}]})
    row = session.execute(text("SELECT text, due_on, rev, reminded_at IS NOT NULL AS reminded FROM commitment")).one()
    assert tuple(row) == ("送去工期表", in_days(1), 2, True)
    hand_in(session, village.phone_li, visit | {"commitments": [made | {"due_on": in_days(9)}]})
    assert session.execute(text("SELECT due_on, reminded_at FROM commitment")).one() == (in_days(9), None)


def test_a_day_that_is_none_points_at_itself(session: Session, village: Village) -> None:
    visit = batches.visit(village, this_morning(), commitments=[promise(in_days(1)) | {"due_on": "2026-02-30"}])
    [result] = hand_in(session, village.phone_li, visit)
    assert (result["state"], result["pointer"]) == ("quarantined", "/commitments/0/due_on")


def test_who_promised_says_it_was_kept_and_a_later_visit_confirms_it(session: Session, village: Village) -> None:
    id_ = promised(session, village)
    hand_in(session, village.phone_li, kept(id_, text="送去了"))
    assert stands(session, id_) == ("told_kept", village.li)
    confirming = {"id": ids.uuid7(), "commitment": id_, "kept": True}
    visit = later(village, commitments_kept=[confirming], recorder=village.chen, visitors=[village.chen])
    hand_in(session, village.phone_chen, visit)
    assert stands(session, id_) == ("confirmed", village.chen)
    hand_in(session, village.phone_chen, visit | {"note": "更正"})  # a revision says the same again
    assert session.scalar(text("SELECT count(*) FROM commitment_word")) == 2
    hand_in(session, village.phone_li, kept(id_, kept=False))
    assert stands(session, id_) == ("open", village.li)


def test_a_word_that_names_a_later_visit_confirms(session: Session, village: Village) -> None:
    id_ = promised(session, village)
    visit = later(village)
    told = kept(id_, visit=visit["id"])
    assert [one["state"] for one in hand_in(session, village.phone_li, visit, told)] == ["applied", "applied"]
    assert stands(session, id_)[0] == "confirmed"
    assert hand_in(session, village.phone_li, told)[0]["state"] == "duplicate"
    assert hand_in(session, village.phone_chen, told)[0]["reason"] == "id-taken"


@pytest.mark.parametrize("change", [{"outcome": "nobody_home"}, {"place": "unmapped", "fixes": []}, {"early": True}])
def test_a_visit_in_which_that_home_could_not_say_so_confirms_nothing(
    session: Session, village: Village, change: dict[str, Any]
) -> None:
    id_ = promised(session, village)
    change = {name: getattr(village, value) if value == "unmapped" else value for name, value in change.items()}
    visit = later(village, **change)
    if change.pop("early", False):
        visit = batches.visit(village, this_morning() - timedelta(hours=2))
    hand_in(session, village.phone_li, visit, kept(id_, visit=visit["id"]))
    assert stands(session, id_)[0] == "told_kept"


def test_the_visit_itself_and_a_refused_one_confirm_nothing(session: Session, village: Village) -> None:
    id_ = promised(session, village)
    own = session.scalar(text("SELECT visit_id FROM commitment"))
    assert own is not None
    hand_in(session, village.phone_li, kept(id_, visit=own))
    assert stands(session, id_)[0] == "told_kept"
    visit = later(village)
    hand_in(session, village.phone_li, visit)
    before = session.scalar(text("SELECT verdict FROM visit WHERE id = :v"), {"v": visit["id"]})
    refuse = text("UPDATE visit SET verdict = :w WHERE id = :v")
    session.execute(refuse, {"v": visit["id"], "w": "refused"})
    hand_in(session, village.phone_li, kept(id_, visit=visit["id"]))
    session.execute(refuse, {"v": visit["id"], "w": before})
    assert stands(session, id_)[0] == "told_kept"


def test_the_home_that_was_merged_meanwhile_confirms(session: Session, village: Village) -> None:
    id_ = promised(session, village)
    pipeline.merge_place(session, ids.uuid7(), village.home, village.unmapped, village.li)
    visit = later(village, place=village.unmapped, fixes=[])
    hand_in(session, village.phone_li, visit, kept(id_, visit=visit["id"]))
    assert stands(session, id_)[0] == "confirmed"


def verdict_of(session: Session, visit: UUID) -> Verdict:
    return Verdict(session.scalar(text("SELECT verdict FROM visit WHERE id = :v"), {"v": visit}))


def turn(session: Session, visit: UUID, after: Verdict) -> set[UUID]:
    """A person decides about a visit; the promises that phones are told of."""
    before = verdict_of(session, visit)
    session.execute(text("UPDATE visit SET verdict = :w WHERE id = :v"), {"v": visit, "w": after.value})
    changes.take(session)
    effects.verdicts_turned(session, [effects.Turned(visit, before, after)])
    return changes.take(session).touched.get(FeedKind.COMMITMENT, set())


def test_what_was_said_in_a_visit_confirms_only_while_nobody_refuses_the_visit(
    session: Session, village: Village
) -> None:
    id_ = promised(session, village)
    hand_in(session, village.phone_li, kept(id_))
    first, second = later(village), batches.visit(village, this_morning() + timedelta(hours=3), fixes=[])
    told = [kept(id_, visit=one["id"], said={"wall": one["started"]["wall"]}) for one in (first, second)]
    hand_in(session, village.phone_li, first, second, *told)
    stood = session.execute(text("SELECT state, state_at, state_by FROM commitment")).one()
    assert stood.state == "confirmed"
    was = verdict_of(session, first["id"])
    assert turn(session, first["id"], Verdict.REFUSED) == {id_}
    assert session.execute(text("SELECT state_at > :t FROM commitment"), {"t": stood.state_at}).scalar_one()
    assert stands(session, id_) == ("confirmed", village.li)  # the other visit says so as well
    assert turn(session, second["id"], Verdict.REFUSED) == {id_}
    assert stands(session, id_) == ("told_kept", village.li)
    assert turn(session, second["id"], Verdict.UNVERIFIABLE) == {id_}
    assert turn(session, first["id"], was) == {id_}
    assert session.execute(text("SELECT state, state_at, state_by FROM commitment")).one() == stood
    assert turn(session, first["id"], Verdict.DOUBTFUL) == set()  # nothing turned, no phone is told


def test_what_was_said_in_a_visit_that_is_refused_already_confirms_once_it_is_not(
    session: Session, village: Village
) -> None:
    id_, visit = promised(session, village), later(village)
    hand_in(session, village.phone_li, visit)
    turn(session, visit["id"], Verdict.REFUSED)
    hand_in(session, village.phone_li, kept(id_, visit=visit["id"]))
    assert stands(session, id_)[0] == "told_kept"
    assert turn(session, visit["id"], Verdict.VERIFIED) == {id_}
    assert stands(session, id_)[0] == "confirmed"


def test_a_confirmation_goes_with_the_merge_that_made_it_one_home(session: Session, village: Village) -> None:
    id_, visit = promised(session, village), later(village, place=village.unmapped, fixes=[])
    merge = pipeline.merge_place(session, ids.uuid7(), village.home, village.unmapped, village.li)
    hand_in(session, village.phone_li, visit, kept(id_, visit=visit["id"]))
    for again, state in ((False, "told_kept"), (True, "confirmed")):
        changes.take(session)
        if again:
            pipeline.merge_place(session, ids.uuid7(), village.home, village.unmapped, village.li)
        else:
            pipeline.undo_merge(session, merge.id, village.li)
        assert id_ in changes.take(session).touched[FeedKind.COMMITMENT]
        assert stands(session, id_)[0] == state


def test_only_who_has_to_do_with_the_home_may_say_it(session: Session, village: Village) -> None:
    id_ = promised(session, village)
    [result] = hand_in(session, village.phone_chen, kept(id_))
    assert (result["state"], result["reason"]) == ("unpermitted", "not-your-promise")
    assert hand_in(session, village.phone_zhou, kept(id_))[0]["state"] == "unpermitted"
    visit = later(village)
    hand_in(session, village.phone_li, visit)
    assert hand_in(session, village.phone_chen, kept(id_, visit=visit["id"]))[0]["reason"] == "not-your-promise"
    add_link(session, village, village.chen, village.home)
    assert hand_in(session, village.phone_chen, kept(id_))[0]["state"] == "applied"


def test_the_deputy_may_say_it_while_he_is_one(session: Session, village: Village) -> None:
    id_ = promised(session, village)
    hand_in(session, village.phone_li, absence(village.chen, clock.today(), in_days(3)))
    assert hand_in(session, village.phone_chen, kept(id_))[0]["state"] == "applied"


def test_what_is_said_before_its_promise_came_is_held_until_it_comes(session: Session, village: Village) -> None:
    made, visit = promise(in_days(5)), later(village)
    early = put(session, village.phone_li, kept(made["id"]), kept(made["id"], visit=visit["id"]))
    apply_batches(session, defaults(), [early])
    assert [one["state"] for one in results(session, early)] == ["held", "held"]
    hand_in(session, village.phone_li, batches.visit(village, this_morning(), commitments=[made]))
    assert owed(session, "apply_batch") == {f"{early.device_id}/{early.batch_id}"}
    apply_batches(session, defaults(), [early])
    assert [one["state"] for one in results(session, early)] == ["applied", "held"]
    session.execute(text("DELETE FROM errand"))
    hand_in(session, village.phone_li, visit)
    session.execute(text("DELETE FROM errand"))
    release_waiting(session)
    apply_batches(session, defaults(), [early])
    assert stands(session, made["id"])[0] == "confirmed"


def stored(session: Session) -> list[Any]:
    """Every promise and every word of it, without what each batch's own clock says: which, and to the microsecond."""
    promises = "SELECT id, same_as_id, state, state_by FROM commitment ORDER BY id"
    words = "SELECT id, commitment_id, kept, confirms, visit_id, person_id FROM commitment_word ORDER BY id"
    return [session.execute(text(query)).all() for query in (promises, words)]


def in_both_orders(session: Session, *sets: tuple[UUID, list[dict[str, Any]]]) -> Iterator[list[Any]]:
    """Hand the batches in, as told and the other way round; what is stored after each."""
    for order in (sets, sets[::-1]):
        point = session.begin_nested()
        for phone, records in order:
            assert {one["state"] for one in hand_in(session, phone, *records)} == {"applied"}
        yield stored(session)
        point.rollback()


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({}, "confirmed"),
        ({"kept": False}, "open"),
        ({"outcome": "nobody_home"}, "told_kept"),
        ({"early": True}, "open"),
        ({"place": "unmapped", "fixes": []}, "open"),
        ({"place": "unmapped", "fixes": [], "merged": True}, "confirmed"),
    ],
)
def test_what_a_home_said_stands_the_same_whether_the_visit_or_its_promise_came_first(
    session: Session, village: Village, change: dict[str, Any], state: str
) -> None:
    """The visit is never held; what was said of a promise that nobody knows yet counts once the promise comes."""
    if change.get("merged"):
        pipeline.merge_place(session, ids.uuid7(), village.unmapped, village.home, village.li)
    made = promise(in_days(5))
    word = {"id": ids.uuid7(), "commitment": made["id"], "kept": change.get("kept", True)}
    at = this_morning() + timedelta(hours=-2 if change.get("early") else 2)
    more = {name: value for name, value in change.items() if name in ("outcome", "fixes")}
    more |= {"place": village.unmapped} if "place" in change else {}
    visit = batches.visit(village, at, recorder=village.chen, visitors=[village.chen], commitments_kept=[word], **more)
    told = batches.visit(village, this_morning(), commitments=[made])
    first, second = in_both_orders(session, (village.phone_li, [told]), (village.phone_chen, [visit]))
    assert first == second
    [[promised_], words] = first
    assert (promised_.id, promised_.state) == (made["id"], state)
    is_elsewhere = "place" in change and not change.get("merged")
    assert len(words) == (0 if change.get("early") or is_elsewhere else 1)


def test_a_word_counts_once_in_whatever_order_two_tellings_and_two_revisions_come(
    session: Session, village: Village
) -> None:
    """The visit tells of the second telling of a promise, and tells it again when it is revised."""
    made, again = promise(in_days(5)), promise(in_days(5))
    word = {"id": ids.uuid7(), "commitment": again["id"], "kept": True}
    told = [
        batches.visit(village, this_morning() + timedelta(hours=n), commitments=[one])
        for n, one in enumerate((made, again))
    ]
    visit = batches.visit(village, this_morning() + timedelta(hours=2), commitments_kept=[word])
    revised = visit | {"note": "更正"}
    hand_in(session, village.phone_li, visit)
    hand_in(session, village.phone_li, told[0])
    assert stands(session, made["id"])[0] == "open"
    hand_in(session, village.phone_li, revised, told[1])
    assert stands(session, made["id"]) == ("confirmed", village.li)
    hand_in(session, village.phone_li, revised | {"note": "再更正"})
    assert session.execute(text("SELECT id, commitment_id FROM commitment_word")).all() == [(word["id"], made["id"])]


def test_a_promise_that_finds_its_words_is_told_to_phones_as_it_stands(session: Session, village: Village) -> None:
    made = promise(in_days(5))
    word = {"id": ids.uuid7(), "commitment": made["id"], "kept": True}
    assert hand_in(session, village.phone_li, later(village, commitments_kept=[word]))[0]["state"] == "applied"
    assert session.scalar(text("SELECT count(*) FROM waiting_record")) == 0
    changes.take(session)
    hand_in(session, village.phone_li, batches.visit(village, this_morning(), commitments=[made]))
    assert changes.take(session).touched[FeedKind.COMMITMENT] == {made["id"]}
    assert stands(session, made["id"])[0] == "confirmed"


@pytest.mark.parametrize(("days", "reminded"), [(-1, False), (0, True), (2, True), (3, False)])
def test_a_promise_is_brought_back_to_mind_before_its_day(
    session: Session, village: Village, days: int, reminded: bool
) -> None:
    id_ = promised(session, village, due_on=in_days(days))
    changes.take(session)
    assert remind_of_promises(session, defaults().life) is False
    assert changes.take(session).touched.get(FeedKind.COMMITMENT, set()) == ({id_} if reminded else set())
    at = session.scalar(text("SELECT reminded_at FROM commitment"))
    assert (at is not None) is reminded
    remind_of_promises(session, defaults().life)  # once, whatever runs twice
    assert changes.take(session).touched == {}
    assert session.scalar(text("SELECT reminded_at FROM commitment")) == at


def test_nobody_is_reminded_of_what_was_kept_or_told_twice(session: Session, village: Village) -> None:
    id_ = promised(session, village, due_on=in_days(1))
    hand_in(session, village.phone_li, later(village, commitments=[promise(in_days(1))]))
    hand_in(session, village.phone_li, kept(id_))
    changes.take(session)
    remind_of_promises(session, defaults().life)
    assert changes.take(session).touched == {}


def aid(**changes: Any) -> dict[str, Any]:
    return {"id": ids.uuid7(), "what": "过冬煤一吨", "source": "民政"} | changes


def test_aid_is_a_row_once_whoever_of_two_visitors_wrote_it(session: Session, village: Village) -> None:
    mine, theirs, other = aid(), aid(given_on=clock.local(this_morning()).date()), aid(what="棉被")
    hand_in(session, village.phone_li, batches.visit(village, this_morning(), aid=[mine], programme=village.programme))
    at = this_morning() + timedelta(minutes=3)
    hand_in(session, village.phone_chen, batches.visit(village, at, recorder=village.chen, aid=[theirs, other, other]))
    rows = {row.id: row for row in session.execute(text("SELECT * FROM aid"))}
    first = rows[mine["id"]]
    assert (first.what, first.source, first.place_id, first.cadre_id) == (
        "过冬煤一吨",
        "民政",
        village.home,
        village.li,
    )
    assert (first.given_on, first.programme_id) == (clock.local(this_morning()).date(), village.programme)
    assert {id_: row.same_as_id for id_, row in rows.items()} == {
        mine["id"]: None,
        theirs["id"]: mine["id"],
        other["id"]: None,
    }


def test_a_revision_may_change_what_was_given(session: Session, village: Village) -> None:
    given = aid()
    visit = batches.visit(village, this_morning(), aid=[given])
    hand_in(session, village.phone_li, visit)
    hand_in(session, village.phone_li, visit | {"aid": [given | {"what": "过冬煤两吨"}]})
    assert session.scalars(text("SELECT what FROM aid")).all() == ["过冬煤两吨"]
