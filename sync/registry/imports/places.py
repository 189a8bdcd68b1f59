"""Whatever can be visited, with position and contact."""

from sync.registry.imports.spec import Check, Column, Kind, number, one_of
from sync.words import PlaceKind, Setting

UNIT_OF = "(SELECT c.unit_id FROM unit_code c WHERE c.code = r.unit_code LIMIT 1)"
TWICE = "SELECT line, code FROM (SELECT line, code, count(*) OVER (PARTITION BY code) AS n FROM r) d WHERE n > 1"
NO_UNIT = Check(
    "unit_code",
    "SELECT r.line, r.unit_code FROM r WHERE NOT EXISTS (SELECT 1 FROM unit_code c WHERE c.code = r.unit_code)",
    "没有这个单位",
    "no such unit",
)
_VALUES = "unit_id, kind, name, address, setting, radius_m, position, position_datum, town_id"
PLACES = Kind(
    name="places",
    columns=(
        Column("code", "编号", required=True),
        Column("kind", "类别", one_of(PlaceKind), required=True),
        Column("unit_code", "单位代码", required=True),
        Column("name", "名称", required=True),
        Column("address", "地址"),
        Column("lon", "经度", number(-180, 180)),
        Column("lat", "纬度", number(-90, 90)),
        Column("setting", "居住形态", one_of(Setting)),
        Column("radius_m", "半径", number(10, 5000)),
        Column("contact", "联系人"),
        Column("phone", "电话"),
    ),
    record="code text, kind text, unit_code text, name text, address text, lon float8, lat float8, datum text,"
    " setting text, radius_m float8, contact text, phone_cipher text, phone_hash text",
    located=True,
    touches="PLACE",
    checks=(
        NO_UNIT,
        Check("code", TWICE, "编号重复", "the code stands twice"),
        Check(
            "lon",
            "SELECT line, coalesce(lon, lat)::text FROM r WHERE (lon IS NULL) <> (lat IS NULL)",
            "经度和纬度要么都有,要么都没有",
            "longitude and latitude come together",
        ),
    ),
    writes=(
        f"INSERT INTO place AS p (id, code, state, {_VALUES})"
        f" SELECT coalesce((SELECT o.id FROM place o WHERE o.code = r.code), r.id), r.code, 'active', {UNIT_OF},"
        " r.kind, r.name, coalesce(r.address, ''), coalesce(r.setting, 'village'), r.radius_m,"
        " CASE WHEN r.lon IS NOT NULL THEN ST_SetSRID(ST_MakePoint(r.lon, r.lat), 4326)::geography END, r.datum,"
        " (SELECT a.above_id FROM unit_above a JOIN unit t ON t.id = a.above_id"
        f"  WHERE a.unit_id = {UNIT_OF} AND t.kind = 'town' ORDER BY a.depth LIMIT 1) FROM r ORDER BY n"
        " ON CONFLICT (id) DO UPDATE SET"
        + ", ".join(f" {name} = excluded.{name}" for name in _VALUES.split(", "))
        + " WHERE (p.unit_id, p.kind, p.name, p.address, p.setting, p.radius_m, ST_AsText(p.position), p.town_id)"
        " IS DISTINCT FROM (excluded.unit_id, excluded.kind, excluded.name, excluded.address, excluded.setting,"
        " excluded.radius_m, ST_AsText(excluded.position), excluded.town_id) RETURNING id, xmax = 0",
        "INSERT INTO contact AS c (id, place_id, name, phone_cipher, phone_hash)"
        " SELECT coalesce(o.id, r.id), p.id, coalesce(r.contact, r.name), decode(r.phone_cipher, 'hex'),"
        " decode(r.phone_hash, 'hex') FROM r JOIN place p ON p.code = r.code"
        " LEFT JOIN LATERAL (SELECT id FROM contact WHERE place_id = p.id ORDER BY id LIMIT 1) o ON true"
        " WHERE r.contact IS NOT NULL OR r.phone_hash IS NOT NULL"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, phone_cipher = excluded.phone_cipher,"
        " phone_hash = excluded.phone_hash"
        " WHERE (c.name, c.phone_hash) IS DISTINCT FROM (excluded.name, excluded.phone_hash)"
        " RETURNING place_id, false",
    ),
)
