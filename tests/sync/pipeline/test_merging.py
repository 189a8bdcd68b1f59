"""Places merged as aliases: nothing is lost, everything lands right, undoing gives back what was."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from sync import clock, ids, pipeline
from sync.access import Actor, HeldRole, within
from sync.errors import Problem
from sync.house import House
from sync.models import Place
from sync.policy import defaults
from sync.roles import Noun
from sync.words import Role
from tests.factories import batches
from tests.factories.batches import this_morning
from tests.factories.handing import hand_in, open_edges, owed
from tests.factories.village import HOME, Village, found

WANG = ids.uuid7()


@pytest.fixture
def village(session: Session) -> Village:
    return found(session)


def add_place(session: Session, village: Village, name: str = "又一户", **more: Any) -> UUID:
    place = ids.uuid7()
    session.execute(
        text("INSERT INTO place (id, kind, unit_id, town_id, name, state) VALUES (:i, 'household', :u, :t, :n, :s)"),
        {"i": place, "u": village.village, "t": village.town, "n": name, "s": more.get("state", "active")},
    )
    return place


def merge(session: Session, away: UUID, into: UUID, merge_id: UUID | None = None) -> UUID:
    return pipeline.merge_place(session, merge_id or ids.uuid7(), away, into, WANG).id


def standing(session: Session) -> dict[UUID, tuple[str, UUID | None]]:
    """State and root of every place."""
    return {row.id: (row.state, row.merged_into_id) for row in session.execute(text("SELECT * FROM place"))}


def test_a_batch_made_offline_against_the_merged_away_id_lands_right(session: Session, village: Village) -> None:
    """The visit is judged at the root's position, counts in its unit, is linked as there, and meets its visits."""
    at = this_morning()
    merge(session, village.unmapped, village.home)
    theirs = batches.visit(village, at)
    hand_in(session, village.phone_li, theirs)
    own_fixes = [fix | {"lon": fix["lon"] + 2e-5, "at": fix["at"] + timedelta(minutes=3)} for fix in theirs["fixes"]]
    late = batches.visit(village, at + timedelta(minutes=3), place=village.unmapped, fixes=own_fixes)
    [result] = hand_in(session, village.phone_chen, late)
    assert (result["state"], result["with"]) == ("joint", str(theirs["id"]))
    row = session.execute(text("SELECT place_id, unit_id, verdict FROM visit WHERE id = :v"), {"v": late["id"]}).one()
    assert tuple(row) == (village.unmapped, village.village, "verified")
    again = batches.visit(village, at + timedelta(minutes=25), place=village.unmapped, fixes=[])
    hand_in(session, village.phone_li, again)
    assert session.execute(text("SELECT visit_id, cause_key FROM finding")).one() == (again["id"], str(theirs["id"]))
    reasons = session.scalar(text("SELECT reasons FROM visit_verdict WHERE visit_id = :v"), {"v": again["id"]})
    assert "LINK_NOT_ASSIGNED" not in {reason["code"] for reason in reasons}


def test_a_visit_to_the_root_meets_those_told_with_an_alias_and_links_of_an_alias(
    session: Session, village: Village
) -> None:
    at = this_morning()
    merge(session, village.home, village.unmapped)  # the link and the position stay where they are
    early = batches.visit(village, at)
    hand_in(session, village.phone_li, early)
    copy = early | {"id": ids.uuid7(), "place": village.unmapped}
    [result] = hand_in(session, village.phone_li, copy)
    assert (result["state"], result["of"]) == ("duplicate", str(early["id"]))
    reasons = session.scalar(text("SELECT reasons FROM visit_verdict WHERE visit_id = :v"), {"v": copy["id"]})
    assert "LINK_NOT_ASSIGNED" not in {reason["code"] for reason in reasons}
    revised = hand_in(session, village.phone_li, early | {"place": village.unmapped, "note": "补充"})[0]
    assert (revised["state"], revised["rev"], revised.get("review")) == ("applied", 2, None)


def test_a_merge_can_be_undone_and_gives_back_exactly_what_was(session: Session, village: Village) -> None:
    shed = add_place(session, village, state="proposed")
    before = standing(session)
    first = merge(session, shed, village.unmapped)
    second = merge(session, village.unmapped, village.home)
    assert standing(session) == before | {
        shed: ("merged", village.home), village.unmapped: ("merged", village.home),
    }  # fmt: skip
    pipeline.undo_merge(session, second, WANG)
    assert standing(session) == before | {shed: ("merged", village.unmapped)}
    pipeline.undo_merge(session, second, WANG)
    pipeline.undo_merge(session, first, WANG)
    assert standing(session) == before
    verbs = session.scalars(text("SELECT verb FROM event ORDER BY id")).all()
    assert verbs == ["place.merged", "place.merged", "place.unmerged", "place.unmerged"]


def test_merges_undone_in_another_order_give_back_what_was(session: Session, village: Village) -> None:
    shed = add_place(session, village)
    before = standing(session)
    first = merge(session, shed, village.unmapped)
    second = merge(session, village.unmapped, village.home)
    pipeline.undo_merge(session, first, WANG)
    assert standing(session) == before | {village.unmapped: ("merged", village.home)}
    third = merge(session, shed, village.home)
    pipeline.undo_merge(session, second, WANG)
    assert standing(session) == before | {shed: ("merged", village.home)}
    pipeline.undo_merge(session, third, WANG)
    assert standing(session) == before


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_merged_and_undone_aliases_stand_for_roots(session: Session, village: Village, seed: int) -> None:
    random = Random(seed)
    places = [village.home, village.unmapped, *(add_place(session, village, f"户{n}") for n in range(4))]
    before = standing(session)
    made: list[UUID] = []
    for _ in range(25):
        if made and random.random() < 0.4:
            pipeline.undo_merge(session, made.pop(random.randrange(len(made))), WANG)
        else:
            away, into = random.sample(places, 2)
            now = standing(session)
            if now[away][1] or now[into][1] == away:
                with pytest.raises(Problem, match=r"merged-already|merge-cycle"):
                    merge(session, away, into)
            else:
                made.append(merge(session, away, into))
        now = standing(session)
        for state, root in now.values():
            assert (state == "merged") == (root is not None)
            assert root is None or now[root][1] is None
    random.shuffle(made)
    for one in made:
        pipeline.undo_merge(session, one, WANG)
    assert standing(session) == before


def test_what_cannot_be_merged_is_told_clearly(session: Session, village: Village) -> None:
    shed, cart = add_place(session, village), add_place(session, village, "大车店")
    merge_id = merge(session, shed, village.home)
    for away, into, code in (
        (shed, shed, "merge-itself"), (village.home, village.home, "merge-itself"), (village.home, shed, "merge-cycle"),
        (shed, village.unmapped, "merged-already"), (ids.uuid7(), shed, "not-found"), (cart, ids.uuid7(), "not-found"),
    ):  # fmt: skip
        with pytest.raises(Problem) as caught:
            merge(session, away, into)
        assert caught.value.code == code
    with pytest.raises(Problem, match="merge-taken"):
        merge(session, cart, village.home, merge_id)
    with pytest.raises(Problem, match="merge-taken"):
        merge(session, shed, cart, merge_id)
    with pytest.raises(Problem, match="not-found"):
        pipeline.undo_merge(session, ids.uuid7(), WANG)
    assert merge(session, shed, village.home, merge_id) == merge_id
    assert merge(session, cart, shed) != merge_id
    assert standing(session)[cart] == ("merged", village.home), "what is merged into an alias hangs on its root"


def test_visits_that_met_through_a_merge_are_compared_and_parted_with_it(session: Session, village: Village) -> None:
    at = this_morning()
    mine = batches.visit(village, at)
    theirs = batches.visit(village, at + timedelta(minutes=5), place=village.unmapped, fixes=[])
    ours = batches.visit(village, at + timedelta(minutes=9), place=village.unmapped, fixes=[])
    hand_in(session, village.phone_li, mine)
    hand_in(session, village.phone_chen, theirs)
    hand_in(session, village.phone_li, ours)
    alone = open_edges(session)
    assert len(alone) == 1
    merge_id = merge(session, village.unmapped, village.home)
    assert {f"place/{village.unmapped}", f"place/{village.home}"} == owed(session, "look_again")
    assert f"place/{village.unmapped}" in owed(session, "rejudge")
    for _ in range(2):
        for place in (village.unmapped, village.home):
            pipeline.look_again(session, defaults(), place)
    assert {parent for _, parent, _, _ in open_edges(session)} == {mine["id"]}
    assert len(open_edges(session)) == 2
    assert session.scalars(text("SELECT cause_key FROM finding WHERE cause = 'repeat'")).all() == [str(mine["id"])]
    pipeline.undo_merge(session, merge_id, WANG)
    pipeline.look_again(session, defaults(), village.unmapped)
    pipeline.look_again(session, defaults(), village.home)
    assert open_edges(session) == alone
    merge(session, village.unmapped, village.home)
    pipeline.look_again(session, defaults(), village.unmapped)
    assert len(open_edges(session)) == 2, "nobody said that these are two visits"


def test_a_person_who_joined_across_merged_places_finds_them_parted_when_the_merge_is_undone(
    session: Session, village: Village
) -> None:
    """Undoing the person's edge puts back what it had replaced: that one leads across the two places as well."""
    at = this_morning()
    first, again = (batches.visit(village, at + timedelta(minutes=12 * n), fixes=[]) for n in range(2))
    theirs = batches.visit(village, at, place=village.unmapped, fixes=[], ended={"wall": at + timedelta(minutes=40)})
    merge_id = merge(session, village.unmapped, village.home)
    hand_in(session, village.phone_chen, theirs)
    hand_in(session, village.phone_li, first, again)
    assert {parent for _, parent, _, _ in open_edges(session)} == {theirs["id"]}
    pipeline.join_visits(session, again["id"], first["id"], WANG)
    pipeline.undo_merge(session, merge_id, WANG)
    assert all(theirs["id"] not in edge for edge in open_edges(session))


def test_a_look_goes_on_chunk_by_chunk(session: Session, village: Village, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sync.pipeline.merging.CHUNK", 2)
    start = this_morning() - timedelta(days=1)
    hand_in(
        session, village.phone_li,
        *(batches.visit(village, start - timedelta(hours=3 * n), place=village.unmapped, fixes=[]) for n in range(3)),
    )  # fmt: skip
    hand_in(session, village.phone_chen, *(batches.visit(village, start - timedelta(hours=3 * n)) for n in range(3)))
    merge(session, village.unmapped, village.home)
    session.execute(text("DELETE FROM errand"))
    seen, after = 0, UUID(int=0)
    while True:
        pipeline.look_again(session, defaults(), village.unmapped, after)
        seen += 1
        row = session.execute(
            text("SELECT facts FROM errand WHERE job = 'look_again' ORDER BY id DESC LIMIT 1")
        ).first()
        session.execute(text("DELETE FROM errand"))
        if row is None:
            break
        after = UUID(row.facts["after"])
    assert seen == 2
    assert len(open_edges(session)) == 3
    pipeline.look_again(session, defaults(), ids.uuid7())


def test_whoever_is_linked_to_an_alias_sees_the_root(session: Session, village: Village) -> None:
    li = Actor(village.li, (HeldRole(Role.CADRE, village.village),))

    def seen() -> set[UUID]:
        return set(session.scalars(within(li, select(Place.id), Noun.PLACE)))

    assert seen() == {village.home}
    merge_id = merge(session, village.home, village.unmapped)
    assert seen() == {village.home, village.unmapped}
    pipeline.undo_merge(session, merge_id, WANG)
    assert seen() == {village.home}


@pytest.fixture
def committed(house: House) -> tuple[House, Village]:
    return house, house.write(found)


def test_two_persons_who_merge_crosswise_get_one_merge_and_batches_land(committed: tuple[House, Village]) -> None:
    """Fault 27, for places: no cycle, no chain, and the offline batch to the merged-away id is applied."""
    house, village = committed
    pairs = [(village.home, village.unmapped), (village.unmapped, village.home)]
    for _ in range(5):
        barrier = threading.Barrier(2)

        def cross(away: UUID, into: UUID, barrier: threading.Barrier = barrier) -> UUID | str:
            def work(session: Session) -> UUID:
                barrier.wait(10)
                return merge(session, away, into)

            try:
                return house.write(work)
            except Problem as problem:
                return problem.code

        with ThreadPoolExecutor(2) as pool:
            told = [future.result(20) for future in [pool.submit(cross, *pair) for pair in pairs]]
        [made] = [one for one in told if isinstance(one, UUID)]
        assert next(one for one in told if one != made) in ("merge-cycle", "merged-already")
        now = house.read(standing)
        assert sorted(now[place][0] for place in (village.home, village.unmapped)) == ["active", "merged"]
        at = clock.now() - timedelta(hours=5)
        for place in (village.home, village.unmapped):
            visit = batches.visit(village, at, place=place, fixes=[])
            [result] = house.write(lambda s, visit=visit: hand_in(s, village.phone_li, visit))
            assert result["state"] == "applied"
        house.write(lambda s, made=made: pipeline.undo_merge(s, made, WANG))


def test_a_batch_that_comes_while_its_place_is_merged_waits_and_lands_at_the_root(
    committed: tuple[House, Village],
) -> None:
    house, village = committed
    at = this_morning()
    theirs = batches.visit(village, at)
    house.write(lambda s: hand_in(s, village.phone_chen, theirs))
    merged, begun = threading.Event(), threading.Event()

    def merging() -> None:
        def work(session: Session) -> None:
            merge(session, village.unmapped, village.home)
            merged.set()
            assert begun.wait(10)

        house.write(work)

    late = batches.visit(village, at, place=village.unmapped, fixes=[])
    with ThreadPoolExecutor(2) as pool:
        merger = pool.submit(merging)
        assert merged.wait(10)
        batch = pool.submit(lambda: house.write(lambda s: hand_in(s, village.phone_li, late)))
        for _ in range(500):
            if house.read(lambda s: s.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))):
                break
            threading.Event().wait(0.01)
        begun.set()
        merger.result(20)
        [result] = batch.result(20)
    assert (result["state"], result["with"]) == ("joint", str(theirs["id"]))


def test_the_position_of_the_root_is_unchanged(session: Session, village: Village) -> None:
    merge(session, village.unmapped, village.home)
    lon = session.scalar(text("SELECT ST_X(position::geometry) FROM place WHERE id = :p"), {"p": village.home})
    assert lon == HOME[0]
