"""Visits of batches meet what is owed; refusing, merging and joining open it again; holders excuse with a reason."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text

from sync import clock, ids, pipeline
from sync.duty.owing import Owed, owe_contacts
from sync.pipeline.effects import Turned, verdicts_turned
from sync.words import OwedFor, Role, Verdict
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.owing import obligation, owe_event
from tests.factories.rows import add_place, hold_role
from tests.sync.pipeline.conftest import Verdicts

DAY = timedelta(days=1)


@pytest.fixture
def owed(verdicts: Verdicts) -> UUID:
    """Contact owed at the home since yesterday; it is cadre Li's."""
    return owe_event(verdicts.session, verdicts.village.home, this_morning() - timedelta(hours=3))


def state(verdicts: Verdicts, id_: UUID) -> Any:
    row = obligation(verdicts.session, id_)
    return row.state, row.met_visit_id


def results(verdicts: Verdicts) -> list[dict[str, Any]]:
    """Answers of the batch that came last."""
    rows = verdicts.session.scalars(text("SELECT results FROM batch ORDER BY received_at DESC, id DESC LIMIT 1"))
    return list(rows.one())


def excuse(owed: UUID, **changes: Any) -> dict[str, Any]:
    said = {"wall": clock.now()}
    return {
        "kind": "obligation_excuse", "id": ids.uuid7(), "obligation": owed, "excuse": "unreachable",
        "text": "桥断了", "said": said,
    } | changes  # fmt: skip


def test_a_visit_of_a_batch_meets_what_is_owed(verdicts: Verdicts, owed: UUID) -> None:
    visit = batches.visit(verdicts.village, this_morning())
    verdicts.hand_in(visit)
    assert state(verdicts, owed) == ("met", visit["id"])


def test_a_revision_that_tells_another_outcome_opens_it_again(verdicts: Verdicts, owed: UUID) -> None:
    visit = batches.visit(verdicts.village, this_morning())
    verdicts.hand_in(visit)
    verdicts.hand_in(visit | {"outcome": "nobody_home"})
    assert state(verdicts, owed) == ("owed", None)
    assert obligation(verdicts.session, owed).paused_until is not None


def test_a_call_that_the_family_wished_for_meets_it(verdicts: Verdicts, owed: UUID) -> None:
    call = batches.visit(verdicts.village, this_morning(), mode="phone", fixes=[])
    verdicts.hand_in(call)
    assert state(verdicts, owed)[0] == "owed"
    wished = batches.visit(verdicts.village, this_morning(), mode="phone", fixes=[], phone_wished=True, note="已问候")
    verdicts.hand_in(wished)
    assert state(verdicts, owed)[0] == "met"


def test_only_a_persons_refusal_opens_it_again(verdicts: Verdicts, owed: UUID) -> None:
    visit = batches.visit(verdicts.village, this_morning())
    verdicts.hand_in(visit)
    for before, after, expected in (
        (Verdict.VERIFIED, Verdict.DOUBTFUL, "met"),
        (Verdict.DOUBTFUL, Verdict.REFUSED, "owed"),
        (Verdict.REFUSED, Verdict.VERIFIED, "met"),
    ):
        query = text("UPDATE visit SET verdict = :v WHERE id = :i")
        verdicts.session.execute(query, {"v": after.value, "i": visit["id"]})
        verdicts_turned(verdicts.session, [Turned(visit["id"], before, after)])
        assert state(verdicts, owed)[0] == expected


def test_merged_places_are_one_home_for_what_is_owed(verdicts: Verdicts, owed: UUID) -> None:
    village = verdicts.village
    verdicts.hand_in(batches.visit(village, this_morning(), place=village.unmapped))
    merge = ids.uuid7()
    pipeline.merge_place(verdicts.session, merge, village.unmapped, village.home, village.li)
    assert state(verdicts, owed)[0] == "met"
    pipeline.undo_merge(verdicts.session, merge, village.li)
    assert state(verdicts, owed)[0] == "owed"


def test_a_visit_that_a_person_joins_to_another_counts_once(verdicts: Verdicts) -> None:
    village, at = verdicts.village, this_morning()
    first, second = batches.visit(village, at - 2 * DAY), batches.visit(village, at - timedelta(hours=2))
    verdicts.hand_in(first, second)
    one = owe_event(verdicts.session, village.home, at - DAY)
    assert state(verdicts, one) == ("met", second["id"])
    edge = pipeline.join_visits(verdicts.session, second["id"], first["id"], village.li)
    assert state(verdicts, one) == ("owed", None)
    pipeline.undo_join(verdicts.session, edge, village.li)
    assert state(verdicts, one) == ("met", second["id"])


def test_a_holder_says_why_contact_is_not_owed(verdicts: Verdicts, owed: UUID) -> None:
    told = excuse(owed)
    verdicts.hand_in(told)
    verdicts.hand_in(told)
    assert [one["state"] for one in results(verdicts)] == ["duplicate"]
    row = obligation(verdicts.session, owed)
    assert (row.state, row.excuse) == ("excused", "unreachable")
    kept = verdicts.session.execute(text('SELECT "text", by, device_id FROM excuse_told')).one()
    assert tuple(kept) == ("桥断了", verdicts.village.li, verdicts.village.phone_li)
    visit = batches.visit(verdicts.village, this_morning())
    verdicts.hand_in(visit)
    assert state(verdicts, owed)[0] == "excused"


@pytest.mark.parametrize(
    ("changes", "of_chen", "answered"),
    [
        ({"obligation": ids.uuid7()}, False, ("held", "parent-unknown")),
        ({}, True, ("unpermitted", "not-your-obligation")),
        ({"excuse": "link_ended"}, False, ("rejected", "invalid")),
    ],
)
def test_an_excuse_is_refused_with_a_reason(
    verdicts: Verdicts, owed: UUID, changes: dict[str, Any], of_chen: bool, answered: tuple[str, str]
) -> None:
    phone = verdicts.village.phone_chen if of_chen else None
    verdicts.hand_in(excuse(owed, **changes), device=phone)
    [one] = results(verdicts)
    assert (one["state"], one["reason"]) == answered
    assert state(verdicts, owed)[0] == "owed"


def test_what_was_met_stays_met(verdicts: Verdicts, owed: UUID) -> None:
    verdicts.hand_in(batches.visit(verdicts.village, this_morning()), excuse(owed))
    assert [one["state"] for one in results(verdicts)] == ["applied", "conflict"]
    assert state(verdicts, owed)[0] == "met"


def test_whoever_belongs_to_a_unit_that_holds_it_may_excuse_it(verdicts: Verdicts, owed: UUID) -> None:
    village = verdicts.village
    query = text("UPDATE obligation SET holder_id = NULL, holder_unit_id = :u WHERE id = :i")
    verdicts.session.execute(query, {"u": village.town, "i": owed})
    verdicts.hand_in(excuse(owed), device=village.phone_chen)
    assert results(verdicts)[0]["state"] == "unpermitted"
    hold_role(verdicts.session, village.chen, Role.CADRE, village.town)
    verdicts.hand_in(excuse(owed), device=village.phone_chen)
    assert state(verdicts, owed)[0] == "excused"


def test_a_batch_meets_many_obligations_in_a_few_statements(verdicts: Verdicts) -> None:
    village, at = verdicts.village, this_morning()
    homes = [add_place(verdicts.session, village, f"北沟村{n}号") for n in range(100)]
    owed = [
        Owed(
            place_id=home, origin=OwedFor.CALLBACK, opens_at=at - n * DAY - DAY, due_at=at + DAY,
        )
        for home in homes
        for n in range(3)
    ]  # fmt: skip
    statements: list[str] = []
    engine = verdicts.session.get_bind()
    note = lambda *event: statements.append(event[2])  # noqa: E731  # a listener
    event.listen(engine, "before_cursor_execute", note)
    try:
        owe_contacts(verdicts.session, verdicts.policy, owed)
        owing = len(statements)
        verdicts.hand_in(*(batches.visit(village, at, place=home, fixes=[]) for home in homes))
    finally:
        event.remove(engine, "before_cursor_execute", note)
    states = verdicts.session.execute(text("SELECT state, count(*) FROM obligation GROUP BY 1")).all()
    assert [tuple(row) for row in states] == [("met", 300)]
    assert owing <= 8
    assert sum("obligation" in statement for statement in statements[owing:]) <= 2
    assert len(statements) - owing <= 40
