"""A seeded county: real units, made-up departments, households inside the real boundary, people with roles.

Everything goes in through the registry's own imports, so that the demo is also a trial of them.
"""

import csv
import json
from collections.abc import Callable, Iterator
from functools import partial
from importlib.resources import as_file, files
from random import Random
from uuid import UUID

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.duty import rounds
from sync.house import House
from sync.identity.actions import people
from sync.identity.contact_cipher import ContactCipher
from sync.models import Installation, Obligation
from sync.registry.areas import sketch
from sync.registry.imports.areas import areas
from sync.registry.imports.kinds import KINDS
from sync.registry.imports.outlines import read_features
from sync.registry.imports.run import import_rows
from sync.registry.workdays import replace_workdays, shipped_holidays
from sync.words import Category, Datum, LinkCategory

COUNTY = "370614"
HOMES_A_VILLAGE = 10
CADRES_A_TOWN = 15
LINKS_A_CADRE = 10
SPREAD_DEG = 0.002  # about 200 m: a village's houses stand this far around its middle
SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗郑梁谢宋唐许邓冯韩曹"
GIVEN = tuple("建国 秀英 桂兰 志强 玉珍 海波 德胜 春梅 永福 淑华 立新 凤英 长顺 月娥 振华 兰芳".split())  # noqa: SIM905
DEPARTMENTS = {
    "住房和城乡建设局": [Category.URBAN], "交通运输局": [Category.TRAFFIC], "教育和体育局": [Category.EDUCATION],
    "卫生健康局": [Category.HEALTH], "人力资源和社会保障局": [Category.LABOUR], "民政局": [Category.CIVIL],
    "生态环境分局": [Category.ENVIRONMENT], "商务局": [Category.COMMERCE], "自然资源和规划局": [Category.LAND],
    "农业农村局": [Category.RURAL], "发展和改革局": [Category.ECONOMY], "工业和信息化局": [Category.SCIENCE],
    "市场监督管理局": [Category.COMMERCE], "群众工作部": [],
}  # fmt: skip
STATIONS = {"农业服务站": [Category.RURAL], "民政所": [Category.CIVIL], "环卫所": [Category.ENVIRONMENT]}
LOGINS = {
    "verifier-wang": ("王核验", "verifier"), "dispatcher-zhao": ("赵派单", "dispatcher"),
    "leader-sun": ("孙书记", "leader"), "admin-qian": ("钱管理", "unit_admin"), "system-wu": ("吴系统", "system_admin"),
    "office-zheng": ("郑主管", "programme_office"),
}  # fmt: skip
Row = dict[str, str]
Rows = list[tuple[int, Row]]


def seed(house: House, progress: Callable[[str], None]) -> dict[str, str]:
    """Fill an empty installation; user names with their password. Done once: again it only answers the logins."""
    done = house.read(lambda session: session.get(Installation, "demo"))
    if done is not None:
        return dict(done.value["logins"])
    random = Random(370614)  # noqa: S311  # a demo must be the same every time
    units = list(csv.DictReader(_data("units.csv").splitlines()))
    cipher = ContactCipher(house.settings.contact_keys)
    progress("节假日 / calendar")
    house.write(lambda session: replace_workdays(session, shipped_holidays(), "holiday-cn"))
    departments, routes = _departments(units)
    cadres, links, places = _villages(units, random)
    plan: list[tuple[str, list[Row]]] = [
        ("units", [*units, *departments]),
        ("cadres", [*cadres, *_officers(departments), *_on_duty(units)]),
        ("programmes", _programmes()),
        ("places", places),
        ("links", links),
        ("needy", _needy(links, places)),
        ("routes", routes),
    ]
    for name, rows in plan:
        progress(f"{name}: {len(rows)}")
        numbered: Rows = [(n, {key: value for key, value in row.items() if value}) for n, row in enumerate(rows, 2)]
        outcome = import_rows(house.write, KINDS[name], numbered, datum=Datum.WGS84, seal=cipher.seal)
        assert not outcome.faults, outcome.faults[:5]
    _outlines(house, progress)
    progress(f"obligations: {_owe(house)}")
    password = f"demo-{ids.digits(6)}"
    logins = dict.fromkeys(LOGINS, password)

    def login(session: Session) -> None:
        for username in LOGINS:
            person = people.person_of_staff_no(session, username)
            people.set_login(session, person.id, username, password, clock.now(), house.policy.logins)
        session.add(Installation(key="demo", value={"logins": logins}))

    house.write(login)
    return logins


def _programmes() -> list[Row]:
    """The shipped programmes, in the charge of the county."""
    shipped = files("sync.duty").joinpath("programmes.csv").read_text(encoding="utf-8")
    more = {"basis": "演示数据", "office_code": COUNTY, "valid_from": "2026-01-01"}
    return [dict(row) | more for row in csv.DictReader(shipped.splitlines())]


def _on_duty(units: list[Row]) -> Iterator[Row]:
    """A duty person in two villages of three: in the others a home without a link is nobody's."""
    random = Random(3)  # noqa: S311
    for n, village in enumerate(unit for unit in units if unit["kind"] == "village"):
        if n % 3:
            yield _cadre(f"V{n:04d}", _name(random), village["code"], "duty_person", random)


def _owe(house: House) -> int:
    """Owe what the links ask for now, as the job of every hour does; how much."""
    after: UUID | None = None
    while after := house.write(partial(rounds.owe_visits, policy=house.policy, after=after)):
        pass
    return house.read(lambda session: session.scalar(select(func.count()).select_from(Obligation))) or 0


def _outlines(house: House, progress: Callable[[str], None]) -> None:
    """The county's real boundary, and its villages and towns sketched inside: nobody has published their outlines."""
    with as_file(files("api.demo").joinpath("data", "boundary.geojson")) as path:
        outcome = import_rows(house.write, areas(Datum.WGS84), read_features(path))
    assert not outcome.faults, outcome.faults
    drawn = house.write(sketch)
    progress(f"areas: {outcome.rows} 导入 imported, {drawn.villages + drawn.above} 示意 sketched")


def _data(name: str) -> str:
    return files("api.demo").joinpath("data", name).read_text(encoding="utf-8")


def _departments(units: list[Row]) -> tuple[list[Row], list[Row]]:
    """Departments of the county and stations of its towns, with the matters that are theirs.

    Commerce has two departments, so that such matters wait for the dispatcher; health, party and law have none in
    some areas.
    """
    made, routes = [], []
    for n, (name, categories) in enumerate(DEPARTMENTS.items()):
        code = f"{COUNTY}-D{n:02d}"
        made.append(_unit(code, name, "department", COUNTY))
        routes += [_route(category, COUNTY, code) for category in categories]
    for town in (unit for unit in units if unit["kind"] == "town"):
        for n, (name, categories) in enumerate(STATIONS.items()):
            code = f"{town['code']}-S{n}"
            made.append(_unit(code, f"{town['name']}{name}", "station", town["code"]))
            routes += [_route(category, town["code"], code) for category in categories]
    return made, routes


def _unit(code: str, name: str, kind: str, parent: str) -> Row:
    return {"code": code, "name": name, "kind": kind, "parent_code": parent, "edition": "2023"}


def _route(category: Category, area: str, unit: str) -> Row:
    return {"category": category.value, "area_code": area, "unit_code": unit, "kind": "handling"}


def _villages(units: list[Row], random: Random) -> tuple[list[Row], list[Row], list[Row]]:
    towns = [unit for unit in units if unit["kind"] == "town"]
    middles = _town_points(towns)
    cadres, links, places = [], [], []
    ring = _ring()
    for t, town in enumerate(towns):
        villages = [unit for unit in units if unit["parent_code"] == town["code"]]
        staff = [f"C{t:02d}{n:02d}" for n in range(CADRES_A_TOWN)]
        for n, staff_no in enumerate(staff):
            home = villages[n * len(villages) // len(staff)] if villages else town
            cadres.append(_cadre(staff_no, _name(random), home["code"], "cadre", random))
        for v, village in enumerate(villages):
            middle = _inside(ring, random, middles[town["code"]], 0.03)
            for h in range(HOMES_A_VILLAGE):
                place = _home(village, h, _inside(ring, random, middle, SPREAD_DEG), random)
                places.append(place)
                if not _is_uncovered(v, h):
                    links.append(_link(staff[(v + h) % len(staff)], place["code"], h))
    return cadres, links, places


def _is_uncovered(village: int, home: int) -> bool:
    """The last home of every fourth village has no link, and stands on the list of the needy: a gap."""
    return home == HOMES_A_VILLAGE - 1 and village % 4 == 0


def _needy(links: list[Row], places: list[Row]) -> list[Row]:
    """Every home that is linked as needy, and those that nobody links."""
    covered = {link["place_code"] for link in links}
    needy = [link["place_code"] for link in links if link["category"] == LinkCategory.NEEDY]
    needy += [place["code"] for place in places if place["code"] not in covered]
    more = {"list": "低保", "source": "演示数据", "valid_from": "2026-01-01", "valid_to": "2027-12-31"}
    return [{"place_code": code} | more for code in needy]


def _cadre(staff_no: str, name: str, unit: str, role: str, random: Random) -> Row:
    phone = f"199{random.randrange(10**8):08d}"
    return {
        "staff_no": staff_no, "name": name, "phone": phone, "unit_code": unit, "role": role, "valid_from": "2026-01-01"
    }  # fmt: skip


def _officers(departments: list[Row]) -> Iterator[Row]:
    random = Random(1)  # noqa: S311
    for staff_no, (name, role) in LOGINS.items():
        yield _cadre(staff_no, name, COUNTY, role, random)
    for department in departments:
        if department["kind"] == "department":
            yield _cadre(f"H{department['code'][-2:]}", _name(random), department["code"], "handler", random)


def _home(village: Row, number: int, at: tuple[float, float], random: Random) -> Row:
    name = _name(random)
    row = {
        "code": f"{village['code']}-{number + 1:03d}", "kind": "household", "unit_code": village["code"],
        "name": f"{name}家", "address": f"{village['name'].removesuffix('村委会')}{number + 1}号", "setting": "village",
        "contact": name, "phone": f"198{random.randrange(10**8):08d}",
    }  # fmt: skip
    if number:  # one home in ten has no position yet
        row |= {"lon": f"{at[0]:.6f}", "lat": f"{at[1]:.6f}"}
    return row


def _link(staff_no: str, place: str, n: int) -> Row:
    categories = (LinkCategory.NEEDY, LinkCategory.OLD_PARTY_MEMBER, LinkCategory.LEFT_BEHIND, LinkCategory.ABLE_PERSON)
    category = categories[n] if n < len(categories) else LinkCategory.ORDINARY
    return {
        "programme": "WULIAN", "category": category.value, "staff_no": staff_no, "place_code": place,
        "valid_from": "2026-01-01",
    }  # fmt: skip


def _name(random: Random) -> str:
    return random.choice(SURNAMES) + random.choice(GIVEN)


def _ring() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    polygons = json.loads(_data("boundary.geojson"))["geometry"]["coordinates"]
    return np.array(max((polygon[0] for polygon in polygons), key=len), np.float64)


def _town_points(towns: list[Row]) -> dict[str, tuple[float, float]]:
    known = {
        row["town_code"]: (float(row["lon"]), float(row["lat"]))
        for row in csv.DictReader(_data("town_points.csv").splitlines())
    }
    ring, random = _ring(), Random(2)  # noqa: S311
    middle = (float(ring[:, 0].mean()), float(ring[:, 1].mean()))
    points = {}
    for town in towns:
        at = known.get(town["code"], middle)
        points[town["code"]] = at if is_inside(ring, at) else _inside(ring, random, middle, 0.15)
    return points


def _inside(ring: np.ndarray, random: Random, middle: tuple[float, float], spread: float) -> tuple[float, float]:
    while True:
        at = (middle[0] + random.uniform(-spread, spread), middle[1] + random.uniform(-spread, spread))
        if is_inside(ring, at):
            return at


def is_inside(ring: np.ndarray, at: tuple[float, float]) -> bool:
    """Whether a point lies inside a ring of (lon, lat): the even-odd rule."""
    x, y = ring[:, 0], ring[:, 1]
    x2, y2 = np.roll(x, -1), np.roll(y, -1)
    crosses = (y > at[1]) != (y2 > at[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        left = at[0] < (x2 - x) * (at[1] - y) / (y2 - y) + x
    return bool(np.count_nonzero(crosses & left) % 2)
