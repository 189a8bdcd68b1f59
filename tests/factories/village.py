"""Beigou village: a town, a village, two homes, cadre Li with a phone, cadre Chen with another."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock, ids
from sync.words import Category, LinkCategory, Role

HOME = (120.7591, 37.8082)  # WGS 84


@dataclass
class Village:
    """Ids of what stands in the database."""

    county: UUID = field(default_factory=ids.uuid7)
    town: UUID = field(default_factory=ids.uuid7)
    village: UUID = field(default_factory=ids.uuid7)
    waterworks: UUID = field(default_factory=ids.uuid7)
    roads: UUID = field(default_factory=ids.uuid7)
    li: UUID = field(default_factory=ids.uuid7)
    chen: UUID = field(default_factory=ids.uuid7)
    zhou: UUID = field(default_factory=ids.uuid7)
    phone_li: UUID = field(default_factory=ids.uuid7)
    phone_chen: UUID = field(default_factory=ids.uuid7)
    phone_zhou: UUID = field(default_factory=ids.uuid7)
    home: UUID = field(default_factory=ids.uuid7)
    unmapped: UUID = field(default_factory=ids.uuid7)
    programme: UUID = field(default_factory=ids.uuid7)


def found(session: Session) -> Village:
    """Write the village: Li is linked to the home; Zhou is a community reporter; water has one unit, roads two."""
    v = Village()
    add = session.execute
    for id_, parent, kind, name in (
        (v.county, None, "county", "蓬莱区"),
        (v.town, v.county, "town", "北沟镇"),
        (v.village, v.town, "village", "北沟村"),
        (v.waterworks, v.county, "department", "水务局"),
        (v.roads, v.county, "department", "公路局"),
    ):
        add(
            text("INSERT INTO unit (id, parent_id, kind, name, sort_code) VALUES (:i, :p, :k, :n, '1')"),
            {"i": id_, "p": parent, "k": kind, "n": name},
        )
    for unit, above, depth in (
        (v.county, v.county, 0), (v.town, v.town, 0), (v.town, v.county, 1), (v.village, v.village, 0),
        (v.village, v.town, 1), (v.village, v.county, 2), (v.waterworks, v.waterworks, 0), (v.waterworks, v.county, 1),
        (v.roads, v.roads, 0), (v.roads, v.county, 1),
    ):  # fmt: skip
        add(text("INSERT INTO unit_above VALUES (:u, :a, :d)"), {"u": unit, "a": above, "d": depth})
    for person, phone, name, role in (
        (v.li, v.phone_li, "李", Role.CADRE), (v.chen, v.phone_chen, "陈", Role.CADRE),
        (v.zhou, v.phone_zhou, "周", Role.REPORTER),
    ):  # fmt: skip
        add(text("INSERT INTO person (id, staff_no, name) VALUES (:i, :n, :n)"), {"i": person, "n": name})
        add(
            text("INSERT INTO person_role (id, person_id, unit_id, role) VALUES (:i, :p, :u, :r)"),
            {"i": ids.uuid7(), "p": person, "u": v.village, "r": role.value},
        )
        add_phone(session, phone, person)
    for place, name, lonlat in ((v.home, "北沟村1号", HOME), (v.unmapped, "北沟村2号", None)):
        add(
            text(
                "INSERT INTO place (id, kind, unit_id, town_id, name, position, state)"
                " VALUES (:i, 'household', :u, :t, :n, CAST(:p AS geography), 'active')"
            ),
            {"i": place, "u": v.village, "t": v.town, "n": name,
             "p": lonlat and f"SRID=4326;POINT({lonlat[0]} {lonlat[1]})"},
        )  # fmt: skip
    add(text("INSERT INTO programme (id, code, name) VALUES (:i, '5L', '五联')"), {"i": v.programme})
    add(
        text(
            "INSERT INTO link (id, programme_id, category, cadre_id, place_id, valid)"
            " VALUES (:i, :g, :c, :p, :h, '[2020-01-01,)')"
        ),
        {"i": ids.uuid7(), "g": v.programme, "c": LinkCategory.NEEDY.value, "p": v.li, "h": v.home},
    )
    for category, units in ((Category.ENVIRONMENT, [v.waterworks]), (Category.TRAFFIC, [v.roads, v.waterworks])):
        for unit in units:
            add(
                text("INSERT INTO route (id, category, area_id, unit_id, kind) VALUES (:i, :c, :a, :u, 'handling')"),
                {"i": ids.uuid7(), "c": category.value, "a": v.county, "u": unit},
            )
    return v


def add_phone(session: Session, device: UUID, person: UUID) -> str:
    """An active phone of a person; its token."""
    token = ids.token("ds")
    now = clock.now()
    session.execute(
        text(
            "INSERT INTO device (id, person_id, state, state_at, token_hash, token_expires_at, token_ends_at,"
            " receipt_key, enrolled_at) VALUES (:i, :p, 'active', :now, :h, :e, :e, :k, :now)"
        ),
        {"i": device, "p": person, "now": now, "h": ids.digest(token), "e": now + timedelta(days=90), "k": ids.key()},
    )
    return token
