"""Every column that can hold personal data: whose it is, how it is found, what erasing does to it, why it stays.

A test compares the two tables below with the models: each column of text, JSON, bytes, numbers of places, arrays or
words stands in exactly one of them, so that nobody can add one without saying what it is. Ids, times, days, counts and
flags say nothing by themselves and are left out, unless they are named here.

Conditions are over the alias x and may use :places, :visits, :problems, :contacts, :hashes (of photos), :person.
"""

from typing import NamedTuple

from sync.privacy.rules import Both


class Held(NamedTuple):
    """Columns of one table. `rows` finds a household's, `staff` a colleague's; `sets` is what erasing writes (""
    deletes rows, None leaves them, for the reason `why`); `shown` is what an export selects (None: nothing);
    `words` is what purging a record writes into what was told in it."""

    table: str
    columns: str
    what: Both
    rows: str = ""
    staff: str = ""
    sets: str | None = None
    why: Both | None = None
    shown: str | None = None
    words: str = ""


PURGED = "(误录信息,已清除)"
DUTY = Both("走访人员的履职记录", "the record of a cadre's duty, without the home")
TRAIL = Both("法定留痕,只有编号,到期删除", "a trail that the law asks for, ids alone, deleted in time")
STAFF = Both("在职人员管理所需,离职后停用", "to run the system; ends with the office")
OF_VISIT, OF_PLACE = "x.visit_id = ANY(:visits)", "x.place_id = ANY(:places)"
PHOTOS = "(x.visit_id = ANY(:visits) AND x.problem_id IS NULL OR x.problem_id = ANY(:problems))"
LON_LAT = "concat_ws(', ', round(ST_X({0}::geometry)::numeric, 5), round(ST_Y({0}::geometry)::numeric, 5))"

EDITED = "SELECT f.id FROM edited_field f WHERE f.place_id = ANY(:places) OR f.contact_id = ANY(:contacts)"

# In the order in which erasing goes: what is found through another table comes before that table.
HELD = (
    Held(
        "contact", "name phone_cipher phone_hash", Both("家庭联系人", "people of the home"),
        rows="(x.place_id = ANY(:places) OR x.id = ANY(:contacts))", sets="", shown="x.name, x.phone_cipher AS phone",
    ),
    Held(
        "place_position", "position visits without", Both("位置的历次版本", "versions of the position"), rows=OF_PLACE,
        sets="", shown=f"x.n, {LON_LAT.format('x.position')} AS position, x.method, x.at",
    ),
    Held(
        "link", "category", Both("结对联系", "links"), rows=OF_PLACE,
        sets="category = 'ordinary', valid = valid * daterange(NULL, CAST(:today AS date))", why=DUTY,
        shown="(SELECT p.name FROM person p WHERE p.id = x.cadre_id) AS cadre, x.category, lower(x.valid) AS since,"
        " upper(x.valid) AS ends",
    ),
    # Life in the home: what happened, what was promised and given, what was owed, what was put right.
    Held("life_event", "event", Both("必访事由", "what happened"), rows=f"({OF_PLACE} OR {OF_VISIT})", sets="",
         shown="x.happened_on, x.event, x.told_at"),
    Held(
        "commitment_word", "text", Both("承诺兑现情况", "what was said of promises"),
        rows="x.commitment_id IN (SELECT c.id FROM commitment c WHERE c.place_id = ANY(:places)"
        " OR c.visit_id = ANY(:visits))",
        staff="x.person_id = :person", sets="text = ''", why=DUTY, shown="x.at, x.kept, x.text", words="text = ''",
    ),
    Held(
        "commitment", "text", Both("承诺", "promises"), rows=f"({OF_PLACE} OR {OF_VISIT})",
        staff="x.cadre_id = :person", sets="text = ''", why=DUTY, shown="x.made_at, x.due_on, x.text, x.state",
        words=f"text = '{PURGED}'",
    ),
    Held(
        "aid", "what source", Both("帮扶", "aid"), rows=f"({OF_PLACE} OR {OF_VISIT})", staff="x.cadre_id = :person",
        sets="what = '', source = ''", why=DUTY, shown="x.given_on, x.what, x.source",
        words=f"what = '{PURGED}', source = ''",
    ),
    Held("needy", "list source", Both("困难名单", "lists of needy homes"), rows=OF_PLACE, sets="",
         shown="x.list, x.source, x.valid::text AS valid"),
    Held("excuse_told", "excuse text", Both("应访说明", "why contact was not owed"),
         rows="x.obligation_id IN (SELECT o.id FROM obligation o WHERE o.place_id = ANY(:places))",
         staff="x.by = :person", sets="text = ''", why=DUTY, shown="x.at, x.excuse, x.text"),
    Held("obligation", "origin excuse", Both("应访任务", "contact owed"), rows=OF_PLACE, staff="x.holder_id = :person",
         why=DUTY, shown="x.opens_at, x.due_at, x.state, x.met_at, x.excuse"),
    Held(
        "edit_decision", "value value_cipher before before_cipher base base_cipher facts reason",
        Both("更正的处理", "decisions on corrections"),
        rows=f"x.edited_field_id IN ({EDITED})", staff="x.by = :person",
        sets="value = NULL, value_cipher = NULL, before = NULL, before_cipher = NULL, base = NULL, base_cipher = NULL,"
        " facts = '{}', reason = ''",
        why=DUTY, shown="x.at, x.taking, x.value, x.value_cipher AS phone",
    ),
    Held(
        "place_edit", "old old_cipher new new_cipher note evidence", Both("更正", "corrections as told"),
        rows=f"({OF_PLACE} OR x.edited_field_id IN ({EDITED}))", staff="x.person_id = :person",
        sets="old = NULL, old_cipher = NULL, new = NULL, new_cipher = NULL, note = '', evidence = NULL,"
        " in_play = false, state = CASE WHEN state = 'open' THEN 'not_taken' ELSE state END",
        why=DUTY, shown="x.said_at, x.field, x.old, x.new, x.new_cipher AS phone, x.note",
        words="old = NULL, old_cipher = NULL, new = NULL, new_cipher = NULL, note = ''",
    ),
    Held(
        "edited_field", "base base_cipher stands stands_cipher listed listed_cipher",
        Both("更正过的登记内容", "corrected fields"), rows=f"x.id IN ({EDITED})",
        sets="base = NULL, base_cipher = NULL, stands = NULL, stands_cipher = NULL, listed = NULL,"
        " listed_cipher = NULL, open_since = NULL, is_told = false",
        why=DUTY, shown="x.field, x.stands, x.changed_at",
    ),
    Held("proposal_decision", "code reason", Both("新发现走访对象的处理", "decisions on homes found at the door"),
         rows=OF_PLACE, staff="x.by = :person", sets="code = NULL, reason = ''", why=DUTY, shown="x.at, x.proposing"),
    Held(
        "trace", "at lon lat accuracy_m provider datum mock", Both("手机定位点", "fixes of the cadre's phone"),
        rows=OF_VISIT, sets="",
    ),
    Held(
        "visit_rev", "content", Both("走访记录", "what was written down"), rows=OF_VISIT,
        sets="content = '{}'", why=DUTY, shown="x.received_at, x.rev, x.content", words="content = '{}'",
    ),
    Held(
        "visit_verdict", "numbers reasons", Both("位置核验", "location verdicts"), rows=OF_VISIT,
        sets="numbers = numbers - 'lon' - 'lat'", why=DUTY,
    ),
    Held("said", "text codes", Both("走访人员的说明", "said by cadres"), rows=OF_VISIT, sets="text = ''", why=DUTY),
    Held("question", "text", Both("核验员的询问", "what a verifier asked"), rows=OF_VISIT, sets="text = ''", why=DUTY),
    Held("decision", "reason facts", Both("核验决定", "decisions"), rows=OF_VISIT, sets="reason = ''", why=DUTY),
    Held(
        "picture", "lon lat format small_sha256 large_sha256", Both("照片里的位置和时间", "what pictures tell"),
        rows="x.sha256 = ANY(:hashes)", sets="lon = NULL, lat = NULL, taken_at = NULL",
    ),
    Held(
        "photo", "sha256 fix", Both("照片", "photos"), rows=PHOTOS, sets="",
        shown="x.taken_at, x.size, encode(x.sha256, 'hex') AS sha256",
    ),
    Held(
        "task_note", "text", Both("办理过程中的文字", "what was said about the task"),
        rows="x.task_id IN (SELECT p.task_id FROM problem p WHERE p.id = ANY(:problems))", staff="x.by = :person",
        sets="text = ''", why=DUTY, shown="x.at, x.kind, x.text", words=f"text = '{PURGED}'",
    ),
    Held(
        "problem", "text wish cipher solved_on_spot position", Both("反映的诉求", "what was asked for"),
        rows="x.id = ANY(:problems)",
        sets="text = NULL, wish = NULL, position = NULL, solved_on_spot = CASE WHEN solved_on_spot IS NOT NULL THEN ''"
        " END",
        why=Both("办理档案的编号、类别和时限", "number, category and terms of what was done"),
        shown="x.told_at, x.category, x.text, x.wish, x.solved_on_spot, (SELECT t.number FROM task t"
        " WHERE t.id = x.task_id) AS task, (SELECT t.state FROM task t WHERE t.id = x.task_id) AS state",
        words=f"text = '{PURGED}', wish = NULL, solved_on_spot = CASE WHEN solved_on_spot IS NOT NULL THEN '' END",
    ),
    Held(
        "visit", "point spot cell fixes_hash answers_hash outcome mode recorded clock_uncertainty_s",
        Both("走访", "visits"), rows="x.id = ANY(:visits)", staff="x.recorder_id = :person",
        sets="spot = NULL, fixes_hash = NULL, answers_hash = NULL, erased_at = :now", why=DUTY,
        shown="x.started_at, x.ended_at, (SELECT p.name FROM person p WHERE p.id = x.recorder_id) AS recorder,"
        " x.outcome, x.mode, x.recorded",
    ),
    Held(
        "place", "name code address position position_datum radius_m residence", Both("走访对象", "the home"),
        rows="x.id = ANY(:places)",
        sets="name = '(已删除)', code = NULL, address = '', position = NULL, position_datum = NULL, radius_m = NULL,"
        " state = 'gone'",
        why=Both("编号保留,防止再次录入", "the id stays, so that it cannot come back"),
        shown=f"x.code, x.kind, x.name, x.address, {LON_LAT.format('x.position')} AS position, x.state",
    ),
    Held("place_merge", "state_before", Both("合并记录", "merges"),
         rows="(x.away_id = ANY(:places) OR x.into_id = ANY(:places))", sets="state_before = 'gone'", why=TRAIL),
    # Bytes of batches: records are taken out of them one by one (bodies.py).
    Held("batch_body", "body", Both("上传记录原文", "bytes as sent")),
    Held("batch_conflict", "body", Both("同号不同内容的上传原文", "other bytes under a known number")),
    Held("waiting_record", "reason", Both("等待处理的记录", "records that wait")),
    # Trails.
    Held(
        "read_audit", "fields duty reason request", Both("查阅留痕", "who read it"), rows=OF_PLACE,
        staff="x.person_id = :person", why=TRAIL, shown="x.at, x.fields, x.duty",
    ),
    Held("read_outlier", "why", Both("异常查阅清单", "unusual reading"), staff="x.person_id = :person", why=TRAIL,
         shown="x.week, x.opened, x.places, x.without_duty, x.at_night, x.why"),
    Held("event", "facts", Both("操作留痕", "acts"), staff="x.actor_id = :person", why=TRAIL, shown="x.at, x.verb"),
    Held("subject_request", "basis foreseen done", Both("个人信息申请", "requests"), rows=OF_PLACE, why=TRAIL,
         shown="x.asked_at, x.act, x.asker, x.done_at"),
    Held("hand_over", "asked done", Both("移交", "hand-overs"), staff="x.by = :person", why=TRAIL, shown="x.at"),
    # People who work with the system.
    Held("person", "staff_no name phone_cipher phone_hash", Both("人员", "the person"), staff="x.id = :person",
         why=STAFF, shown="x.staff_no, x.name, x.phone_cipher AS phone, x.created_at"),
    Held("person_role", "role", Both("岗位", "roles"), staff="x.person_id = :person", why=STAFF,
         shown="x.role, (SELECT u.name FROM unit u WHERE u.id = x.unit_id) AS unit, x.valid::text AS valid"),
    Held("absence", "reason", Both("请假与代管", "absences"),
         staff="(x.person_id = :person OR x.deputy_id = :person)", why=STAFF,
         shown="x.valid::text AS valid, x.reason, x.cancelled_at"),
    Held("roster_entry", "state", Both("住点安排", "rosters"), staff="x.person_id = :person", why=STAFF,
         shown="x.on, x.state"),
    Held("device_health", "app_version clock_offset_s", Both("手机同步状况", "how a phone's sync is doing"),
         staff="x.device_id IN (SELECT d.id FROM device d WHERE d.person_id = :person)", why=STAFF,
         shown="x.at, x.app_version, x.unsent"),
    Held("login", "username password_hash", Both("账号", "login"), staff="x.person_id = :person", why=STAFF,
         shown="x.username, x.changed_at, x.disabled_at"),
    Held("login_failure", "key", Both("登录失败", "failed logins")),
    Held("device", "about public_key", Both("手机", "phones"), staff="x.person_id = :person", why=STAFF,
         shown="x.state, x.enrolled_at, x.seen_at, x.about"),
    Held("seal_key", "public", Both("密件公钥", "public keys"), staff="x.person_id = :person", why=STAFF,
         shown="x.kind, x.made_at, x.ended_at"),
    # Rows of files on their way into the registry, gone with the import.
    Held("import_row", "data", Both("导入中的行", "rows being imported")),
)  # fmt: skip

# Words of the closed lists, hashes, keys, numbers of the machine: nothing about a resident.
PLAIN = {
    "area": "shape source",
    "batch": "sha256 state clock results note",
    "batch_body": "encoding",
    "batch_conflict": "sha256 encoding",
    "blob": "sha256",
    "blob_upload": "sha256",
    "commitment": "state",
    "datum_group": "model app_version provider datum votes",
    "decision": "deciding verdict before",
    "device": "state alarm token_hash receipt_key",
    "device_token": "token_hash nonce",
    "edit_decision": "taking",
    "edited_field": "field reasons",
    "enrolment": "code_hash",
    "errand": "job subject facts dedupe_key last_error",
    "event": "verb",
    "feed_head": "scope",
    "feed_item": "scope op",
    "finding": "cause cause_key reasons state",
    "heartbeat": "name",
    "installation": "key value",
    "login_session": "token_hash csrf",
    "obligation": "state policy_version",
    "photo": "state",
    "picture": "sha256 state fault",
    "place": "kind setting state",
    "place_edit": "field state needs sha256",
    "place_position": "method",
    "policy": "key value basis",
    "problem": "category urgency sealed_kind sealed_key_id channel external_number",
    "programme": "code name basis",
    "programme_rule": "category event holder level rhythm role target term_kind",
    "proposal_decision": "proposing",
    "pull": "scopes cursor",
    "retention_report": "policy_version lines",
    "route": "category kind",
    "said": "kind",
    "same_visit": "kind method",
    "seal_key": "kind",
    "subject_request": "act asker",
    "task": "number kind state category urgency due_kind policy_version desk profile outcome state_before stops",
    "task_note": "kind facts",
    "task_request": "kind facts",
    "due_history": "why",
    "unit": "kind name sort_code",
    "unit_code": "edition code",
    "visit": "clock_method verdict",
    "visit_count": "span verdict",
    "visit_delta": "verdict",
    "visit_rev": "sha256",
    "visit_verdict": "verdict policy_version",
    "waiting_record": "state kind",
    "workday": "source",
}
