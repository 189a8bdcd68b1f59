"""What a simulated phone writes down at a door, and how it may be wrong."""

from datetime import datetime, timedelta
from typing import Any

from api.demo import texts
from api.demo.phone import Phone
from sync import ids

DEG_LAT_M = 111_320.0
DEG_LON_M = 88_000.0  # at 37.7 degrees north
Home = tuple[str, float | None, float | None, str]
# What may happen at a door, with its weight.
CASES = {
    "plain": 60, "afterwards": 8, "nobody_home": 8, "no_fix": 4, "poor": 4, "gcj02": 4, "mock": 1, "far": 2,
    "new_place": 3, "unknown_kind": 2, "poison": 1, "reinstalled": 2, "twice": 1,
}  # fmt: skip
GCJ_SHIFT = (0.0058, 0.0016)  # about what GCJ-02 adds here; the phone says WGS 84 all the same


def visit(phone: Phone, home: Home, start: datetime, case: str) -> dict[str, Any]:
    """One visit record."""
    random = phone.random
    stay = timedelta(minutes=random.randint(6, 40))
    record: dict[str, Any] = {
        "kind": "visit",
        "id": str(ids.uuid7()),
        "place": home[0],
        "outcome": "nobody_home" if case == "nobody_home" else "met",
        "mode": random.choice(["home", "home", "home", "door", "field"]),
        "recorded": "afterwards" if case == "afterwards" else "now",
        "started": {"wall": start.isoformat()},
        "ended": {"wall": (start + stay).isoformat()},
        "fixes": [] if case in ("no_fix", "afterwards") else _fixes(phone, home, start, stay, case),
        "answers": [{"form": "household", "version": "2026-1", "values": _answers(phone)}],
        "note": texts.note(random),
        "problems": [_problem(phone) for _ in range(random.choice([0, 0, 0, 1, 1, 2]))],
    }
    if case == "new_place":
        place = {"id": str(ids.uuid7()), "kind": "household", "unit": home[3], "name": "新迁来的一户"}
        record |= {"place": place["id"], "new_place": place}
    if random.random() < 0.4:
        near = (home[1], home[2]) if home[1] is not None and home[2] is not None else None
        record["photos"] = [phone.new_photo(start + stay * random.random(), near) for _ in range(random.randint(1, 2))]
    return record


def extras(record: dict[str, Any], case: str) -> list[dict[str, Any]]:
    """What the same door brings besides."""
    if case == "unknown_kind":
        return [{"kind": "callback", "id": str(ids.uuid7()), "solved": True}]
    if case == "poison":
        return [record | {"id": str(ids.uuid7()), "started": "not a moment", "photos": []}]
    if case == "reinstalled" and record["fixes"]:
        problems = [problem | {"id": str(ids.uuid7())} for problem in record["problems"]]
        return [record | {"id": str(ids.uuid7()), "problems": problems, "photos": []}]
    return []


def _fixes(phone: Phone, home: Home, start: datetime, stay: timedelta, case: str) -> list[dict[str, Any]]:
    random = phone.random
    lon, lat = (home[1], home[2]) if home[1] is not None and home[2] is not None else (120.76, 37.8)
    if case == "far":
        lon += 0.04
    if case == "gcj02":
        lon, lat = lon + GCJ_SHIFT[0], lat + GCJ_SHIFT[1]
    accuracy = random.uniform(500, 1500) if case == "poor" else random.uniform(6, 45)
    sigma = accuracy / 1.51
    count = random.randint(3, 8)
    return [
        {
            "lon": round(lon + random.gauss(0, sigma) / DEG_LON_M, 7),
            "lat": round(lat + random.gauss(0, sigma) / DEG_LAT_M, 7),
            "at": (start + stay * n / count).isoformat(),
            "accuracy_m": round(accuracy, 1),
            "provider": "gps" if case != "poor" else "network",
            "mock": case == "mock",
        }
        for n in range(count)
    ]


def _answers(phone: Phone) -> dict[str, Any]:
    random = phone.random
    return {
        "residents": random.randint(1, 6), "heating": random.choice(["coal", "electric", "gas", "kang"]),
        "water": random.choice(["tap", "well"]), "road": random.choice(["good", "bad"]),
        "income": random.choice("ABCD"),
        "ill": random.random() < 0.2, "away": random.randint(0, 3), "insured": True, "phone": True, "fire": "ok",
        "note_read": True, "card": random.random() < 0.9,
    }  # fmt: skip


def _problem(phone: Phone) -> dict[str, Any]:
    random = phone.random
    category, text = texts.problem(random)
    problem: dict[str, Any] = {
        "id": str(ids.uuid7()), "category": category.value, "text": text, "wish": random.choice(texts.WISHES),
        "read_back": random.random() < 0.9, "urgency": "urgent" if random.random() < 0.05 else "ordinary",
        "confidential": random.random() < 0.05,
    }  # fmt: skip
    if random.random() < 0.3:
        problem["solved_on_spot"] = random.choice(texts.SPOT)
    return problem
