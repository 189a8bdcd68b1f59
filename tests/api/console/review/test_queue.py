"""The queue: groups by cause, single rows, one visit with its evidence and nothing else."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from sync import clock, ids
from sync.geo.datum import gcj02_from_wgs84
from sync.house import House
from sync.pipeline.merging import merge_place
from sync.words import Cause, Recorded, Role
from tests.api.console.review.conftest import Ask, Browser, Doubt, Open
from tests.factories.review import FAR, add_finding, add_place, add_visit
from tests.factories.village import HOME, Village

NOTE = "老人住院,<script>alert(1)</script>"


def test_groups_come_by_weight_with_what_can_be_done(wang: Browser, doubt: Doubt, beigou: Village) -> None:
    for _ in range(3):
        doubt()
    doubt(Cause.DATUM, "Redmi 12C|1.0.0|g")
    doubt(Cause.DATUM, "Redmi 12C|1.0.0|g")
    doubt(Cause.SINGLE)
    first, second, third = wang.get("groups").json["items"]
    assert (first["cause"], first["key"], first["count"]) == ("address", str(beigou.home), 3)
    assert first["title"] == {"zh": "登记地址可能有误:北沟村1号", "en": "address may be wrong: 北沟村1号"}
    assert first["detail"]["zh"].startswith("3 次走访,最早 ")
    assert first["unit"] == {"id": str(beigou.village), "name": "北沟村"}
    assert first["actions"] == ["confirm", "ask", "correct_address"]
    assert (second["cause"], second["title"]["zh"]) == ("datum", "坐标系可能标错:Redmi 12C 1.0.0")
    assert second["actions"] == ["confirm", "ask", "correct_datum"]
    assert third["actions"] == ["confirm", "ask"]


def test_groups_and_rows_come_in_pages_that_hold_each_once(wang: Browser, doubt: Doubt) -> None:
    for n in range(5):
        for _ in range(1 + n % 2):
            doubt(Cause.PHOTO, f"{n}" * 64)

    def walk(path: str, name: str) -> list[str]:
        found, cursor = [], ""
        while cursor is not None:
            page = wang.get(f"{path}?limit=2{cursor and '&cursor=' + cursor}").json
            assert 1 <= len(page["items"]) <= 2
            found += [one[name] for one in page["items"]]
            cursor = page["next"]
        return found

    assert walk("groups", "key") == [n * 64 for n in "31420"]
    rows = walk("queue", "opened_at")
    assert len(rows) == 7
    assert rows == sorted(rows)
    for wrong in ("x", "!!", "WzEsMl0", "WyIyMDI2LTAxLTAxIiwieCJd", "bnVsbA"):
        assert wang.get(f"queue?cursor={wrong}").json["pointer"] == "/cursor"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cause=address", ["a"]), ("cause=photo&key=k", ["b"]), ("reason=LOC_OUTSIDE", ["a", "b", "c"]),
        ("reason=LOC_MOCK", []), ("state=asked", ["c"]), ("drawn=true", ["c"]), ("drawn=false", ["a", "b"]),
        ("older_than=2", ["a"]), ("older_than=0", ["a", "b", "c"]), ("limit=1", ["a"]),
    ],
)  # fmt: skip
def test_filters(wang: Browser, doubt: Doubt, opened: House, query: str, expected: list[str]) -> None:
    named = {
        doubt().finding: "a", doubt(Cause.PHOTO, "k").finding: "b", doubt(Cause.DRAWN, "2026-01-01/x").finding: "c",
    }  # fmt: skip
    old, drawn = next(id_ for id_, name in named.items() if name == "a"), list(named)[2]
    change = text("UPDATE finding SET opened_at = :at WHERE id = :id")
    opened.write(lambda s: s.execute(change, {"at": clock.now() - timedelta(days=3), "id": old}))
    opened.write(lambda s: s.execute(text("UPDATE finding SET state = 'asked' WHERE id = :id"), {"id": drawn}))
    page = wang.get(f"queue?{query}").json
    assert [named[next(id_ for id_ in named if str(id_) == one["finding"])] for one in page["items"]] == expected
    if "limit" not in query:
        assert (page["total"], page["total_capped"]) == (len(expected), False)


def test_units_filter_with_all_below(wang: Browser, doubt: Doubt, beigou: Village) -> None:
    doubt()
    assert len(wang.get(f"queue?unit={beigou.town}").json["items"]) == 1
    assert wang.get(f"groups?unit={beigou.waterworks}").json["items"] == []


def test_a_row_says_what_a_verifier_needs_and_explains_itself(wang: Browser, doubt: Doubt, beigou: Village) -> None:
    doubted = doubt()
    [row] = wang.get("queue").json["items"]
    assert row["finding"] == str(doubted.finding)
    assert row["visit"] == str(doubted.visit)
    assert row["unit"]["name"] == "北沟村"
    assert row["place"] == {"id": str(beigou.home), "name": "北沟村1号"}
    assert row["cadre"] == {"id": str(beigou.li), "name": "李"}
    assert row["reasons"] == ["LOC_OUTSIDE"]
    assert row["verdict"] == "doubtful"
    assert row["explanation"]["zh"].endswith("位置待核。")
    assert "米" in row["explanation"]["zh"]
    assert row["held_by"] is None


def test_the_opened_visit_shows_evidence_and_the_reading_is_noted(
    wang: Browser, doubt: Doubt, beigou: Village, value: Ask
) -> None:
    doubted = doubt()
    case = wang.get(f"visits/{doubted.visit}").json
    assert case["finding"] == str(doubted.finding)
    assert case["place"]["name"] == "北沟村1号"
    assert (case["place"]["lon"], case["place"]["lat"]) == pytest.approx(HOME)
    assert case["place"]["radius_m"] == 200
    assert case["place"]["method"] == "imported"
    assert len(case["fixes"]) == 5
    fix = case["fixes"][0]
    assert (fix["lon"], fix["lat"]) == pytest.approx(FAR)
    assert (fix["usable"], fix["inside"], fix["far"]) == (True, False, True)
    assert (fix["datum"], fix["read_as"], fix["provider"], fix["mock"]) == ("wgs84", "wgs84", "gps", False)
    label = {"zh": "定位在登记位置范围之外", "en": "fixes outside the registered position"}
    assert case["reasons"][0]["label"] == label
    assert case["reasons"][0]["facts"]["least_m"] == pytest.approx(704, abs=2)
    assert case["history"][0]["n"] == 1
    assert case["may"]["confirm"]
    assert case["may"]["ask"]
    assert not case["may"]["refuse"]
    assert not case["may"]["undo"]
    read = value(
        "SELECT person_id, place_id, fields, duty FROM read_audit ORDER BY id DESC LIMIT 1",
    )
    assert tuple(read) == (wang.known.id, beigou.home, "evidence", f"finding/{doubted.finding}")


def test_what_is_not_a_verifiers_business_is_not_in_the_answer(
    wang: Browser, doubt: Doubt, beigou: Village, opened: House
) -> None:
    doubted = doubt()

    def tell(session: Any) -> None:
        facts = {
            "v": doubted.visit,
            "d": beigou.phone_li,
            "n": f'{{"note": "{NOTE}"}}',
            "p": beigou.home,
            "b": ids.uuid7(),
        }
        session.execute(text("INSERT INTO visit_rev VALUES (:v, 1, :d, :b, now(), '', CAST(:n AS jsonb))"), facts)
        session.execute(text("INSERT INTO contact (id, place_id, name) VALUES (:b, :p, '户主孙')"), facts)
        session.execute(
            text(
                "INSERT INTO problem (id, visit_id, place_id, unit_id, reporter_id, told_at, received_at, urgency,"
                " text, read_back, confidential)"
                " VALUES (:b, :v, :p, :p, :d, now(), now(), 'ordinary', '水管漏水', true, false)"
            ),
            facts,
        )  # fmt: skip
        session.execute(
            text(
                "INSERT INTO photo (id, visit_id, problem_id, device_id, batch_id, sha256, size, state, cited_at)"
                " VALUES (:b, :v, :b, :d, :b, '\\xabcd', 1, 'present', now())"
            ),
            facts,
        )

    opened.write(tell)
    answer = wang.get(f"visits/{doubted.visit}")
    for secret in ("script", "户主孙", "水管", "needy", "困难", "note", "problem", "category", "contact", "abcd"):
        assert secret not in answer.text
    assert answer.json["photos"] == []


def test_a_text_with_a_script_stays_text(wang: Browser, doubt: Doubt) -> None:
    doubted = doubt()
    assert wang.decide(doubted.visit, "ask", question=NOTE).status_code == 201
    answer = wang.get(f"visits/{doubted.visit}")
    assert answer.mimetype == "application/json"
    assert answer.json["questions"][0]["text"] == NOTE


def test_fixes_show_how_they_were_read(wang: Browser, opened: House, beigou: Village) -> None:
    lon, lat = gcj02_from_wgs84(*HOME)

    def add(session: Any) -> Any:
        visit = add_visit(session, beigou, spot=(float(lon), float(lat)))
        add_finding(session, visit, Cause.DRAWN, "2026-01-01/x")
        afterwards = add_visit(session, beigou, recorded=Recorded.AFTERWARDS)
        add_finding(session, afterwards, Cause.DRAWN, "2026-01-01/x")
        return visit, afterwards

    visit, afterwards = opened.write(add)
    fix = wang.get(f"visits/{visit}").json["fixes"][0]
    assert (fix["datum"], fix["read_as"], fix["inside"]) == ("wgs84", "gcj02", True)
    assert (fix["lon"], fix["lat"]) == pytest.approx(HOME, abs=1e-4)
    assert fix["told_lon"] == pytest.approx(float(lon))
    assert not any(one["usable"] for one in wang.get(f"visits/{afterwards}").json["fixes"])


def test_at_most_two_neighbours_that_a_reason_cites_are_shown(wang: Browser, opened: House, beigou: Village) -> None:
    def add(session: Any) -> Any:
        others = [add_visit(session, beigou, place=beigou.unmapped) for _ in range(4)]
        cited = {
            "code": "LOC_FROZEN", "weight": 0.5, "facts": {"visits": [str(one) for one in others[1:]], "count": 3},
        }  # fmt: skip
        teleport = {"code": "LOC_TELEPORT", "weight": 1.0, "facts": {"visit": str(others[0])}}
        visit = add_visit(session, beigou, reasons=[cited, teleport])
        add_finding(session, visit, Cause.SINGLE)
        return visit, others

    visit, others = opened.write(add)
    shown = wang.get(f"visits/{visit}").json["neighbours"]
    assert {one["visit"]: one["reason"] for one in shown} == {
        str(others[0]): "LOC_TELEPORT", str(others[1]): "LOC_FROZEN",
    }  # fmt: skip
    assert shown[0]["place"]["name"] == "北沟村2号"


def test_photos_stand_beside_their_likes(wang: Browser, opened: House, beigou: Village) -> None:
    def add(session: Any) -> Any:
        other = add_visit(session, beigou, place=beigou.unmapped, recorder=beigou.chen)
        again = {"code": "PHOTO_REUSED_SIMILAR", "weight": 0.6, "facts": {"visits": [str(other)]}}
        visit = add_visit(session, beigou, reasons=[again])
        add_finding(session, visit, Cause.PHOTO, "k")
        photos = [ids.uuid7() for _ in range(4)]
        for photo, owner, sha, hash_ in zip(
            photos, (visit, visit, other, other), (b"a", b"b", b"a", b"c"), (0, 0b1111, 0, 0b1001), strict=True
        ):
            facts = {"i": photo, "v": owner, "d": beigou.phone_li, "s": sha * 32, "h": hash_}
            session.execute(
                text("INSERT INTO blob (sha256, size, stored_at) VALUES (:s, 1, now()) ON CONFLICT DO NOTHING"), facts
            )
            session.execute(
                text(
                    "INSERT INTO picture (sha256, state, width, height, dhash, read_at)"
                    " VALUES (:s, 'read', 640, 480, :h, now()) ON CONFLICT DO NOTHING"
                ),
                facts,
            )
            session.execute(
                text(
                    "INSERT INTO photo (id, visit_id, device_id, batch_id, sha256, size, state, cited_at)"
                    " VALUES (:i, :v, :d, :i, :s, 1, 'present', now())"
                ),
                facts,
            )
        return visit, photos

    visit, (same, like, twin, cousin) = opened.write(add)
    photos = {one["id"]: one for one in wang.get(f"visits/{visit}").json["photos"]}
    assert photos[str(same)]["picture"]["width"] == 640
    assert photos[str(same)]["small"] == f"/console/v1/photos/{same}/small"
    likes = {(id_, one["photo"]): (one["exact"], one["bits"]) for id_ in photos for one in photos[id_]["similar"]}
    assert likes[str(same), str(twin)] == (True, 0)
    assert likes[str(like), str(cousin)] == (False, 2)
    assert photos[str(same)]["similar"][0]["cadre"]["name"] == "陈"
    assert photos[str(same)]["similar"][0]["place"]["name"] == "北沟村2号"


def test_a_merged_place_is_shown_as_what_it_is_now(wang: Browser, doubt: Doubt, opened: House, beigou: Village) -> None:
    away = opened.write(lambda session: add_place(session, beigou, "北沟村旧3号", HOME))
    doubted = doubt(place=away)
    merge = text("UPDATE place SET state = 'merged', merged_into_id = :into WHERE id = :away")
    opened.write(lambda s: s.execute(merge, {"into": beigou.home, "away": away}))
    assert wang.get(f"visits/{doubted.visit}").json["place"]["id"] == str(beigou.home)
    assert wang.get("queue").json["items"][0]["place"]["name"] == "北沟村1号"


def test_a_place_that_was_merged_while_its_visit_lay_open_takes_the_decision(
    wang: Browser, doubt: Doubt, opened: House, beigou: Village, value: Ask
) -> None:
    """Whatever was pressed after the merge is about the place that stands, and can be undone."""
    away = opened.write(lambda session: add_place(session, beigou, "北沟村旧4号", HOME))
    confirmed, moved = doubt(place=away), doubt(place=away)
    assert wang.get(f"visits/{moved.visit}").json["place"]["id"] == str(away)
    assert wang.post(f"visits/{confirmed.visit}/lease").status_code == 200
    merge_id = ids.uuid7()
    opened.write(lambda session: merge_place(session, merge_id, away, beigou.home, beigou.chen))
    assert wang.decide(confirmed.visit, "confirm").json["verdict"] == "verified"
    answer = wang.decide(moved.visit, "correct_address", position={"lon": FAR[0], "lat": FAR[1]})
    assert (answer.status_code, answer.json["state"]) == (201, "decided")
    stands = "SELECT ST_X(CAST(position AS geometry)) FROM place WHERE id = :p"
    assert value(stands, p=beigou.home) == pytest.approx(FAR[0])
    assert value(stands, p=away) == pytest.approx(HOME[0])
    assert wang.post(f"decisions/{answer.json['id']}/undo").json["undone"] == 1
    assert value(stands, p=beigou.home) == pytest.approx(HOME[0])


@pytest.mark.parametrize("role", [Role.CADRE, Role.DISPATCHER, Role.LEADER, Role.UNIT_ADMIN, Role.SECURITY_ADMIN])
def test_another_role_is_refused_everywhere(browse: Open, doubt: Doubt, beigou: Village, role: Role) -> None:
    doubted, other = doubt(), browse(role, beigou.county)
    one, id_ = f"visits/{doubted.visit}", ids.uuid7()
    group = {"cause": "address", "key": str(beigou.home)}
    for answer in (
        other.get("groups"), other.get("queue"), other.get("draws"), other.get(one), other.post(f"{one}/lease"),
        other.delete(f"{one}/lease"), other.decide(doubted.visit, "confirm"), other.decide_group("confirm", **group),
        other.post("preview", deciding="confirm", **group), other.post(f"decisions/{id_}/undo"),
    ):  # fmt: skip
        assert (answer.status_code, answer.json["code"]) == (403, "forbidden")


def test_a_verifier_of_another_unit_finds_nothing(browse: Open, doubt: Doubt, beigou: Village, wang: Browser) -> None:
    doubted, other = doubt(), browse(Role.VERIFIER, beigou.waterworks)
    one, group = f"visits/{doubted.visit}", {"cause": "address", "key": str(beigou.home)}
    decided = wang.decide(doubted.visit, "ask").json["id"]
    for answer in (
        other.get(one), other.post(f"{one}/lease"), other.delete(f"{one}/lease"),
        other.decide(doubted.visit, "confirm"), other.post(f"decisions/{decided}/undo"),
        other.get(f"visits/{ids.uuid7()}"),
    ):  # fmt: skip
        assert (answer.status_code, answer.json["code"]) == (404, "not-found")
    for path in ("groups", "queue", "draws"):
        assert other.get(path).json["items"] == []
    assert other.decide_group("confirm", **group).json["decided"] == 0
    told = other.decide_group("confirm", visits=[str(doubted.visit)]).json
    assert told["left_out"] == [{"visit": str(doubted.visit), "code": "not-found"}]
    assert other.post("preview", deciding="confirm", **group).json["count"] == 0


def test_a_visit_without_a_finding_is_not_opened(wang: Browser, opened: House, beigou: Village) -> None:
    visit = opened.write(lambda session: add_visit(session, beigou))
    assert wang.get(f"visits/{visit}").json["code"] == "not-found"


def test_lots_say_what_became_of_what_was_drawn(
    wang: Browser, browse: Open, doubt: Doubt, opened: House, beigou: Village
) -> None:
    days = [f"2026-03-0{day}" for day in (4, 5, 6)]
    lot = text("INSERT INTO draw VALUES (CAST(:day AS date), :town, 60, 3, now())")
    for day in days:
        opened.write(lambda s, day=day: s.execute(lot, {"day": day, "town": beigou.town}))  # type: ignore[misc]
    drawn = [doubt(Cause.DRAWN, f"{days[1]}/{beigou.town}") for _ in range(3)]
    wang.decide(drawn[0].visit, "confirm")
    heard = text("UPDATE finding SET answered_at = now(), state = 'answered' WHERE id = :f")
    opened.write(lambda s: s.execute(heard, {"f": drawn[1].finding}))
    assert wang.decide(drawn[1].visit, "refuse", reason="没有人认识这户人家").status_code == 201
    [shown] = wang.get(f"draws?from={days[1]}&until={days[1]}").json["items"]
    assert shown.pop("at")
    assert shown == {
        "received_on": days[1], "town": {"id": str(beigou.town), "name": "北沟镇"}, "eligible": 60, "drawn": 3,
        "waiting": 1, "confirmed": 1, "refused": 1,
    }  # fmt: skip
    first = wang.get("draws?limit=2").json
    assert [one["received_on"] for one in first["items"]] == [days[2], days[1]]
    rest = wang.get(f"draws?limit=2&cursor={first['next']}").json
    assert ([one["received_on"] for one in rest["items"]], rest["next"]) == ([days[0]], None)
    assert wang.get("draws?from=yesterday").status_code == 422
    assert browse(Role.VERIFIER, beigou.waterworks).get("draws").json["items"] == []
