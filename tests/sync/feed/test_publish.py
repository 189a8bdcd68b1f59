"""What a commit writes into the feed: who gets an entity, who loses it, and how it is told."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import changes, clock, db, ids
from sync.feed.actions import publish
from sync.house import House
from sync.words import FeedKind
from tests.factories.rows import add_link, add_place, add_task, add_visit, end_link
from tests.factories.village import Village
from tests.sync.feed.conftest import Held

PLACE, LINK, TASK, VISIT = FeedKind.PLACE, FeedKind.LINK, FeedKind.TASK, FeedKind.VISIT


def link_of(house: House, cadre: UUID) -> UUID:
    link: UUID = house.read(lambda s: s.scalars(text("SELECT id FROM link WHERE cadre_id = :c"), {"c": cadre}).one())
    return link


def test_a_link_brings_its_home_to_the_cadre_and_to_nobody_else(house: House, village: Village, held: Held) -> None:
    assert held(f"c:{village.li}", PLACE) == {village.home: "P"}
    assert held(f"c:{village.li}", LINK) == {link_of(house, village.li): "P"}
    assert held(f"c:{village.chen}", PLACE) == {}


def test_a_link_that_goes_to_another_cadre_leaves_one_scope_and_enters_the_other_in_one_commit(
    house: House, village: Village, held: Held
) -> None:
    link = link_of(house, village.li)
    task = house.write(lambda s: add_task(s, village, village.zhou, village.home))
    assert held(f"c:{village.li}", TASK) == {task: "P"}

    def move(session: Session) -> None:
        session.execute(text("UPDATE link SET cadre_id = :c WHERE id = :l"), {"c": village.chen, "l": link})
        changes.touched(session, LINK, [link])

    house.write(move)
    for kind, id_ in ((PLACE, village.home), (LINK, link), (TASK, task)):
        assert held(f"c:{village.li}", kind) == {id_: "L"}
        assert held(f"c:{village.chen}", kind) == {id_: "P"}
    assert held(f"c:{village.zhou}", TASK) == {task: "P"}


def test_what_a_rollback_touched_is_not_told(house: House, village: Village, held: Held) -> None:
    with pytest.raises(ZeroDivisionError):
        house.write(lambda s: (add_link(s, village, village.chen, village.home), 1 / 0))
    assert held(f"c:{village.chen}", PLACE) == {}


def test_a_home_with_two_links_of_one_cadre_stays_while_one_is_in_force(
    house: House, village: Village, held: Held
) -> None:
    first = link_of(house, village.li)
    other = ids.uuid7()
    house.write(
        lambda s: s.execute(text("INSERT INTO programme (id, code, name) VALUES (:i, 'X', '包村')"), {"i": other})
    )
    second = Village(**vars(village) | {"programme": other})
    house.write(lambda s: add_link(s, second, village.li, village.home))
    house.write(lambda s: end_link(s, first, clock.today()))
    assert held(f"c:{village.li}", PLACE) == {village.home: "P"}
    assert sorted(held(f"c:{village.li}", LINK).values()) == ["L", "P"]


def test_a_home_that_is_deregistered_is_deleted_and_one_whose_link_ended_has_left(
    house: House, village: Village, held: Held
) -> None:
    other = house.write(lambda s: add_place(s, village))
    link = house.write(lambda s: add_link(s, village, village.li, other))

    def deregister(session: Session) -> None:
        session.execute(text("UPDATE place SET state = 'gone' WHERE id = :i"), {"i": village.home})
        changes.touched(session, PLACE, [village.home])

    house.write(deregister)
    house.write(lambda s: end_link(s, link, clock.today()))
    assert held(f"c:{village.li}", PLACE) == {village.home: "D", other: "L"}


def test_a_link_that_is_no_longer_there_is_deleted(house: House, village: Village, held: Held) -> None:
    link = link_of(house, village.li)

    def delete(session: Session) -> None:
        session.execute(text("DELETE FROM link WHERE id = :i"), {"i": link})
        changes.touched(session, LINK, [link])
        changes.touched(session, PLACE, [village.home])

    house.write(delete)
    assert held(f"c:{village.li}", LINK) == {link: "D"}
    assert held(f"c:{village.li}", PLACE) == {village.home: "L"}


def test_who_wrote_a_matter_down_follows_it_wherever_the_home_goes(house: House, village: Village, held: Held) -> None:
    task = house.write(lambda s: add_task(s, village, village.li, village.home))
    house.write(lambda s: end_link(s, link_of(house, village.li), clock.today()))
    assert held(f"c:{village.li}", TASK) == {task: "P"}


@pytest.mark.parametrize("how", ["confidential", "sealed"])
def test_a_secret_matter_is_not_told_to_whoever_has_the_home(
    house: House, village: Village, held: Held, how: str
) -> None:
    task = house.write(lambda s: add_task(s, village, village.zhou, village.home, holder=village.roads, **{how: True}))
    assert held(f"c:{village.li}", TASK) == {}
    own, unit = held(f"c:{village.zhou}", TASK), held(f"u:{village.roads}", TASK)
    assert (own, unit) == (({}, {}) if how == "sealed" else ({task: "P"}, {task: "P"}))


def test_a_unit_has_what_it_handles_until_it_is_closed_or_goes_to_another(
    house: House, village: Village, held: Held
) -> None:
    one, two = (house.write(lambda s: add_task(s, village, village.zhou, None, holder=village.roads)) for _ in range(2))

    def change(session: Session) -> None:
        session.execute(text("UPDATE task SET state = 'closed', ended_at = now() WHERE id = :i"), {"i": one})
        session.execute(text("UPDATE task SET holder_unit_id = :u WHERE id = :i"), {"u": village.waterworks, "i": two})
        changes.touched(session, TASK, [one, two])

    house.write(change)
    assert held(f"u:{village.roads}", TASK) == {one: "L", two: "L"}
    assert held(f"u:{village.waterworks}", TASK) == {two: "P"}
    assert held(f"c:{village.zhou}", TASK) == {one: "P", two: "P"}


def test_a_task_that_was_joined_to_another_is_told_as_merged(house: House, village: Village, held: Held) -> None:
    one, two = (house.write(lambda s: add_task(s, village, village.zhou, None)) for _ in range(2))

    def join(session: Session) -> None:
        session.execute(text("UPDATE task SET merged_into_id = :two WHERE id = :one"), {"one": one, "two": two})
        changes.touched(session, TASK, [one])

    house.write(join)
    assert held(f"c:{village.zhou}", TASK) == {one: "M", two: "P"}


def test_everybody_who_was_there_has_the_visit_and_an_erased_one_is_deleted(
    house: House, village: Village, held: Held
) -> None:
    visit = house.write(lambda s: add_visit(s, village, village.li, village.home, clock.now(), village.chen))
    assert held(f"c:{village.li}", VISIT) == held(f"c:{village.chen}", VISIT) == {visit: "P"}

    def erase(session: Session) -> None:
        session.execute(text("DELETE FROM visit_party WHERE visit_id = :v"), {"v": visit})
        session.execute(text("DELETE FROM visit WHERE id = :v"), {"v": visit})
        changes.left(session, VISIT, [(f"c:{village.li}", visit), (f"c:{village.chen}", visit)])

    house.write(erase)
    assert held(f"c:{village.li}", VISIT) == held(f"c:{village.chen}", VISIT) == {visit: "D"}


def test_a_visit_that_is_said_to_have_left_but_belongs_stays(house: House, village: Village, held: Held) -> None:
    visit = house.write(lambda s: add_visit(s, village, village.li, village.home, clock.now()))
    house.write(lambda s: changes.left(s, VISIT, [(f"c:{village.li}", visit)]))
    assert held(f"c:{village.li}", VISIT) == {visit: "P"}


def test_an_old_visit_and_an_old_closed_matter_come_to_no_phone(house: House, village: Village, held: Held) -> None:
    feed = house.policy.feed
    long_ago = clock.now() - timedelta(days=feed.task_days + 1)
    house.write(lambda s: add_visit(s, village, village.li, village.home, long_ago))
    house.write(lambda s: add_task(s, village, village.li, None, told_at=long_ago, state="closed"))
    open_one = house.write(lambda s: add_task(s, village, village.li, None, told_at=long_ago))
    assert held(f"c:{village.li}", VISIT) == {}
    assert held(f"c:{village.li}", TASK) == {open_one: "P"}


def test_numbers_of_a_scope_never_repeat_and_end_at_its_head(house: House, village: Village) -> None:
    for _ in range(3):
        house.write(lambda s: changes.touched(s, PLACE, [village.home]))
        house.write(lambda s: add_task(s, village, village.li, village.home))
    rows = house.read(
        lambda s: (
            s.execute(text("SELECT seq FROM feed_item WHERE scope = :s"), {"s": f"c:{village.li}"}).scalars().all()
        )
    )
    head = house.read(lambda s: s.scalar(text("SELECT head FROM feed_head WHERE scope = :s"), {"s": f"c:{village.li}"}))
    assert len(rows) == len(set(rows))
    assert max(rows) == head


def test_a_task_raised_while_its_home_is_handed_over_reaches_the_new_holder(
    house: House, village: Village, held: Held
) -> None:
    """The transactions overlap: the task is committed after the link has moved, but was written before."""
    link, raised, moved = link_of(house, village.li), threading.Event(), threading.Event()
    found: list[UUID] = []

    def raise_slowly(session: Session) -> None:
        found.append(add_task(session, village, village.zhou, village.home))
        raised.set()
        assert moved.wait(10)

    def move(session: Session) -> None:
        assert raised.wait(10)
        session.execute(text("UPDATE link SET cadre_id = :c WHERE id = :l"), {"c": village.chen, "l": link})
        changes.touched(session, LINK, [link])

    thread = threading.Thread(target=lambda: house.write(raise_slowly))
    thread.start()
    house.write(move)
    moved.set()
    thread.join()
    assert held(f"c:{village.chen}", TASK) == {found[0]: "P"}
    assert held(f"c:{village.li}", TASK) == {}


def test_a_hand_over_waits_for_whoever_is_publishing_and_then_sees_it(
    house: House, village: Village, held: Held
) -> None:
    """The other order: the task has been published but is not committed when the link moves."""
    link, published, go_on = link_of(house, village.li), threading.Event(), threading.Event()
    found: list[UUID] = []

    def publish_and_wait() -> None:
        def work(session: Session) -> None:
            found.append(add_task(session, village, village.zhou, village.home))
            publish(session, house.policy.feed)
            published.set()
            assert go_on.wait(10)

        db.transact(house.sessions, work)

    def move(session: Session) -> None:
        session.execute(text("UPDATE link SET cadre_id = :c WHERE id = :l"), {"c": village.chen, "l": link})
        changes.touched(session, LINK, [link])

    first = threading.Thread(target=publish_and_wait)
    second = threading.Thread(target=lambda: house.write(move))
    first.start()
    assert published.wait(10)
    second.start()
    second.join(0.3)
    assert second.is_alive(), "it must wait until the task is committed"
    go_on.set()
    first.join()
    second.join()
    assert held(f"c:{village.chen}", TASK) == {found[0]: "P"}
    assert held(f"c:{village.li}", TASK) == {found[0]: "L"}


def test_crossing_changes_of_many_scopes_never_deadlock(house: House, village: Village) -> None:
    places = [house.write(lambda s: add_place(s, village)) for _ in range(6)]
    links = [
        house.write(lambda s, p=place, c=cadre: add_link(s, village, c, p, date(2020, 1, 1)))
        for place in places
        for cadre in (village.li, village.chen, village.zhou)
    ]
    wrong: list[BaseException] = []

    def churn(step: int) -> None:
        def work(session: Session) -> None:
            changes.touched(session, LINK, links[step % 3 :: step + 1])
            changes.touched(session, PLACE, places[::-1])

        try:
            for _ in range(15):
                house.write(work)
        except BaseException as error:  # noqa: BLE001  # told by the test
            wrong.append(error)

    threads = [threading.Thread(target=churn, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


Import = Callable[..., Any]


def test_renaming_a_village_tells_who_has_homes_there(house: House, village: Village) -> None:
    from sync.registry.imports.kinds import KINDS
    from sync.registry.imports.run import import_rows

    def rows(name: str) -> list[tuple[int, dict[str, str]]]:
        return [(2, {"code": "370614001", "name": name, "kind": "village", "edition": "2025"})]

    house.write(
        lambda s: s.execute(
            text("INSERT INTO unit_code (unit_id, edition, code) VALUES (:u, '2025', '370614001')"),
            {"u": village.village},
        )
    )
    seq = text("SELECT seq FROM feed_item WHERE scope = :s AND kind = 1 AND id = :i")
    where = {"s": f"c:{village.li}", "i": village.home}
    before = house.read(lambda s: s.scalar(seq, where))
    assert import_rows(house.write, KINDS["units"], rows("北沟新村")).changed == 1
    after = house.read(lambda s: s.scalar(seq, where))
    assert after > before
    assert import_rows(house.write, KINDS["units"], rows("北沟新村")).unchanged == 1
    assert house.read(lambda s: s.scalar(seq, where)) == after
