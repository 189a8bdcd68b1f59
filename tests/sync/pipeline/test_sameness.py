"""Joint visits, likely repeats, what persons say about them, and two sets at once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from sync import clock, ids, pipeline
from sync.dedup import actions
from sync.errors import Problem
from sync.house import House
from sync.pipeline import apply_batches
from sync.policy import defaults
from sync.review.opening_repeats import open_repeats
from sync.words import SameKind
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.handing import hand_in, open_edges, owed, put, results
from tests.factories.village import HOME, Village, add_phone, found

WANG = ids.uuid7()


@pytest.fixture
def village(session: Session) -> Village:
    return found(session)


def chens(village: Village, at: Any, **changes: Any) -> dict[str, Any]:
    """Chen's own record of a visit, with fixes of his own phone."""
    fixes = [
        {
            "lon": HOME[0] - i * 1.1e-5,
            "lat": HOME[1] + i * 1.3e-5,
            "at": at + timedelta(minutes=3 * i),
            "accuracy_m": 15.0,
        }
        for i in range(4)
    ]
    return batches.visit(village, at, fixes=fixes, note="和李同志一起去的") | changes


def test_two_records_of_two_cadres_are_one_joint_visit(session: Session, village: Village) -> None:
    at = this_morning()
    mine, theirs = batches.visit(village, at), chens(village, at + timedelta(minutes=2))
    assert hand_in(session, village.phone_li, mine)[0]["state"] == "applied"
    [joint] = hand_in(session, village.phone_chen, theirs)
    assert (joint["state"], joint["with"]) == ("joint", str(mine["id"]))
    assert open_edges(session) == [(theirs["id"], mine["id"], "joint", "overlap")]
    assert session.scalar(text("SELECT shared FROM same_visit")) is False
    assert owed(session, "rejudge") == {f"visit/{mine['id']}"}
    touched = session.execute(text("SELECT scope FROM feed_item WHERE id = :v"), {"v": mine["id"]})
    assert touched.all() == []  # the caller publishes last


def test_a_second_visit_of_the_day_is_a_visit_of_its_own(session: Session, village: Village) -> None:
    at = this_morning()
    hand_in(session, village.phone_li, batches.visit(village, at), batches.visit(village, at - timedelta(hours=2)))
    assert open_edges(session) == []
    assert session.scalar(text("SELECT count(*) FROM finding")) == 0


def test_whoever_is_named_and_writes_a_record_of_his_own_is_joint_and_has_confirmed(
    session: Session, village: Village
) -> None:
    at = this_morning()
    mine = batches.visit(village, at, visitors=[village.li, village.chen])
    hand_in(session, village.phone_li, mine)
    unconfirmed = text("SELECT count(*) FROM visit_party WHERE confirmed_at IS NULL")
    assert session.scalar(unconfirmed) == 1
    assert hand_in(session, village.phone_chen, chens(village, at))[0]["state"] == "joint"
    assert session.scalar(unconfirmed) == 0
    credited = text(
        "SELECT p.person_id, count(DISTINCT coalesce(s.parent_id, p.visit_id)) FROM visit_party p"
        " LEFT JOIN same_visit s ON s.child_id = p.visit_id AND s.undone_at IS NULL GROUP BY p.person_id"
    )
    assert dict(session.execute(credited).all()) == {village.li: 1, village.chen: 1}


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_any_order_of_batches_gives_the_same_groups(session: Session, village: Village, order: tuple[int, ...]) -> None:
    at, wu, phone_wu = this_morning(), ids.uuid7(), ids.uuid7()
    _hire(session, village, wu, phone_wu)
    told = [
        (village.phone_li, batches.visit(village, at)),
        (village.phone_li, batches.visit(village, at)),  # a restored backup
        (village.phone_chen, chens(village, at + timedelta(minutes=25))),
        (phone_wu, chens(village, at + timedelta(minutes=50), note="吴")),
    ]
    for n in order:
        hand_in(session, *told[n])
    edges = open_edges(session)
    assert len({parent for _, parent, _, _ in edges}) == 1
    assert len(edges) == 3
    assert sorted(kind for _, _, kind, _ in edges) == ["joint", "joint", "repeat"]
    repeated = next(child for child, _, kind, _ in edges if kind == "repeat")
    assert repeated in (told[0][1]["id"], told[1][1]["id"])
    assert edges[0][1] == told[order[0]][1]["id"], "the root came first"


def _hire(session: Session, village: Village, person: UUID, phone: UUID) -> None:
    session.execute(text("INSERT INTO person (id, staff_no, name) VALUES (:i, '吴', '吴')"), {"i": person})
    session.execute(
        text("INSERT INTO person_role (id, person_id, unit_id, role) VALUES (:i, :p, :u, 'cadre')"),
        {"i": ids.uuid7(), "p": person, "u": village.village},
    )
    add_phone(session, phone, person)


def test_two_phones_with_one_series_of_fixes_are_flagged(session: Session, village: Village) -> None:
    at = this_morning()
    hand_in(session, village.phone_li, batches.visit(village, at))
    copied = batches.visit(village, at + timedelta(minutes=5))
    assert hand_in(session, village.phone_chen, copied)[0]["state"] == "joint"
    assert session.scalar(text("SELECT shared FROM same_visit")) is True
    reasons = session.scalar(text("SELECT reasons FROM visit_verdict WHERE visit_id = :v"), {"v": copied["id"]})
    assert "JOINT_SHARED_EVIDENCE" in {reason["code"] for reason in reasons}


def test_two_halves_in_one_set_are_joined_and_flagged(session: Session, village: Village) -> None:
    at = this_morning()
    mine, theirs = batches.visit(village, at), batches.visit(village, at + timedelta(minutes=4))
    parts = [put(session, village.phone_li, mine), put(session, village.phone_chen, theirs)]
    apply_batches(session, defaults(), parts)
    assert sorted(results(session, part)[0]["state"] for part in parts) == ["applied", "joint"]
    assert session.scalars(text("SELECT shared FROM same_visit")).all() == [True]
    assert owed(session, "rejudge") == set()


def test_a_likely_repeat_goes_before_a_person_and_counts_until_then(session: Session, village: Village) -> None:
    at = this_morning()
    first, again = batches.visit(village, at), batches.visit(village, at + timedelta(minutes=20), fixes=[])
    hand_in(session, village.phone_li, first)
    assert hand_in(session, village.phone_li, again)[0]["state"] == "applied"
    assert open_edges(session) == []
    finding = session.execute(text("SELECT visit_id, cause, cause_key, state, unit_id FROM finding")).one()
    assert tuple(finding) == (again["id"], "repeat", str(first["id"]), "open", village.village)


def test_what_a_person_decided_about_a_pair_is_not_asked_again(session: Session, village: Village) -> None:
    at = this_morning()
    first = batches.visit(village, at)
    later = batches.visit(village, at + timedelta(minutes=20), fixes=[])
    hand_in(session, village.phone_li, first)
    hand_in(session, village.phone_li, later)
    session.execute(text("UPDATE finding SET state = 'decided'"))
    open_repeats(session, [(later["id"], first["id"])], clock.now())
    assert session.scalars(text("SELECT state FROM finding")).all() == ["decided"]


def test_a_person_accepts_a_likely_repeat_and_takes_it_back(session: Session, village: Village) -> None:
    at = this_morning()
    first, again = batches.visit(village, at), batches.visit(village, at + timedelta(minutes=20), fixes=[])
    hand_in(session, village.phone_li, first, again)
    session.execute(text("DELETE FROM errand"))
    edge = pipeline.join_visits(session, again["id"], first["id"], WANG)
    assert open_edges(session) == [(again["id"], first["id"], "repeat", "person")]
    assert owed(session, "rejudge") == {f"visit/{again['id']}", f"visit/{first['id']}"}
    assert pipeline.join_visits(session, again["id"], first["id"], WANG) == edge
    assert pipeline.join_visits(session, first["id"], again["id"], WANG) == edge
    pipeline.undo_join(session, edge, WANG)
    pipeline.undo_join(session, edge, WANG)
    assert open_edges(session) == []
    assert session.execute(text("SELECT undone_by, undone_at IS NOT NULL FROM same_visit")).all() == [(WANG, True)]


def test_an_edge_that_was_undone_is_not_made_again(session: Session, village: Village) -> None:
    at = this_morning()
    mine, theirs = batches.visit(village, at), chens(village, at)
    hand_in(session, village.phone_li, mine)
    hand_in(session, village.phone_chen, theirs)
    edge = session.scalars(text("SELECT id FROM same_visit")).one()
    pipeline.undo_join(session, edge, WANG)
    third = mine | {"id": ids.uuid7()}  # repeats Li's, and would be joint with Chen's
    assert hand_in(session, village.phone_li, third)[0]["state"] == "duplicate"
    assert open_edges(session) == [(third["id"], mine["id"], "repeat", "fixes")]
    pipeline.look_again(session, defaults(), village.home)
    assert len(open_edges(session)) == 1
    pipeline.unpart_visits(session, edge, WANG)
    assert {child for child, *_ in open_edges(session)} == {theirs["id"], third["id"]}


def test_undoing_one_edge_of_three_leaves_the_others(session: Session, village: Village) -> None:
    at, wu, phone_wu = this_morning(), ids.uuid7(), ids.uuid7()
    _hire(session, village, wu, phone_wu)
    first, bridge, last = (
        batches.visit(village, at),
        chens(village, at + timedelta(minutes=25)),
        chens(village, at + timedelta(minutes=50), note="吴"),
    )
    hand_in(session, village.phone_li, first)
    hand_in(session, village.phone_chen, bridge)
    hand_in(session, phone_wu, last)
    assert {parent for _, parent, _, _ in open_edges(session)} == {first["id"]}
    edge = session.scalars(text("SELECT id FROM same_visit WHERE child_id = :c"), {"c": bridge["id"]}).one()
    pipeline.undo_join(session, edge, WANG)
    assert open_edges(session) == [(last["id"], bridge["id"], "joint", "starts")]


def test_a_repeat_among_joint_visits_is_the_persons_word_and_can_be_taken_back(
    session: Session, village: Village
) -> None:
    at = this_morning()
    first, again = batches.visit(village, at), batches.visit(village, at + timedelta(minutes=12), fixes=[])
    theirs = chens(village, at, ended={"wall": at + timedelta(minutes=40)})
    hand_in(session, village.phone_li, first, again)
    hand_in(session, village.phone_chen, theirs)
    before = open_edges(session)
    assert [kind for *_, kind, _ in before] == ["joint", "joint"]
    edge = pipeline.join_visits(session, again["id"], first["id"], WANG)
    assert {kind for child, _, kind, _ in open_edges(session) if child in (first["id"], again["id"])} == {"repeat"}
    pipeline.undo_join(session, edge, WANG)
    assert open_edges(session) == before


def test_a_late_telling_shows_that_two_before_it_were_one(session: Session, village: Village) -> None:
    """Li's two tellings are three minutes apart, both joint with Chen's; a third is within two minutes of each."""
    at, told = this_morning(), [{"form": "household", "version": "1", "values": {"residents": 2}}]
    times = [at, at + timedelta(seconds=180), at + timedelta(seconds=90)]
    first, second, third = (batches.visit(village, time, answers=told, fixes=[]) for time in times)
    hand_in(session, village.phone_li, first)
    hand_in(session, village.phone_chen, chens(village, at))
    assert hand_in(session, village.phone_li, second)[0]["state"] == "joint"
    [result] = hand_in(session, village.phone_li, third)
    assert (result["state"], result["of"]) == ("duplicate", str(first["id"]))
    repeats = {child for child, _, kind, _ in open_edges(session) if kind == "repeat"}
    assert repeats == {second["id"], third["id"]}


def test_visits_said_to_be_two_are_kept_apart(session: Session, village: Village) -> None:
    at = this_morning()
    first, again = batches.visit(village, at), batches.visit(village, at + timedelta(minutes=20), fixes=[])
    hand_in(session, village.phone_li, first, again)
    bar = pipeline.part_visits(session, again["id"], first["id"], WANG)
    assert open_edges(session) == []
    pipeline.look_again(session, defaults(), village.home)
    pipeline.unpart_visits(session, bar, WANG)
    assert session.scalar(text("SELECT count(*) FROM same_visit")) == 0
    hand_in(session, village.phone_chen, chens(village, at))
    joined = open_edges(session)
    apart = pipeline.part_visits(session, *joined[0][:2], WANG)
    assert len(open_edges(session)) < len(joined)
    pipeline.unpart_visits(session, apart, WANG)
    pipeline.unpart_visits(session, apart, WANG)
    assert {edge[0] for edge in open_edges(session)} == {edge[0] for edge in joined}


def test_visits_at_two_places_are_not_one(session: Session, village: Village) -> None:
    first = batches.visit(village, this_morning())
    other = batches.visit(village, this_morning(), place=village.unmapped, fixes=[])
    hand_in(session, village.phone_li, first, other)
    with pytest.raises(Problem, match="visits-apart"):
        actions.join_by_person(session, other["id"], first["id"], WANG, clock.now())
    with pytest.raises(Problem, match="not-found"):
        actions.join_by_person(session, ids.uuid7(), ids.uuid7(), WANG, clock.now())
    for act in (actions.undo_edge, actions.allow_again):
        with pytest.raises(Problem, match="not-found"):
            act(session, ids.uuid7(), WANG, clock.now())


def test_a_person_may_say_joint(session: Session, village: Village) -> None:
    at = this_morning()
    mine, theirs = batches.visit(village, at), chens(village, at + timedelta(minutes=45))
    hand_in(session, village.phone_li, mine)
    hand_in(session, village.phone_chen, theirs)
    edge = pipeline.join_visits(session, theirs["id"], mine["id"], WANG, SameKind.JOINT)
    assert open_edges(session) == [(theirs["id"], mine["id"], "joint", "person")]
    assert pipeline.join_visits(session, mine["id"], theirs["id"], WANG, SameKind.JOINT) == edge


def test_a_revision_that_moves_the_visit_opens_a_finding_each_time_it_was_decided(
    session: Session, village: Village
) -> None:
    visit = batches.visit(village, this_morning())
    hand_in(session, village.phone_li, visit)
    for n in range(3):
        hand_in(session, village.phone_li, visit | {"place": village.unmapped, "note": str(n)})
        if n == 1:
            session.execute(text("UPDATE finding SET state = 'decided'"))
    rows = session.execute(text("SELECT visit_id, cause, state FROM finding ORDER BY opened_at, id")).all()
    assert [tuple(row) for row in rows] == [
        (visit["id"], "revision", "decided"), (visit["id"], "revision", "open"),
    ]  # fmt: skip


def test_nothing_the_same_costs_one_statement_more_than_the_look(session: Session, village: Village) -> None:
    told: list[str] = []
    hand_in(session, village.phone_li, batches.visit(village, this_morning() - timedelta(days=9)))
    event.listen(session.connection(), "before_cursor_execute", lambda *a: told.append(a[2]))
    hand_in(session, village.phone_li, batches.visit(village, this_morning()))
    assert sum("FOR NO KEY UPDATE OF p" in one for one in told) == 1
    assert sum("same_visit" in one for one in told) == 0


@pytest.fixture
def committed(house: House) -> tuple[House, Village]:
    return house, house.write(found)


def test_two_halves_applied_at_once_by_two_workers_find_each_other(committed: tuple[House, Village]) -> None:
    """Neither is committed when the other begins: the later one waits at the door and then sees the first."""
    house, village = committed
    at = this_morning()
    parts = [
        house.write(lambda s: put(s, village.phone_li, batches.visit(village, at))),
        house.write(lambda s: put(s, village.phone_chen, chens(village, at))),
    ]
    applied, waiting = threading.Event(), threading.Event()

    def first() -> None:
        def work(session: Session) -> None:
            apply_batches(session, defaults(), [parts[0]])
            applied.set()
            assert waiting.wait(10)

        house.write(work)

    def second() -> None:
        assert applied.wait(10)
        threading.Thread(target=_when_somebody_waits, args=(house, waiting)).start()
        house.write(lambda session: apply_batches(session, defaults(), [parts[1]]))

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(first), pool.submit(second)]:
            one.result(20)
    states = [house.read(lambda s, part=part: results(s, part))[0]["state"] for part in parts]
    assert states == ["applied", "joint"]


def _when_somebody_waits(house: House, waiting: threading.Event) -> None:
    """Let the first commit only when the second is stopped by a lock: else they would not have been at once."""
    for _ in range(500):
        if house.read(lambda s: s.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))):
            waiting.set()
            return
        threading.Event().wait(0.01)


def test_two_persons_who_join_crosswise_get_one_edge(committed: tuple[House, Village]) -> None:
    house, village = committed
    at = this_morning()
    one, other = batches.visit(village, at), batches.visit(village, at + timedelta(minutes=20), fixes=[])
    part = house.write(lambda s: put(s, village.phone_li, one, other))
    house.write(lambda s: apply_batches(s, defaults(), [part]))
    barrier = threading.Barrier(2)

    def join(child: UUID, parent: UUID) -> UUID:
        def work(session: Session) -> UUID:
            barrier.wait(10)
            return pipeline.join_visits(session, child, parent, WANG)

        return house.write(work)

    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            pairs = [pool.submit(join, one["id"], other["id"]), pool.submit(join, other["id"], one["id"])]
            edges = {pair.result(20) for pair in pairs}
        assert len(edges) == 1
        assert len(house.read(open_edges)) == 1
        [edge] = edges
        house.write(partial(pipeline.undo_join, edge_id=edge, by=WANG))
