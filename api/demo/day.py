"""Days of the county in a minute: phones that were offline hand in what they have; afterwards, what became of it."""

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

from api.demo import corrections, doorway
from api.demo.phone import Kept, Phone
from sync import clock
from sync.geo.distance import metres
from sync.house import House
from sync.identity.actions.devices import issue_code
from sync.identity.numbers import Numbers

MORNING, NIGHT = 9, 18
METRES_A_MINUTE = 600  # by car on village roads
# Who has lived such days has no time for more: cadres without a phone come first.
_CADRES = text(
    "WITH linked AS (SELECT DISTINCT ON (l.cadre_id) l.cadre_id, h.town_id"
    "  FROM link l JOIN place h ON h.id = l.place_id ORDER BY l.cadre_id, h.id)"
    " SELECT p.id, p.staff_no FROM linked JOIN person p ON p.id = linked.cadre_id"
    " WHERE (SELECT count(*) FROM device d WHERE d.person_id = p.id AND d.state = 'active') < 2"
    " ORDER BY (SELECT count(*) FROM device d WHERE d.person_id = p.id),"
    "  row_number() OVER (PARTITION BY linked.town_id ORDER BY p.staff_no), p.staff_no LIMIT :count"
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
    edits: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def phones_of(house: House, url: str, count: int, seed: int) -> list[Phone]:
    """Enrol phones of so many cadres, town after town, each by a one-time code of its own."""
    phones = []
    for n, (person, staff_no) in enumerate(house.read(lambda s: s.execute(_CADRES, {"count": count}).all())):
        homes = house.read(partial(_homes, cadre=person))
        phone = Phone(url, homes, seed * 1000 + n)
        numbers = Numbers(house.settings.contact_keys)
        phone.facts = house.read(partial(corrections.facts_of, homes=homes, numbers=numbers))
        code, _ = house.write(partial(issue_code, person_id=person, now=clock.now(), life=timedelta(minutes=10)))
        phone.enrol(staff_no, code)
        phones.append(phone)
    return phones


def _homes(session: Session, cadre: UUID) -> list[doorway.Home]:
    return [(str(row[0]), row[1], row[2], str(row[3])) for row in session.execute(_HOMES, {"cadre": cadre})]


def live(phone: Phone, now: datetime, days: int) -> list[Kept]:
    """Write down the last `days` working days up to `now`, offline: a batch a day, two to six doors each."""
    evening = now.replace(hour=NIGHT, minute=0, second=0, microsecond=0)
    evening = evening if evening <= now else evening - timedelta(days=1)
    written = []
    for back in reversed(range(days)):
        phone.free_at = evening - timedelta(days=back, hours=NIGHT - MORNING)
        written += _call(phone, phone.random.randint(2, 6), now)
    return written


def go_on(phone: Phone, now: datetime) -> list[Kept]:
    """Write down the next door or two, from last week on at the phone's own pace; nothing while it has caught up."""
    free = phone.free_at or (now - timedelta(days=6)).replace(hour=MORNING, minute=phone.random.randrange(60))
    if free.hour >= NIGHT - 1 or free.hour < MORNING:
        free = (free + timedelta(days=free.hour >= MORNING)).replace(hour=MORNING, minute=phone.random.randrange(60))
    phone.free_at = free
    return _call(phone, phone.random.randint(1, 2), now) if free < now - timedelta(hours=1) else []


def _call(phone: Phone, doors: int, now: datetime) -> list[Kept]:
    """Call at some doors, one after the other, each after the way from the last; the batch, or two."""
    written, records = [], []
    before: doorway.Home | None = None
    for home in phone.random.sample(phone.homes, min(len(phone.homes), doors)):
        assert phone.free_at, "whoever calls is free from some moment on"
        start = phone.free_at + timedelta(minutes=5) + _way(before, home)
        case = phone.random.choices(list(doorway.CASES), list(doorway.CASES.values()))[0]
        record = doorway.visit(phone, home, start, case)
        records += [record, *doorway.extras(record, case)]
        records += corrections.told(phone, phone.facts, home, datetime.fromisoformat(record["ended"]["wall"]))
        if case == "twice":
            written.append(phone.keep([record], now.isoformat()))
        phone.free_at, before = datetime.fromisoformat(record["ended"]["wall"]), home
    return [*written, phone.keep(records, now.isoformat())]


def _way(one: doorway.Home | None, other: doorway.Home) -> timedelta:
    """How long it takes from one home to another, on roads half as long again as the crow flies."""
    if one is None or one[1] is None or one[2] is None or other[1] is None or other[2] is None:
        return timedelta(minutes=20)
    return timedelta(minutes=float(metres(one[1], one[2], other[1], other[2])) * 1.5 / METRES_A_MINUTE)


def hand_in(phone: Phone, written: list[Kept], told: Callable[[int, int], None]) -> None:
    """Find the network: hand everything in, out of order, repeated, cut off, photos before and after."""
    random = phone.random
    here = [sha256 for sha256 in phone.photos if sha256 not in phone.present]
    early = [sha256 for sha256 in here if random.random() < 0.5]
    late = [sha256 for sha256 in here if sha256 not in early and random.random() < 0.95]
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
    """Run the days of all phones at once, wait until everything acknowledged is done, and prove what became of it."""
    now = clock.local(clock.now())
    written = [(phone, live(phone, now, batches)) for phone in phones]
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
    _prove_visits(session, story, effects, people)
    wanted = {
        problem["id"]: bool(problem.get("solved_on_spot"))
        for _, record, _ in told
        if record["id"] in effects
        for problem in record.get("problems", [])
    }
    _prove_problems(session, story, wanted)
    _prove_photos(session, story, phones, people)
    heard = ("applied", "conflict", "duplicate")
    _prove_edits(
        session, story, {r["id"] for _, r, done in told if r["kind"] == "place_edit" and done["state"] in heard}
    )


def _prove_visits(session: Session, story: Story, effects: set[str], people: list[UUID]) -> None:
    rows = session.execute(
        text(
            "SELECT v.id, (SELECT count(*) FROM visit_rev r WHERE r.visit_id = v.id) AS revs, v.verdict"
            " FROM visit v WHERE v.id = ANY(:ids) AND v.recorder_id = ANY(:people)"
        ),
        {"ids": [UUID(id_) for id_ in effects], "people": people},
    ).all()
    stored = {str(row.id): row for row in rows}
    story.wrong += [f"visit {id_} is acknowledged and not there" for id_ in effects - set(stored)]
    story.wrong += [f"visit {id_} has {row.revs} revisions" for id_, row in stored.items() if row.revs != 1]
    story.verdicts.update(row.verdict for row in rows)


def _prove_problems(session: Session, story: Story, wanted: dict[str, bool]) -> None:
    """`wanted`: for each acknowledged problem whether it was solved on the spot and so has no task."""
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


def _prove_photos(session: Session, story: Story, phones: list[Phone], people: list[UUID]) -> None:
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


def _prove_edits(session: Session, story: Story, wanted: set[str]) -> None:
    """`wanted`: every acknowledged correction, which is kept whatever became of it."""
    rows = session.execute(
        text("SELECT id, state FROM place_edit WHERE id = ANY(:ids)"), {"ids": [UUID(id_) for id_ in wanted]}
    ).all()
    story.wrong += [f"edit {id_} is not there" for id_ in wanted - {str(row.id) for row in rows}]
    story.edits.update(row.state for row in rows)
