"""The weekly list of unusual reading, for the security administrator to ask about: questions, never findings (D7.2)."""

from datetime import date, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from sync import clock
from sync.policy import Privacy

WEEK = timedelta(days=7)
WEEKS_BACK = 8  # after an outage no further
_LAST = text("SELECT value ->> 'week' FROM installation WHERE key = 'read_outliers'")
_REACHED = text(
    "INSERT INTO installation (key, value) VALUES ('read_outliers', jsonb_build_object('week', CAST(:week AS text)))"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
)
# Openings of homes; pulls of own phones and lists of names are no openings. Of several roles the one whose holders
# read most is held against nobody.
_FIND = text(
    "WITH r AS (SELECT person_id, count(*) AS opened, count(DISTINCT place_id) AS places,"
    "   count(*) FILTER (WHERE duty = 'reason') AS without_duty,"
    "   count(*) FILTER (WHERE extract(hour FROM at) >= :night_from OR extract(hour FROM at) < :night_until)"
    "    AS at_night"
    '  FROM read_audit WHERE "on" >= :monday AND "on" < :next AND place_id IS NOT NULL GROUP BY person_id),'
    " k AS (SELECT DISTINCT r.person_id, x.role, r.opened FROM r JOIN person_role x ON x.person_id = r.person_id"
    "  AND x.valid && daterange(CAST(:monday AS date), CAST(:next AS date))),"
    " m AS (SELECT role, percentile_disc(0.5) WITHIN GROUP (ORDER BY opened) AS usual FROM k GROUP BY role),"
    " u AS (SELECT k.person_id, max(m.usual) AS usual FROM k JOIN m USING (role) GROUP BY k.person_id),"
    " f AS (SELECT r.*, coalesce(u.usual, 0) AS usual, array_remove(ARRAY["
    "   CASE WHEN r.opened >= :opened_min AND r.opened > :times * coalesce(u.usual, 0) THEN 'many' END,"
    "   CASE WHEN r.without_duty >= :without_duty THEN 'without_duty' END,"
    "   CASE WHEN r.at_night >= :at_night THEN 'at_night' END], NULL) AS why FROM r LEFT JOIN u USING (person_id))"
    " INSERT INTO read_outlier (week, person_id, opened, places, without_duty, at_night, usual, why, at)"
    " SELECT :monday, f.person_id, f.opened, f.places, f.without_duty, f.at_night, f.usual, f.why, :now FROM f"
    " JOIN person p ON p.id = f.person_id WHERE cardinality(f.why) > 0 ON CONFLICT DO NOTHING"
)


def find_outliers(session: Session, policy: Privacy) -> list[date]:
    """Write the lists of the weeks that have ended since the last one; their Mondays. Running it again adds nothing."""
    this_monday = monday_of(clock.today())
    last = session.scalar(_LAST)
    week = max(date.fromisoformat(last) + WEEK if last else this_monday - WEEK, this_monday - WEEKS_BACK * WEEK)
    weeks = []
    while week < this_monday:
        facts = {
            "monday": week, "next": week + WEEK, "now": clock.now(), "opened_min": policy.outlier_opened_min,
            "times": policy.outlier_times_usual, "without_duty": policy.outlier_without_duty,
            "at_night": policy.outlier_at_night, "night_from": policy.night_from, "night_until": policy.night_until,
        }  # fmt: skip
        session.execute(_FIND, facts)
        session.execute(_REACHED, {"week": week.isoformat()})
        weeks.append(week)
        week += WEEK
    return weeks


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())
