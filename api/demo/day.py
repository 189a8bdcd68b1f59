"""A day of the county in a minute: phones that were offline hand in what they have; afterwards, what became of it."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from time import sleep
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from api.demo import doorway
from api.demo.phone import Kept, Phone
from sync import clock
from sync.house import House
from sync.identity.actions.devices import issue_code

_CADRES = text(
    "SELECT p.id, p.staff_no FROM person p WHERE EXISTS (SELECT 1 FROM link l WHERE l.cadre_id = p.id)"
    " AND (SELECT count(*) FROM device d WHERE d.person_id = p.id AND d.state = 'active') < 2"
    " ORDER BY p.staff_no LIMIT :count"
)
_HOMES = text(
    "SELECT p.id, ST_X(CAST(p.position AS geometry)), ST_Y(CAST(p.position AS geometry)), p.unit_id"
    " FROM link l JOIN place p ON p.id = l.place_id WHERE l.cadre_id = :cadre ORDER BY p.id"
)


@dataclass(slots=True)
class Story:
    """What became of everything."""

    batches: int = 0
    sent: int = 0
    visits: int = 0
    photos: int = 0
    records: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    tasks: Counter[str] = field(default_factory=Counter)
    photo_states: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def phones_of(house: House, url: str, count: int, seed: int) -> list[Phone]:
    """Enrol phones of so many cadres, each by a one-time code of its own."""
    phones = []
    for n, (person, staff_no) in enumerate(house.read(lambda s: s.execute(_CADRES, {"count": count}).all())):
        homes = house.read(partial(_homes, cadre=person))
        phone = Phone(url, homes, seed * 1000 + n)
        code, _ = house.write(partial(issue_code, person_id=person, now=clock.now(), life=timedelta(minutes=10)))
        phone.enrol(staff_no, code)
        phones.append(phone)
    return phones


def _homes(session: Session, cadre: UUID) -> list[doorway.Home]:
    return [(str(row[0]), row[1], row[2], str(row[3])) for row in session.execute(_HOMES, {"cadre": cadre})]


def live_a_day(phone: Phone, day: datetime, batches: int) -> list[Kept]:
    """Write down a day's visits, offline: `batches` batches of a few doors each."""
    written = []
    start, step = day - timedelta(hours=9), timedelta(hours=8.5) / (batches * 6)
    for _ in range(batches):
        records = []
        for home in phone.random.sample(phone.homes, min(len(phone.homes), phone.random.randint(2, 6))):
            case = phone.random.choices(list(doorway.CASES), list(doorway.CASES.values()))[0]
            record = doorway.visit(phone, home, start, case)
            records += [record, *doorway.extras(record, case)]
            if case == "twice":
                written.append(phone.keep([record], day.isoformat()))
            start += step
        written.append(phone.keep(records, day.isoformat()))
    return written


def hand_in(phone: Phone, written: list[Kept], told: Callable[[int, int], None]) -> None:
    """Find the network: hand everything in, out of order, repeated, cut off, photos before and after."""
    random = phone.random
    early = [sha256 for sha256 in phone.photos if random.random() < 0.5]
    late = [sha256 for sha256 in phone.photos if sha256 not in early and random.random() < 0.95]
    for sha256 in early:
        phone.hand_in_photo(sha256)
        told(0, 1)
    for kept in random.sample(written, len(written)):
        if random.random() < 0.15:
            phone.cut_off(kept)
        phone.push(kept)
        for _ in range(random.choice([0, 0, 0, 1, 3])):
            phone.put(kept)
        told(1, 0)
    for sha256 in late:
        phone.hand_in_photo(sha256)
        told(0, 1)


def replay(house: House, phones: list[Phone], batches: int, told: Callable[[int, int], None]) -> Story:
    """Run the day of all phones at once, wait until everything acknowledged is done, and prove what became of it."""
    day = clock.local(clock.now())
    written = [(phone, live_a_day(phone, day, batches)) for phone in phones]
    with ThreadPoolExecutor(max(1, min(len(phones), 16))) as pool:
        for running in [pool.submit(hand_in, phone, kept, told) for phone, kept in written]:
            running.result()
    story = Story()
    for phone, kept_batches in written:
        for kept in kept_batches:
            _await_done(phone, kept)
            _count(story, phone, kept)
    house.read(partial(_prove, story=story, phones=phones))
    return story


def _await_done(phone: Phone, kept: Kept, patience_s: float = 180.0) -> None:
    limit = clock.ticks() + patience_s
    while phone.ask(kept) in ("received", "unsent") and clock.ticks() < limit:
        sleep(0.2)


def _count(story: Story, phone: Phone, kept: Kept) -> None:
    story.batches += 1
    story.sent += kept.sent
    story.photos = story.photos + len(phone.present) if kept is phone.batches[0] else story.photos
    story.visits += sum(1 for record in kept.records if record["kind"] == "visit")
    if kept.state != "done" or len(kept.results) != len(kept.records):
        story.wrong.append(f"batch {kept.id}: {kept.state}, {len(kept.results)} of {len(kept.records)} results")
    for result in kept.results:
        story.records[result["state"]] += 1
        if result["state"] == "pending":
            story.wrong.append(f"record {result['id']} of {kept.id} is pending")


def _prove(session: Session, story: Story, phones: list[Phone]) -> None:
    """Every acknowledged record has exactly one effect: compare the phones' own books with the tables."""
    told = [
        (kept, record, result)
        for phone in phones
        for kept in phone.batches
        for record, result in zip(kept.records, kept.results, strict=False)
    ]
    effects = {r["id"] for _, r, result in told if r["kind"] == "visit" and result["state"] in ("applied", "duplicate")}
    people = [UUID(phone.person) for phone in phones]
    rows = session.execute(
        text(
            "SELECT v.id, (SELECT count(*) FROM visit_rev r WHERE r.visit_id = v.id) AS revs,"
            " (SELECT count(*) FROM visit_verdict d WHERE d.visit_id = v.id) AS verdicts, v.verdict"
            " FROM visit v WHERE v.id = ANY(:ids) AND v.recorder_id = ANY(:people)"
        ),
        {"ids": [UUID(id_) for id_ in effects], "people": people},
    ).all()
    stored = {str(row.id): row for row in rows}
    story.wrong += [f"visit {id_} is acknowledged and not there" for id_ in effects - set(stored)]
    story.wrong += [f"visit {id_} has {row.revs} revisions" for id_, row in stored.items() if row.revs != 1]
    story.verdicts.update(row.verdict for row in rows)
    wanted = {
        problem["id"]: bool(problem.get("solved_on_spot"))
        for _, record, _ in told
        if record["id"] in effects
        for problem in record.get("problems", [])
    }
    problems = session.execute(
        text(
            "SELECT p.id, p.task_id, t.state FROM problem p LEFT JOIN task t ON t.id = p.task_id WHERE p.id = ANY(:ids)"
        ),
        {"ids": [UUID(id_) for id_ in wanted]},
    ).all()
    story.wrong += [f"problem {id_} is not there" for id_ in set(wanted) - {str(row.id) for row in problems}]
    for row in problems:
        if (row.task_id is None) is not wanted[str(row.id)]:
            story.wrong.append(f"problem {row.id} has the wrong task")
    story.tasks.update(row.state or "solved on the spot" for row in problems)
    photos = session.execute(
        text("SELECT encode(p.sha256, 'hex') AS sha256, p.state FROM photo p JOIN device d ON d.id = p.device_id"
             " WHERE d.person_id = ANY(:people) AND sha256 = ANY(:hashes)"),
        {"people": people, "hashes": [bytes.fromhex(sha) for phone in phones for sha in phone.photos]},
    ).all()  # fmt: skip
    here = {sha256 for phone in phones for sha256 in phone.present}
    story.photo_states.update(row.state for row in photos)
    story.wrong += [
        f"photo {row.sha256} is {row.state}" for row in photos if (row.state == "present") is not (row.sha256 in here)
    ]
