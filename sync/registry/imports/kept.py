"""What an import of places leaves as it is: fields that were put right at the door since, or decided by a person."""

# `o` is the place, or its contact, that is there already; `t` has the fields of it that a list does not overwrite.
OF_PLACE = (
    " FROM r LEFT JOIN place o ON o.code = r.code LEFT JOIN LATERAL (SELECT array_agg(f.field) AS fields"
    " FROM edited_field f WHERE f.place_id = o.id AND f.contact_id IS NULL AND f.is_told) t ON true"
)
OF_CONTACT = (
    " FROM r JOIN place p ON p.code = r.code LEFT JOIN LATERAL"
    " (SELECT * FROM contact WHERE place_id = p.id ORDER BY id LIMIT 1) o ON true"
    " LEFT JOIN LATERAL (SELECT array_agg(f.field) AS fields FROM edited_field f WHERE f.place_id = p.id"
    " AND f.contact_id = o.id AND f.is_told) t ON true"
)
SPOT = "CASE WHEN r.lon IS NOT NULL THEN ST_SetSRID(ST_MakePoint(r.lon, r.lat), 4326)::geography END"
SAYS_CONTACT = "(r.contact IS NOT NULL OR r.phone_hash IS NOT NULL)"
SAME_M = 1


def kept_or(field: str, listed: str, column: str = "") -> str:
    """What `o` says of the field if that is kept, else what the list says."""
    return f"CASE WHEN '{field}' = ANY(t.fields) THEN o.{column or field} ELSE {listed} END"


def _differing(column: str, field: str, source: str, where: str, value: str, cipher: str = "NULL::bytea") -> str:
    place, contact = ("o.id", "NULL::uuid") if source is OF_PLACE else ("p.id", "o.id")
    return (
        f"SELECT r.line, '{column}', {place}, '{field}', {contact}, {value}, {cipher}{source}"
        f" WHERE '{field}' = ANY(t.fields) AND {where}"
    )


KEEPS = " UNION ALL ".join((
    _differing("name", "name", OF_PLACE, "r.name <> o.name", "to_jsonb(r.name)"),
    _differing("address", "address", OF_PLACE, "r.address <> o.address", "to_jsonb(r.address)"),
    _differing(
        "lon", "position", OF_PLACE, f"ST_Distance(o.position, {SPOT}) > {SAME_M}",
        "jsonb_build_object('lon', r.lon, 'lat', r.lat)",
    ),
    _differing(
        "contact", "contact_name", OF_CONTACT, f"{SAYS_CONTACT} AND coalesce(r.contact, r.name) <> o.name",
        "to_jsonb(coalesce(r.contact, r.name))",
    ),
    _differing(
        "phone", "phone", OF_CONTACT,
        "r.phone_hash IS NOT NULL AND decode(r.phone_hash, 'hex') IS DISTINCT FROM o.phone_hash",
        "NULL::jsonb", "decode(r.phone_cipher, 'hex')",
    ),
))  # fmt: skip
# A list that says what was told has caught up: what it says next is news again.
AGREES = (
    "UPDATE edited_field e SET is_told = false FROM r JOIN place p ON p.code = r.code LEFT JOIN LATERAL"
    " (SELECT * FROM contact WHERE place_id = p.id ORDER BY id LIMIT 1) o ON true"
    " WHERE e.place_id = p.id AND e.is_told AND (e.field = 'name' AND r.name = p.name"
    " OR e.field = 'address' AND r.address = p.address"
    f" OR e.field = 'position' AND ST_Distance(p.position, {SPOT}) <= {SAME_M}"
    f" OR e.field = 'contact_name' AND e.contact_id = o.id AND {SAYS_CONTACT} AND coalesce(r.contact, r.name) = o.name"
    " OR e.field = 'phone' AND e.contact_id = o.id AND decode(r.phone_hash, 'hex') = o.phone_hash)"
)
