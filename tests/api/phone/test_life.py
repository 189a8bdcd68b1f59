"""Life events, promises and absences from phone to phone: over HTTP, through a worker, and out of the feed."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from sync import changes, clock, errands
from sync.duty.owing import Owed, owe_contacts
from sync.feed import settling
from sync.house import House
from sync.pipeline import effects
from sync.words import FeedKind, Job, OwedFor, Verdict
from tests.api.phone.conftest import Phone
from tests.factories.batches import body, this_morning, visit
from tests.factories.pulling import PullingPhone
from tests.factories.telling import absence, kept, life_event, promise
from tests.factories.village import Village
from worker.drain import run

PhoneOf = Callable[[UUID], Phone]
Work = Callable[[], Any]


def puller(phone: Phone) -> PullingPhone:
    def get(path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        answer = phone.client.get(f"/phone/v1/{path}", headers=phone.auth | headers)
        return answer.status_code, dict(answer.headers), answer.data

    return PullingPhone(get)


@pytest.fixture
def linked(house: House, village: Village) -> Village:
    """Li's link is in the feed."""

    def tell(session: Any) -> None:
        changes.touched(session, FeedKind.LINK, session.scalars(text("SELECT id FROM link")))

    house.write(tell)
    return village


@pytest.fixture
def hand_in(work: Work) -> Callable[..., list[dict[str, Any]]]:
    """Hand records in over HTTP, let a worker apply them, and read what became of them."""

    def hand_in(phone: Phone, *records: Any) -> list[dict[str, Any]]:
        batch, json = body(list(records))
        assert phone.put(batch, json).status_code == 202
        work()
        results: list[dict[str, Any]] = phone.get(f"batches/{batch}").json["results"]
        return results

    return hand_in


def do(house: House, job: Job, due_at: datetime | None = None) -> None:
    """Let the worker do a periodic job; `due_at` by the database's clock, if ours is frozen."""
    at = due_at or clock.now()
    house.write(lambda session: errands.owe(session, job, job.value, dedupe_key=job.value, due_at=at))
    while claims := house.write(lambda session: errands.claim(session, 60)):
        run(house, claims)


def in_days(days: int) -> date:
    return clock.today() + timedelta(days=days)


def test_three_taps_reach_the_linked_cadre_and_the_reporter_learns_what_became_of_them(
    linked: Village, phone_of: PhoneOf, hand_in: Any
) -> None:
    li, zhou = phone_of(linked.li), phone_of(linked.zhou)
    told = life_event(house="北沟村1号", event="death", happened_on=in_days(-1))
    assert hand_in(zhou, told)[0]["state"] == "applied"
    lis, zhous = puller(li), puller(zhou)
    lis.pull()
    zhous.pull()
    event = lis.all("life_event")[str(told["id"])]
    quiet = in_days(29).isoformat()
    assert (event["event"], event["place"], event["mine"], event["own"]) == ("death", str(linked.home), True, False)
    assert (event["state"], event["times"], event["quiet_until"]) == ("owed", 1, quiet)
    assert lis.all("place")[str(linked.home)]["quiet_until"] == quiet
    theirs = zhous.all("life_event")[str(told["id"])]
    assert (theirs["state"], theirs["place"], theirs["own"], theirs["mine"]) == ("owed", None, True, False)
    assert zhous.all("place") == {}
    assert hand_in(li, visit(linked, clock.now() - timedelta(minutes=20)))[0]["state"] == "applied"
    lis.pull()
    zhous.pull()
    assert lis.all("life_event") == {}  # what is done leaves the phone
    assert zhous.all("life_event")[str(told["id"])]["state"] == "met"


def test_nobody_responsible_is_a_gap_and_a_second_telling_follows_the_first(
    linked: Village, phone_of: PhoneOf, hand_in: Any
) -> None:
    chen, zhou = phone_of(linked.chen), phone_of(linked.zhou)
    first = life_event(linked.unmapped)
    hand_in(zhou, first)
    assert hand_in(chen, life_event(linked.unmapped))[0]["of"] == str(first["id"])
    chens = puller(chen)
    chens.pull()
    [(id_, event)] = chens.all("life_event").items()
    assert (id_, event["state"], event["times"], event["own"]) == (str(first["id"]), "gap", 2, True)


def test_a_promise_reaches_the_phone_is_brought_back_to_mind_and_kept(
    house: House, linked: Village, phone_of: PhoneOf, hand_in: Any
) -> None:
    li = phone_of(linked.li)
    made = promise(in_days(1))
    hand_in(li, visit(linked, this_morning(), commitments=[made]))
    lis = puller(li)
    lis.pull()
    told = lis.all("commitment")[str(made["id"])]
    assert (told["text"], told["due_on"], told["own"]) == (made["text"], in_days(1).isoformat(), True)
    assert (told["state"], told["reminded_at"], told["place"]) == ("open", None, str(linked.home))
    for _ in range(2):
        do(house, Job.REMIND_COMMITMENTS)
        lis.pull()
        assert lis.all("commitment")[str(made["id"])]["reminded_at"] is not None
    once = lis.pages
    do(house, Job.REMIND_COMMITMENTS)
    assert (lis.pull(), lis.pages) == (0, once)  # nothing to tell: 304
    assert hand_in(li, kept(made["id"]))[0]["state"] == "applied"
    lis.pull()
    assert lis.all("commitment")[str(made["id"])]["state"] == "told_kept"


def test_a_refused_visit_takes_its_confirmation_off_the_phone_and_an_undone_refusal_brings_it_back(
    house: House, linked: Village, phone_of: PhoneOf, hand_in: Any
) -> None:
    li, made = phone_of(linked.li), promise(in_days(9))
    hand_in(li, visit(linked, this_morning(), commitments=[made]))
    later = visit(linked, this_morning() + timedelta(hours=2))
    hand_in(li, later, kept(made["id"], visit=later["id"]))
    was = Verdict(house.read(lambda s: s.scalar(text("SELECT verdict FROM visit WHERE id = :i"), {"i": later["id"]})))
    lis = puller(li)

    def turn(before: Verdict, after: Verdict) -> str:
        def work(session: Any) -> None:
            session.execute(text("UPDATE visit SET verdict = :w WHERE id = :i"), {"i": later["id"], "w": after.value})
            effects.verdicts_turned(session, [effects.Turned(later["id"], before, after)])

        house.write(work)
        lis.pull()
        return str(lis.all("commitment")[str(made["id"])]["state"])

    lis.pull()
    assert lis.all("commitment")[str(made["id"])]["state"] == "confirmed"
    assert turn(was, Verdict.REFUSED) == "told_kept"
    assert turn(Verdict.REFUSED, was) == "confirmed"


def test_a_home_that_is_handed_over_brings_its_promises_along(
    house: House, linked: Village, phone_of: PhoneOf, hand_in: Any
) -> None:
    li, chen = phone_of(linked.li), phone_of(linked.chen)
    made = promise(in_days(9))
    hand_in(li, visit(linked, this_morning(), commitments=[made]))
    chens = puller(chen)
    chens.pull()
    assert chens.all("commitment") == {}

    def give(session: Any) -> None:
        session.execute(text("UPDATE link SET cadre_id = :c"), {"c": linked.chen})
        changes.touched(session, FeedKind.LINK, session.scalars(text("SELECT id FROM link")))

    house.write(give)
    chens.pull()
    told = chens.all("commitment")[str(made["id"])]
    assert (told["own"], told["cadre"]["name"]) == (False, "李")


def test_the_deputys_phone_gains_the_home_and_what_is_due_and_loses_both_with_the_absence(
    house: House, linked: Village, phone_of: PhoneOf, hand_in: Any
) -> None:
    li, chen = phone_of(linked.li), phone_of(linked.chen)
    link = house.read(lambda s: s.scalar(text("SELECT id FROM link")))
    due = Owed(
        place_id=linked.home, origin=OwedFor.PROGRAMME, programme_id=linked.programme, link_id=link,
        opens_at=clock.now() - timedelta(days=9), due_at=clock.now() + timedelta(days=1),
    )  # fmt: skip
    house.write(lambda s: owe_contacts(s, house.policy, [due]))
    hand_in(li, visit(linked, clock.now() - timedelta(days=20), commitments=[promise(in_days(2))]))
    lis, chens = puller(li), puller(chen)
    lis.pull()
    chens.pull()
    assert len(lis.all("obligation")) == 1
    assert chens.all("place") == chens.all("obligation") == chens.all("commitment") == {}
    away = absence(linked.chen, in_days(0), in_days(3))
    assert hand_in(li, away)[0]["state"] == "applied"
    lis.pull()
    chens.pull()
    home = chens.all("place")[str(linked.home)]
    assert home["deputy_for"] == {"id": str(linked.li), "name": "李", "until": in_days(3).isoformat()}
    assert len(chens.all("obligation")) == len(chens.all("commitment")) == 1
    assert chens.all("link") == {}  # why somebody is linked is the deputy's business as little as anybody's
    assert lis.all("obligation") == {}
    assert "deputy_for" not in lis.all("place")[str(linked.home)]
    today = clock.now()
    with clock.frozen(today + timedelta(days=4)):
        later = puller(chen)
        later.pull()
        assert later.all("place") == {}  # at midnight nothing can be read, whatever the feed still holds
        do(house, Job.SETTLE_ABSENCES, today)
        house.write(lambda s: settling.step(s, house.policy.feed, f"{UUID(int=0)}/0"))
        lis.pull()
        chens.pull()
    assert chens.all("place") == chens.all("obligation") == chens.all("commitment") == {}
    assert len(lis.all("obligation")) == 1


def test_a_phone_with_two_batches_of_one_absence_holds_one(
    house: House, linked: Village, phone_of: PhoneOf, hand_in: Any
) -> None:
    li, record = phone_of(linked.li), absence(linked.chen, in_days(5), in_days(6))
    assert [hand_in(li, record)[0]["state"] for _ in range(2)] == ["applied", "duplicate"]
    assert house.read(lambda s: s.scalar(text("SELECT count(*) FROM absence"))) == 1
