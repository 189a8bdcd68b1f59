"""Whatever can be visited, with position and contact."""

from sync.registry.imports import kept
from sync.registry.imports.kept import SPOT, kept_or
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
_ADDRESS, _NAMED = "coalesce(r.address, '')", "coalesce(r.contact, r.name)"
_CIPHER, _HASH = (f"decode(r.{name}, 'hex')" for name in ("phone_cipher", "phone_hash"))
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
    locks="SELECT p.id FROM r JOIN place p ON p.code = r.code ORDER BY p.id FOR NO KEY UPDATE OF p",
    keeps=kept.KEEPS,
    writes=(
        kept.AGREES,
        f"INSERT INTO place AS p (id, code, state, {_VALUES})"
        f" SELECT coalesce(o.id, r.id), r.code, 'active', {UNIT_OF}, r.kind, {kept_or('name', 'r.name')},"
        f" {kept_or('address', _ADDRESS)}, coalesce(r.setting, 'village'), r.radius_m,"
        f" {kept_or('position', SPOT)}, {kept_or('position', 'r.datum', 'position_datum')},"
        " (SELECT a.above_id FROM unit_above a JOIN unit t ON t.id = a.above_id"
        f"  WHERE a.unit_id = {UNIT_OF} AND t.kind = 'town' ORDER BY a.depth LIMIT 1){kept.OF_PLACE} ORDER BY r.n"
        " ON CONFLICT (id) DO UPDATE SET"
        + ", ".join(f" {name} = excluded.{name}" for name in _VALUES.split(", "))
        + " WHERE (p.unit_id, p.kind, p.name, p.address, p.setting, p.radius_m, ST_AsText(p.position), p.town_id)"
        " IS DISTINCT FROM (excluded.unit_id, excluded.kind, excluded.name, excluded.address, excluded.setting,"
        " excluded.radius_m, ST_AsText(excluded.position), excluded.town_id) RETURNING id, xmax = 0",
        "INSERT INTO contact AS c (id, place_id, name, phone_cipher, phone_hash)"
        f" SELECT coalesce(o.id, r.id), p.id, {kept_or('contact_name', _NAMED, 'name')},"
        f" {kept_or('phone', _CIPHER, 'phone_cipher')}, {kept_or('phone', _HASH, 'phone_hash')}{kept.OF_CONTACT}"
        f" WHERE {kept.SAYS_CONTACT}"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, phone_cipher = excluded.phone_cipher,"
        " phone_hash = excluded.phone_hash"
        " WHERE (c.name, c.phone_hash) IS DISTINCT FROM (excluded.name, excluded.phone_hash)"
        " RETURNING place_id, false",
        "UPDATE place_seen s SET unit_id = p.unit_id FROM r JOIN place p ON p.code = r.code"
        " WHERE s.place_id = p.id AND s.unit_id <> p.unit_id RETURNING s.place_id, false",
    ),
)
