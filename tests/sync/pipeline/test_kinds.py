"""What cadres and co-visitors say of a visit afterwards."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids, pipeline
from sync.pipeline import apply_batches, release_waiting
from sync.policy import defaults
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.handing import hand_in, owed, put, results
from tests.factories.village import Village, found

WANG = ids.uuid7()


@pytest.fixture
def village(session: Session) -> Village:
    return found(session)


def co_visit(visit: UUID, took_part: bool = True, **changes: Any) -> dict[str, Any]:
    whole = {"kind": "co_visit", "id": ids.uuid7(), "visit": visit, "took_part": took_part}
    return whole | {"said": {"wall": clock.now()}} | changes


def attestation(visit: UUID, **changes: Any) -> dict[str, Any]:
    whole = {"kind": "attestation", "id": ids.uuid7(), "visit": visit, "codes": ["NO_SIGNAL"], "text": "山沟里没信号"}
    return whole | {"said": {"wall": clock.now()}} | changes


def answer(question: UUID, **changes: Any) -> dict[str, Any]:
    whole = {"kind": "answer", "id": ids.uuid7(), "question": question, "codes": ["MOVED"], "text": "老人搬到村西头了"}
    return whole | {"said": {"wall": clock.now()}} | changes


def visited(session: Session, village: Village, **changes: Any) -> UUID:
    """A visit of Li's that has been applied."""
    visit = batches.visit(village, this_morning(), **changes)
    assert hand_in(session, village.phone_li, visit)[0]["state"] == "applied"
    session.execute(text("DELETE FROM errand"))
    id_: UUID = visit["id"]
    return id_


def parties(session: Session) -> dict[UUID, bool]:
    """Who is credited, and whether he has confirmed."""
    return {
        row[0]: row[1] for row in session.execute(text("SELECT person_id, confirmed_at IS NOT NULL FROM visit_party"))
    }


def asked(session: Session, visit: UUID) -> UUID:
    """A question of a verifier, with the finding it is about."""
    question = ids.uuid7()
    facts = {"q": question, "v": visit, "w": WANG, "now": clock.now(), "f": ids.uuid7()}
    session.execute(
        text("INSERT INTO question (id, visit_id, text, by, at) VALUES (:q, :v, '为什么?', :w, :now)"), facts
    )
    session.execute(
        text(
            "INSERT INTO finding (id, visit_id, unit_id, cause, cause_key, reasons, state, opened_at, asked_at)"
            " SELECT :f, id, unit_id, 'single', id::text, '{LOC_OUTSIDE}', 'asked', :now, :now FROM visit WHERE id = :v"
        ),
        facts,
    )
    return question


def test_a_co_visitor_confirms_with_one_tap(session: Session, village: Village) -> None:
    visit = visited(session, village, visitors=[village.li, village.chen])
    assert parties(session) == {village.li: True, village.chen: False}
    told = co_visit(visit)
    assert hand_in(session, village.phone_chen, told)[0]["state"] == "applied"
    assert parties(session) == {village.li: True, village.chen: True}
    assert hand_in(session, village.phone_chen, told)[0] | {"ord": 0} == {
        "ord": 0, "kind": "co_visit", "id": str(told["id"]), "state": "duplicate", "of": str(told["id"]),
    }  # fmt: skip
    verbs = session.execute(text("SELECT verb, subject_id, actor_id FROM event")).all()
    assert [tuple(row) for row in verbs] == [("co_visit.confirmed", visit, village.chen)]


def test_a_denial_takes_the_credit_and_stays_as_a_fact(session: Session, village: Village) -> None:
    visit = visited(session, village, visitors=[village.li, village.chen])
    hand_in(session, village.phone_chen, co_visit(visit, took_part=False))
    assert parties(session) == {village.li: True}
    said = session.execute(text("SELECT visit_id, person_id, took_part FROM co_visit")).one()
    assert tuple(said) == (visit, village.chen, False)
    assert hand_in(session, village.phone_chen, co_visit(visit))[0]["state"] == "applied"  # a slip of the thumb
    assert parties(session) == {village.li: True, village.chen: True}


def test_the_newest_word_holds_whatever_came_first(session: Session, village: Village) -> None:
    visit = visited(session, village, visitors=[village.li, village.chen])
    earlier = {"wall": clock.now() - timedelta(minutes=9)}
    hand_in(session, village.phone_chen, co_visit(visit))
    hand_in(session, village.phone_chen, co_visit(visit, took_part=False, said=earlier))
    assert parties(session) == {village.li: True, village.chen: True}


def test_only_who_is_named_may_confirm(session: Session, village: Village) -> None:
    visit = visited(session, village)
    for phone in (village.phone_chen, village.phone_li):  # a stranger; the recorder, who vouches already
        [result] = hand_in(session, phone, co_visit(visit, took_part=False))
        assert (result["state"], result["reason"]) == ("unpermitted", "not-named-as-visitor")
    assert hand_in(session, village.phone_zhou, co_visit(visit))[0]["state"] == "unpermitted"
    assert parties(session) == {village.li: True}


def test_silence_confirms_after_three_days(session: Session, village: Village) -> None:
    visited(session, village, visitors=[village.li, village.chen])
    pipeline.confirm_silent(session, defaults())
    assert parties(session)[village.chen] is False
    with clock.frozen(clock.now() + timedelta(days=3)):
        pipeline.confirm_silent(session, defaults())
        pipeline.confirm_silent(session, defaults())
    assert parties(session)[village.chen] is True


def test_an_answer_settles_the_question_and_opens_the_way(session: Session, village: Village) -> None:
    visit = visited(session, village)
    question = asked(session, visit)
    told = answer(question)
    assert hand_in(session, village.phone_li, told)[0]["state"] == "applied"
    assert session.execute(text("SELECT state, answered_at IS NOT NULL FROM finding")).one() == ("answered", True)
    assert session.scalar(text("SELECT answered_at IS NOT NULL FROM question"))
    said = session.execute(text("SELECT visit_id, question_id, kind, codes, text, person_id FROM said")).one()
    assert tuple(said) == (visit, question, "answer", ["MOVED"], "老人搬到村西头了", village.li)
    assert owed(session, "rejudge") == {f"visit/{visit}"}
    assert hand_in(session, village.phone_li, told)[0]["state"] == "duplicate"
    assert hand_in(session, village.phone_chen, told)[0]["reason"] == "id-taken"


def test_a_statement_is_evidence_and_asks_nobody(session: Session, village: Village) -> None:
    visit = visited(session, village)
    assert hand_in(session, village.phone_li, attestation(visit))[0]["state"] == "applied"
    assert session.scalars(text("SELECT kind FROM said")).all() == ["attestation"]
    assert session.scalar(text("SELECT count(*) FROM finding")) == 0
    assert owed(session, "rejudge") == {f"visit/{visit}"}


def test_an_appeal_goes_before_a_verifier_once(session: Session, village: Village) -> None:
    fixes = [{"lon": 120.9, "lat": 37.8, "at": this_morning(), "accuracy_m": 10.0}]
    visit = visited(session, village, fixes=fixes)
    for _ in range(2):
        hand_in(session, village.phone_li, attestation(visit, appeal=True))
    found_ = session.execute(text("SELECT visit_id, cause, state, reasons FROM finding WHERE cause = 'appeal'")).one()
    assert tuple(found_[:3]) == (visit, "appeal", "open")
    assert "LOC_OUTSIDE" in found_.reasons
    assert session.scalar(text("SELECT count(*) FROM said WHERE kind = 'appeal'")) == 2


def test_another_authors_visit_is_nobody_elses_to_explain(session: Session, village: Village) -> None:
    visit = visited(session, village)
    question = asked(session, visit)
    for record in (attestation(visit), answer(question)):
        [result] = hand_in(session, village.phone_chen, record)
        assert (result["state"], result["reason"]) == ("unpermitted", "not-your-visit")
    assert session.scalar(text("SELECT count(*) FROM said")) == 0


def test_a_co_visitor_may_speak_for_the_visit_he_was_at(session: Session, village: Village) -> None:
    visit = visited(session, village, visitors=[village.li, village.chen])
    assert hand_in(session, village.phone_chen, attestation(visit))[0]["state"] == "applied"


@pytest.mark.parametrize("make", [co_visit, attestation])
def test_what_is_said_before_its_visit_came_is_held_until_it_comes(
    session: Session, village: Village, make: Any
) -> None:
    visit = batches.visit(village, this_morning(), visitors=[village.li, village.chen])
    early = put(session, village.phone_chen, make(visit["id"]))
    apply_batches(session, defaults(), [early])
    [result] = results(session, early)
    assert (result["state"], result["for"]) == ("held", str(visit["id"]))
    hand_in(session, village.phone_li, visit)
    assert owed(session, "apply_batch") == {f"{early.device_id}/{early.batch_id}"}
    apply_batches(session, defaults(), [early])
    assert results(session, early)[0]["state"] == "applied"


def test_an_answer_to_an_unknown_question_is_held_and_kept_when_the_time_is_up(
    session: Session, village: Village
) -> None:
    question = ids.uuid7()
    early = put(session, village.phone_li, answer(question))
    apply_batches(session, defaults(), [early])
    assert results(session, early)[0]["state"] == "held"
    with clock.frozen(clock.now() + timedelta(days=6)):
        apply_batches(session, defaults(), [early])
    [late] = results(session, early)
    assert (late["state"], late["reason"], late["for"]) == ("quarantined", "parent-unknown", str(question))
    visit = visited(session, village)
    session.execute(text("UPDATE question SET id = :q WHERE id = :o"), {"o": asked(session, visit), "q": question})
    release_waiting(session)
    assert owed(session, "apply_batch") == {f"{early.device_id}/{early.batch_id}"}
    apply_batches(session, defaults(), [early])
    assert results(session, early)[0]["state"] == "applied"


def test_what_waits_for_something_that_came_in_the_same_moment_is_found(session: Session, village: Village) -> None:
    """Both were under way at once: neither saw the other, and nobody was woken."""
    visit = batches.visit(village, this_morning())
    early = put(session, village.phone_li, attestation(visit["id"]))
    apply_batches(session, defaults(), [early])
    hand_in(session, village.phone_li, visit)
    session.execute(text("DELETE FROM errand"))
    release_waiting(session)
    assert owed(session, "apply_batch") == {f"{early.device_id}/{early.batch_id}"}


def test_a_visit_and_what_is_said_of_it_come_in_one_batch(session: Session, village: Village) -> None:
    visit = batches.visit(village, this_morning())
    told = hand_in(session, village.phone_li, attestation(visit["id"]), visit)
    assert [result["state"] for result in told] == ["applied", "applied"]


def test_what_is_said_of_an_erased_visit_is_refused(session: Session, village: Village) -> None:
    gone, said = ids.uuid7(), ids.uuid7()
    session.execute(text("INSERT INTO erased_id VALUES (:a, now()), (:b, now())"), {"a": gone, "b": said})
    visit = visited(session, village)
    told = hand_in(session, village.phone_li, attestation(gone), co_visit(gone), attestation(visit, id=said))
    assert {(result["state"], result["reason"]) for result in told} == {("rejected", "erased")}


def test_an_absurd_date_points_to_the_moment_it_was_said(session: Session, village: Village) -> None:
    visit = visited(session, village)
    long_ago = {"wall": clock.now() - timedelta(days=4000)}
    [result] = hand_in(session, village.phone_li, attestation(visit, said=long_ago))
    assert (result["state"], result["pointer"]) == ("quarantined", "/said/wall")


@pytest.mark.parametrize("codes", [[], ["OTHER"]])
def test_a_statement_says_something(session: Session, village: Village, codes: list[str]) -> None:
    visit = visited(session, village)
    mute, words = attestation(visit, codes=codes, text=""), attestation(visit, codes=codes)
    told = hand_in(session, village.phone_li, mute, words)
    assert [(result["state"], result.get("pointer")) for result in told] == [
        ("quarantined", "/text"),
        ("applied", None),
    ]


def test_one_id_from_two_phones_at_once_is_one_statement(session: Session, village: Village) -> None:
    visit = visited(session, village, visitors=[village.li, village.chen])
    told, tap = attestation(visit), co_visit(visit)
    parts = [put(session, phone, told, tap) for phone in (village.phone_li, village.phone_chen)]
    apply_batches(session, defaults(), parts)
    states = sorted(result["state"] for part in parts for result in results(session, part))
    assert states[:2] == ["applied", "applied"]
    assert set(states[2:]) <= {"quarantined", "unpermitted"}
    assert session.scalar(text("SELECT count(*) FROM said")) == 1


def test_a_database_that_refuses_names_the_kind(session: Session, village: Village) -> None:
    visit = visited(session, village)
    session.execute(text("ALTER TABLE said ADD CONSTRAINT ck_mute CHECK (text <> '空')"))
    [result] = hand_in(session, village.phone_li, attestation(visit, text="空"))
    assert (result["state"], result["kind"]) == ("quarantined", "attestation")
