"""What a phone gets back: first sync, changes, 304, who sees what, cursors good and bad."""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from api.app import create_app
from sync import changes, clock, db, ids
from sync.feed import cursor, epochs, settling
from sync.house import House
from sync.identity.actions.devices import end_device
from sync.identity.contact_cipher import ContactCipher
from sync.registry.workdays import replace_workdays, shipped_holidays
from sync.words import DeviceState, FeedKind, Role
from tests.api.phone.conftest import Phone
from tests.conftest import CONTACT_KEY, _clone, _execute, settings_for
from tests.factories.batches import body, problem, this_morning, visit
from tests.factories.pulling import DivergenceError, PullingPhone
from tests.factories.rows import (
    add_link,
    add_place,
    add_task,
    add_visit,
    drop_role,
    end_link,
    hold_role,
    merge_places,
)
from tests.factories.village import Village
from worker.drain import until_empty

Work = Callable[[], Any]
PhoneOf = Callable[[UUID], Phone]


def puller(phone: Phone) -> PullingPhone:
    def get(path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        answer = phone.client.get(f"/phone/v1/{path}", headers=phone.auth | headers)
        return answer.status_code, dict(answer.headers), answer.data

    return PullingPhone(get)


@pytest.fixture
def linked(house: House, village: Village) -> Village:
    """Li's link and the general documents are in the feed."""

    def tell(session: Session) -> None:
        changes.touched(session, FeedKind.LINK, session.scalars(text("SELECT id FROM link")))
        settling.begin(session, house.policy)

    house.write(tell)
    return village


@pytest.fixture
def mine(phone: Phone) -> PullingPhone:
    """Cadre Li's phone, pulling."""
    return puller(phone)


def count(house: House, table: str) -> int:
    return int(house.read(lambda s: s.scalar(text(f"SELECT count(*) FROM {table}"))) or 0)


# What concerns a cadre


def test_a_new_phone_gets_all_that_concerns_its_cadre(
    linked: Village, phone: Phone, mine: PullingPhone, work: Work
) -> None:
    record = visit(linked, this_morning(), problems=[problem()])
    batch, json = body([record])
    assert phone.put(batch, json).status_code == 202
    work()
    mine.pull()
    [home] = mine.all("place").values()
    assert home == {
        "code": None,
        "kind": "household",
        "name": "北沟村1号",
        "address": "",
        "unit": {"id": str(linked.village), "name": "北沟村"},
        "state": "active",
        "residence": "here",
        "quiet_until": None,
        "radius_m": 200.0,
        "position": {"lon": 120.7591, "lat": 37.8082},
        "contacts": [],
    }
    [link] = mine.all("link").values()
    assert (link["place"], link["category"], link["ends"]) == (str(linked.home), "needy", None)
    seen = mine.all("visit")[str(record["id"])]
    assert (seen["place"], seen["verdict"], seen["counts"]) == (str(linked.home), "verified", True)
    assert seen["explanation"]["zh"].endswith("位置相符。")
    [task] = mine.all("task").values()
    assert (task["state"], task["holder"]) == ("dispatched", "水务局")
    assert task["problems"][0]["text"] == "自来水三天没有水了"
    assert mine.all("programme")[str(linked.programme)]["name"] == "五联"
    assert mine.all("labels")[str(UUID(int=FeedKind.LABELS.value))]["Outcome"]["met"] == {"zh": "见到", "en": "met"}
    assert mine.all("policy")[str(UUID(int=FeedKind.POLICY.value))]["evidence"]["location"]["mode"] == "offered"
    assert mine.store.batches[str(batch)]["results"][0]["state"] == "applied"


def test_the_calendar_on_the_phone_says_which_days_are_worked(
    house: House, linked: Village, mine: PullingPhone
) -> None:
    house.write(lambda s: replace_workdays(s, shipped_holidays(), "test"))
    mine.pull()
    [days] = mine.all("calendar").values()
    first = clock.today().replace(year=clock.today().year - 1, month=1, day=1)
    assert days["from"] == first.isoformat()
    assert days["days"][0] == "0", "New Year is off"
    query = text("SELECT is_work FROM workday WHERE day = :d")
    at = first + timedelta(days=45)
    assert days["days"][45] == str(int(house.read(lambda s: s.scalar(query, {"d": at}))))


def test_people_of_a_home_are_told_with_their_numbers_to_its_cadre_alone(
    house: House, linked: Village, mine: PullingPhone, phone_of: PhoneOf
) -> None:
    sealed, digest = ContactCipher(CONTACT_KEY).seal("13812345678")
    other, _ = ContactCipher("b" * 43 + "=").seal("13900000000")

    def add(session: Session) -> None:
        for n, cipher in enumerate((sealed, other, None)):
            session.execute(
                text("INSERT INTO contact (id, place_id, name, phone_cipher, phone_hash) VALUES (:i, :p, :n, :c, :h)"),
                {"i": UUID(int=n + 1), "p": linked.home, "n": f"住户{n}", "c": cipher, "h": digest if cipher else None},
            )
        changes.touched(session, FeedKind.PLACE, [linked.home])

    house.write(add)
    mine.pull()
    [home] = mine.all("place").values()
    assert [(one["name"], one["phone"]) for one in home["contacts"]] == [
        ("住户0", "13812345678"), ("住户1", None), ("住户2", None)
    ]  # fmt: skip
    theirs = puller(phone_of(linked.chen))
    theirs.pull()
    assert theirs.all("place") == {}


def test_a_home_that_was_handed_over_can_no_longer_be_read(
    house: House, linked: Village, mine: PullingPhone, phone_of: PhoneOf
) -> None:
    task = house.write(lambda s: add_task(s, linked, linked.zhou, linked.home))
    own = house.write(lambda s: add_task(s, linked, linked.li, linked.home))
    met = house.write(lambda s: add_visit(s, linked, linked.li, linked.home, clock.now()))
    mine.pull()
    assert mine.all("task")[str(task)]["problems"][0] | {"told_at": 0, "id": 0} == {
        "id": 0, "place": str(linked.home), "told_at": 0, "text": None, "wish": None, "own": False
    }  # fmt: skip
    link = house.read(lambda s: s.scalar(text("SELECT id FROM link")))
    house.write(lambda s: end_link(s, link, clock.today()))
    new = house.write(lambda s: add_link(s, linked, linked.chen, linked.home, clock.today()))
    mine.pull()
    assert mine.all("place") == mine.all("link") == {}
    assert set(mine.all("task")) == {str(own)}
    assert set(mine.all("visit")) == {str(met)}
    assert "北沟村1号" not in str(mine.store.rows)
    theirs = puller(phone_of(linked.chen))
    theirs.pull()
    assert set(theirs.all("place")) == {str(linked.home)}
    assert set(theirs.all("link")) == {str(new)}
    assert set(theirs.all("task")) == {str(task), str(own)}
    assert theirs.all("visit") == {}


def test_a_merged_home_says_what_stands_for_it(house: House, linked: Village, phone: Phone, mine: PullingPhone) -> None:
    other = house.write(lambda s: add_place(s, linked))
    mine.pull()
    house.write(lambda s: merge_places(s, linked.home, other))
    page = phone.get(f"changes?cursor={mine.store.cursor}").json
    [merged] = [item for item in page["items"] if item["op"] == "M"]
    assert (merged["id"], merged["into"]) == (str(linked.home), str(other))
    mine.pull()
    assert mine.all("place")[str(other)]["aliases"] == [str(linked.home)]
    [link] = mine.all("link").values()
    assert link["place"] == str(linked.home), "the link keeps the id that it was told with"


def test_sealed_text_is_in_no_page_and_confidential_text_only_with_who_wrote_it(
    house: House, linked: Village, phone: Phone, phone_of: PhoneOf
) -> None:
    house.write(lambda s: add_task(s, linked, linked.li, linked.home, sealed=True, text="举报某人"))
    house.write(lambda s: add_task(s, linked, linked.zhou, linked.home, confidential=True, text="要求保密的事"))
    house.write(lambda s: hold_role(s, linked.chen, Role.HANDLER, linked.roads))
    for holder in (linked.li, linked.chen, linked.zhou):
        told = phone_of(holder).get("changes").data.decode()
        assert "举报" not in told
        assert ("要求保密的事" in told) == (holder == linked.zhou)


def test_an_open_question_and_a_persons_decision_come_with_the_visit(
    house: House, linked: Village, mine: PullingPhone
) -> None:
    met = house.write(lambda s: add_visit(s, linked, linked.li, linked.home, clock.now()))

    def ask_and_decide(session: Session) -> None:
        facts = {"v": met, "by": linked.chen, "at": clock.now()}
        session.execute(
            text("INSERT INTO question (id, visit_id, text, by, at) VALUES (:i, :v, '在哪里见的面?', :by, :at)"),
            facts | {"i": ids.uuid7()},
        )
        session.execute(
            text(
                "INSERT INTO decision (id, visit_id, deciding, verdict, before, reason, by, at)"
                " VALUES (:i, :v, 'refuse', 'refused', 'unverifiable', '当日在外地', :by, :at)"
            ),
            facts | {"i": ids.uuid7()},
        )
        session.execute(text("UPDATE visit SET verdict = 'refused' WHERE id = :v"), facts)
        changes.touched(session, FeedKind.VISIT, [met])

    house.write(ask_and_decide)
    mine.pull()
    seen = mine.all("visit")[str(met)]
    assert [one["text"] for one in seen["questions"]] == ["在哪里见的面?"]
    assert (seen["verdict"], seen["counts"]) == ("refused", False)
    assert (seen["decision"]["verdict"], seen["decision"]["reason"]) == ("refused", "当日在外地")
    assert seen["explanation"]["zh"] == "核验员核定:不予认定。"


def test_a_judgement_that_this_server_cannot_put_into_words_is_told_by_its_word(
    house: House, linked: Village, mine: PullingPhone
) -> None:
    met = house.write(lambda s: add_visit(s, linked, linked.li, linked.home, clock.now()))
    house.write(
        lambda s: s.execute(
            text(
                "INSERT INTO visit_verdict (visit_id, n, at, verdict, reasons, numbers, policy_version) VALUES"
                """ (:v, 1, now(), 'unverifiable', '[{"code": "OF_TOMORROW", "weight": 0, "facts": {}}]', '{}', 't')"""
            ),
            {"v": met},
        )
    )
    mine.pull()
    assert mine.all("visit")[str(met)]["explanation"] == {"zh": "无法核验。", "en": "Unverifiable."}


def test_a_co_visitor_is_asked_to_confirm_and_a_photo_that_is_owed_is_named(
    linked: Village, phone: Phone, phone_of: PhoneOf, mine: PullingPhone, work: Work
) -> None:
    photo = {"id": ids.uuid7(), "sha256": "ab" * 32, "size": 3}
    record = visit(linked, this_morning(), visitors=[linked.li, linked.chen], photos=[photo])
    batch, json = body([record])
    phone.put(batch, json)
    work()
    mine.pull()
    seen = mine.all("visit")[str(record["id"])]
    assert seen["photos_missing"] == ["ab" * 32]
    assert seen["is_recorder"]
    assert "to_confirm" not in seen
    assert mine.store.batches[str(batch)]["results"][0]["photos_missing"] == ["ab" * 32]
    theirs = puller(phone_of(linked.chen))
    theirs.pull()
    seen = theirs.all("visit")[str(record["id"])]
    assert (seen["to_confirm"], seen["is_recorder"]) == (True, False)
    assert "photos_missing" not in seen, "another phone owes it"
    assert theirs.store.batches == {}


def test_a_repeated_visit_points_to_the_first(linked: Village, phone: Phone, mine: PullingPhone, work: Work) -> None:
    at = this_morning()
    first, again = visit(linked, at), visit(linked, at)
    phone.put(*body([first, again]))
    work()
    mine.pull()
    assert mine.all("visit")[str(again["id"])]["same"] == {"kind": "repeat", "of": str(first["id"])}


# Roles


def test_a_reporter_learns_what_became_of_own_reports_and_nothing_of_homes(
    house: House, linked: Village, phone_of: PhoneOf
) -> None:
    task = house.write(lambda s: add_task(s, linked, linked.zhou, linked.home))
    house.write(lambda s: add_link(s, linked, linked.zhou, linked.home))  # must not be, but if it were
    theirs = puller(phone_of(linked.zhou))
    theirs.pull()
    assert set(theirs.all("task")) == {str(task)}
    assert {key[1] for key in theirs.store.rows if key[0] != "g"} == {"task"}


def test_a_handler_has_the_units_matters_without_homes_until_the_role_ends(
    house: House, linked: Village, phone: Phone, mine: PullingPhone
) -> None:
    task = house.write(lambda s: add_task(s, linked, linked.zhou, linked.home, holder=linked.roads, text="路灯不亮"))
    house.write(lambda s: hold_role(s, linked.li, Role.HANDLER, linked.roads))
    mine.pull()
    told = mine.store.rows[f"u:{linked.roads}", "task", str(task)].data
    assert told["problems"][0]["text"] == "路灯不亮"
    assert "place" not in told["problems"][0]
    own = mine.store.rows[f"c:{linked.li}", "task", str(task)].data
    assert own["problems"][0]["text"] is None, "through the home, only that there is a matter"
    house.write(lambda s: drop_role(s, linked.li, Role.HANDLER))
    page = phone.get(f"changes?cursor={mine.store.cursor}").json
    assert page["dropped_scopes"] == [f"u:{linked.roads}"]
    mine.pull()
    assert "路灯不亮" not in str(mine.store.rows)
    assert set(mine.all("task")) == {str(task)}, "another scope still holds it"


def test_whoever_is_no_longer_a_cadre_reads_that_scope_afresh_and_keeps_no_home(
    house: House, linked: Village, phone: Phone, mine: PullingPhone
) -> None:
    own = house.write(lambda s: add_task(s, linked, linked.li, linked.home))
    mine.pull()
    tag = mine.store.tag
    house.write(lambda s: (drop_role(s, linked.li, Role.CADRE), hold_role(s, linked.li, Role.REPORTER, linked.village)))
    answer = phone.client.get(
        f"/phone/v1/changes?cursor={mine.store.cursor}", headers=phone.auth | {"If-None-Match": tag or ""}
    )
    assert answer.json["reset"] == [f"c:{linked.li}"]
    mine.pull()
    assert mine.all("place") == mine.all("link") == {}
    assert set(mine.all("task")) == {str(own)}


# Nothing changed


def test_nothing_changed_costs_one_statement_and_writes_nothing(
    house: House, linked: Village, phone: Phone, mine: PullingPhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine.pull()
    before = [count(house, table) for table in ("pull", "read_audit", "event")]
    head = {"If-None-Match": mine.store.tag or ""}
    asked, through = [], db.ask
    monkeypatch.setattr(db, "ask", lambda *one: asked.append(one) or through(*one))
    opened = phone.client.application.extensions["doorstep"]
    path = f"/phone/v1/changes?cursor={mine.store.cursor}"
    assert phone.client.get(path, headers=phone.auth | head).status_code == 304
    asked.clear()
    event.listen(opened.engine, "before_cursor_execute", lambda *_: asked.append("more"))
    answer = phone.client.get(path, headers=phone.auth | head)
    assert (answer.status_code, answer.data) == (304, b"")
    assert answer.headers["ETag"] == mine.store.tag
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(asked) == 1
    assert [count(house, table) for table in ("pull", "read_audit", "event")] == before
    assert not mine.pull_page()
    house.write(lambda s: changes.touched(s, FeedKind.PLACE, [linked.home]))
    assert mine.pull() == 1


def test_the_short_way_tells_nobody_anything_but_a_phone_in_use(
    house: House, linked: Village, phone: Phone, mine: PullingPhone
) -> None:
    mine.pull()
    tag = {"If-None-Match": mine.store.tag or ""}

    def ask(headers: dict[str, str]) -> int:
        return phone.client.get("/phone/v1/changes", headers=headers | tag).status_code

    assert ask(phone.auth) == 304
    assert ask({}) == 401
    assert ask({"Authorization": "Basic x"}) == 401
    assert ask({"Authorization": "Bearer ds_of_nobody"}) == 401
    assert phone.client.post("/phone/v1/changes", headers=phone.auth | tag).status_code == 405
    with clock.frozen(clock.now() + timedelta(hours=2)):
        assert ask(phone.auth) == 304, "by the long way, which notes that the phone was seen"
    seen = house.read(lambda s: s.scalar(text("SELECT seen_at FROM device WHERE id = :i"), {"i": phone.device}))
    assert seen > clock.now()
    house.write(lambda s: end_device(s, phone.device, DeviceState.LOST, clock.now()))
    assert ask(phone.auth) == 401


def test_a_database_that_is_away_is_told_as_such(
    linked: Village, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise DBAPIError.instance("", None, psycopg.OperationalError(), psycopg.Error, connection_invalidated=True)

    monkeypatch.setattr(db, "ask", away)
    answer = phone.client.get("/phone/v1/changes", headers=phone.auth | {"If-None-Match": "x"})
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")


def test_a_pull_without_news_is_an_empty_page(linked: Village, phone: Phone, mine: PullingPhone) -> None:
    mine.pull()
    page = phone.get(f"changes?cursor={mine.store.cursor}").json
    assert page["items"] == page["batches"] == page["reset"] == page["added_scopes"] == page["dropped_scopes"] == []
    assert not page["more"]
    assert page["directives"] == []


def test_big_pages_travel_packed(linked: Village, phone: Phone) -> None:
    answer = phone.client.get("/phone/v1/changes", headers=phone.auth | {"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert orjson.loads(gzip.decompress(answer.data))["items"]


# Pages


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_small_pages_add_up_to_the_same(
    house: House, linked: Village, phone: Phone, mine: PullingPhone, limit: int
) -> None:
    for _ in range(5):
        house.write(lambda s: add_link(s, linked, linked.li, add_place(s, linked)))
        house.write(lambda s: add_task(s, linked, linked.li, linked.home))
    whole = puller(phone)
    whole.pull()
    assert mine.pull(limit) > 16 // limit
    assert {key: row.seq for key, row in mine.store.rows.items()} == {
        key: row.seq for key, row in whole.store.rows.items()
    }


def test_a_page_holds_no_more_bytes_than_it_should(house: House, linked: Village, phone: Phone) -> None:
    long_text = "很长的诉求" * 3_000
    for _ in range(15):
        house.write(lambda s: add_task(s, linked, linked.li, linked.home, text=long_text))
    page = phone.get("changes").json
    assert page["more"]
    size = sum(len(orjson.dumps(item)) for item in page["items"])
    assert 400_000 < size <= house.policy.feed.page_bytes_max
    mine = puller(phone)
    assert mine.pull() >= 2
    assert len(mine.all("task")) == 15


def test_the_first_sync_skips_ends_but_not_those_that_come_while_it_is_under_way(
    house: House, linked: Village, phone: Phone, mine: PullingPhone
) -> None:
    old = house.write(lambda s: add_link(s, linked, linked.li, add_place(s, linked, "早已移交")))
    house.write(lambda s: end_link(s, old, clock.today()))
    links = [
        house.write(lambda s, name=f"第{n}户": add_link(s, linked, linked.li, add_place(s, linked, name)))
        for n in range(6)
    ]
    page = phone.get("changes?limit=500").json
    assert {item["op"] for item in page["items"]} == {"P"}
    for _ in range(8):
        assert mine.pull_page(1)
    house.write(lambda s: end_link(s, links[0], clock.today()))
    mine.pull(1)
    assert "第0户" not in str(mine.store.rows)
    assert len(mine.all("place")) == 6


def test_a_scope_of_five_thousand_homes_comes_whole(house: House, linked: Village, mine: PullingPhone) -> None:
    def many(session: Session) -> None:
        places = session.scalars(
            text(
                "INSERT INTO place (id, kind, unit_id, name, state) SELECT gen_random_uuid(), 'household', :u,"
                " '户' || n, 'active' FROM generate_series(1, 5000) n RETURNING id"
            ),
            {"u": linked.village},
        ).all()
        links = session.scalars(
            text(
                "INSERT INTO link (id, programme_id, category, cadre_id, place_id, valid) SELECT gen_random_uuid(),"
                " :g, 'ordinary', :c, p, '(,)' FROM unnest(CAST(:p AS uuid[])) p RETURNING id"
            ),
            {"g": linked.programme, "c": linked.li, "p": list(places)},
        ).all()
        changes.touched(session, FeedKind.LINK, links)

    house.write(many)
    mine.pull()
    assert len(mine.all("place")) == 5001
    assert len(mine.all("link")) == 5001


def test_a_cadre_without_any_link_gets_the_general_part(linked: Village, phone_of: PhoneOf) -> None:
    theirs = puller(phone_of(linked.chen))
    theirs.pull()
    assert {key[0] for key in theirs.store.rows} == {"g"}


# Cursors


@pytest.mark.parametrize("text_", ["x", "QUJDREVGR0hJSktMTU5PUFFSU1RVVg", "%00", "中"])
def test_a_forged_cursor_is_told_from_a_reset(linked: Village, phone: Phone, text_: str) -> None:
    answer = phone.get(f"changes?cursor={text_}")
    assert (answer.status_code, answer.json["code"], answer.json["retry"]) == (400, "cursor-invalid", "never")


def test_a_phone_whose_cursor_is_not_valid_pulls_without_one(linked: Village, mine: PullingPhone) -> None:
    mine.pull()
    before = {key: row.seq for key, row in mine.store.rows.items()}
    mine.store.cursor, mine.store.tag = "garbage", None
    mine.pull()
    assert {key: row.seq for key, row in mine.store.rows.items()} == before


def test_a_foreign_cursor_opens_nothing(house: House, linked: Village, mine: PullingPhone, phone_of: PhoneOf) -> None:
    mine.pull()
    other = phone_of(linked.chen)
    page = other.get(f"changes?cursor={mine.store.cursor}").json
    assert page["dropped_scopes"] == [f"c:{linked.li}"]
    assert page["added_scopes"] == [f"c:{linked.chen}"]
    assert {item["scope"] for item in page["items"]} <= {f"c:{linked.chen}", "g"}


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "since=1", "cursor=" + "a" * 8001])
def test_a_wrong_question_is_refused(linked: Village, phone: Phone, query: str) -> None:
    assert phone.get(f"changes?{query}").status_code == 422


def test_a_cursor_that_knows_more_than_the_replica_waits(
    house: House, linked: Village, phone: Phone, mine: PullingPhone, server_url: str, tmp_path: Any
) -> None:
    """The replica is a database that has not seen this village yet."""
    mine.pull()
    clone = _clone(server_url)
    settings = settings_for(house.settings.database_url, house.settings.redis_url, tmp_path, replica_url=next(clone))
    behind = create_app(settings)
    headers = phone.auth
    answer = behind.test_client().get(f"/phone/v1/changes?cursor={mine.store.cursor}", headers=headers)
    assert (answer.status_code, answer.json["code"], answer.json["retry"]) == (503, "behind", "later")
    assert int(answer.headers["Retry-After"]) > 0
    still = behind.test_client().get(
        f"/phone/v1/changes?cursor={mine.store.cursor}", headers=headers | {"If-None-Match": mine.store.tag or ""}
    )
    assert still.status_code == 304, "whether anything changed is asked of the database itself"
    behind.extensions["doorstep"].close()
    clone.close()


def test_after_a_restore_a_new_epoch_resets_every_scope_and_phones_offer_their_batches_again(
    house: House, linked: Village, phone: Phone, mine: PullingPhone, work: Work, backup: Callable[[], House]
) -> None:
    kept = [body([visit(linked, this_morning())]) for _ in range(2)]
    phone.put(*kept[0])
    work()
    restored = backup()
    phone.put(*kept[1])
    work()
    mine.pull()
    assert len(mine.all("visit")) == 2

    phone.client = create_app(restored.settings).test_client()
    assert phone.get(f"changes?cursor={mine.store.cursor}").status_code == 503, "nobody has raised the epoch yet"
    epoch = restored.write(epochs.bump)
    page = phone.get(f"changes?cursor={mine.store.cursor}").json
    assert (page["epoch"], set(page["reset"])) == (epoch, {f"c:{linked.li}", "g"})
    mine.pull()
    assert (mine.new_epochs, len(mine.all("visit"))) == (1, 1)
    assert phone.get("hello").json["feed_epoch"] == epoch
    asked = phone.client.post("/phone/v1/batches:missing", json={"ids": [one[0] for one in kept]}, headers=phone.auth)
    assert asked.json["missing"] == [str(kept[1][0])]
    for one in kept:
        assert phone.put(*one).status_code in (201, 202)
    until_empty(restored, 30, 0, lambda: False)
    mine.pull()
    assert len(mine.all("visit")) == 2
    assert mine.store.batches[str(kept[1][0])]["state"] == "done"
    phone.client.application.extensions["doorstep"].close()


@pytest.fixture
def backup(house: House, client: FlaskClient, server_url: str) -> Iterator[Callable[[], House]]:
    """Copy the database as it is now; the house of the copy."""
    name, opened = f"doorstep_{uuid4().hex[:12]}", []

    def copy() -> House:
        house.engine.dispose()
        client.application.extensions["doorstep"].engine.dispose()
        _execute(server_url, f"CREATE DATABASE {name} TEMPLATE {house.settings.database_url.rsplit('/', 1)[1]}")
        url = house.settings.database_url.rsplit("/", 1)[0] + f"/{name}"
        opened.append(House.open(replace(house.settings, database_url=url)))
        return opened[-1]

    yield copy
    for one in opened:
        one.close()
    _execute(server_url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


# Phones that are not in use, and the trail


def test_a_lost_phone_is_told_to_erase_itself_here_too(house: House, linked: Village, phone: Phone) -> None:
    house.write(lambda s: end_device(s, phone.device, DeviceState.LOST, clock.now()))
    answer = phone.get("changes")
    assert (answer.status_code, answer.json["code"]) == (401, "device-lost")
    assert answer.json["directives"][0]["kind"] == "wipe"
    assert phone.client.get("/phone/v1/changes", headers={"Authorization": "Bearer ds_x"}).status_code == 401


def test_a_retired_phone_gets_nothing_any_more(house: House, linked: Village, phone: Phone) -> None:
    house.write(lambda s: end_device(s, phone.device, DeviceState.RETIRED, clock.now()))
    assert phone.get("changes").json["code"] == "device-closed"


def test_pulls_are_one_line_on_the_trail_a_phone_scope_and_day(
    house: House, linked: Village, phone: Phone, phone_of: PhoneOf
) -> None:
    def lines() -> list[tuple[Any, ...]]:
        query = text("SELECT person_id, duty FROM read_audit WHERE fields = 'feed' ORDER BY id")
        return [tuple(row) for row in house.read(lambda s: s.execute(query).all())]

    mine = puller(phone)
    mine.pull(3)
    assert lines() == [(linked.li, f"c:{linked.li}")]
    house.write(lambda s: add_task(s, linked, linked.li, linked.home))
    mine.pull()
    assert len(lines()) == 1
    puller(phone_of(linked.li)).pull()
    assert len(lines()) == 2, "another phone is another reader"
    house.write(lambda s: hold_role(s, linked.li, Role.HANDLER, linked.waterworks))
    house.write(lambda s: add_task(s, linked, linked.zhou, None, holder=linked.waterworks))
    mine.pull()
    assert lines()[-1] == (linked.li, f"u:{linked.waterworks}")
    with clock.frozen(clock.now() + timedelta(days=1)):
        mine.pull()
        assert len(lines()) == 3, "nothing was read today"
        house.write(lambda s: changes.touched(s, FeedKind.PLACE, [linked.home]))
        mine.pull()
        assert len(lines()) == 4


def test_how_far_a_phone_is_is_noted_once_an_hour(
    house: House, linked: Village, phone: Phone, mine: PullingPhone
) -> None:
    def noted() -> Any:
        return house.read(lambda s: s.execute(text("SELECT at, cursor, is_whole FROM pull")).one())

    mine.pull()
    first = noted()
    assert first.is_whole
    assert set(first.cursor) == {f"c:{linked.li}", "g"}
    house.write(lambda s: changes.touched(s, FeedKind.PLACE, [linked.home]))
    mine.pull()
    assert noted() == first
    with clock.frozen(clock.now() + timedelta(seconds=house.policy.feed.note_s + 1)):
        house.write(lambda s: changes.touched(s, FeedKind.PLACE, [linked.home]))
        mine.pull()
    assert noted().at > first.at
    assert noted().cursor[f"c:{linked.li}"] > first.cursor[f"c:{linked.li}"]


def test_a_divergent_phone_is_noticed_by_the_count(linked: Village, house: House, mine: PullingPhone) -> None:
    mine.pull()
    mine.store.rows.pop((f"c:{linked.li}", "place", str(linked.home)))
    house.write(lambda s: add_task(s, linked, linked.li, None))
    with pytest.raises(DivergenceError):
        mine.pull()
    mine.store.cursor = _without(house, mine.store.cursor or "", f"c:{linked.li}")
    mine.pull()
    assert set(mine.all("place")) == {str(linked.home)}


def _without(house: House, sealed: str, scope: str) -> str:
    """What the server would have given a phone that never read this scope."""
    key = cursor.key_from(house.settings.secret_key)
    known = cursor.unseal(sealed, key)
    return cursor.seal(cursor.Cursor(known.epoch, {s: m for s, m in known.marks.items() if s != scope}), key)
