"""The demo is the same for the same arguments, hangs together, and does not fill the memory."""

from __future__ import annotations

import itertools
import re
import time
import tracemalloc
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from keyuan.kernel.ids import is_id
from keyuan.schema.address import path
from keyuan.services.demo import MOST, Changes, generate
from keyuan.services.demo.calendar import CHINA, Calendar
from keyuan.services.demo.ids import credit_code, organisation_code
from keyuan.services.demo.organisation import ROLES

NOW = datetime(2025, 11, 20, 2, 0, tzinfo=UTC)

REFERENCES = {
    "parent": {"department": "department", "customer": "customer"},
    "department": {"user": "department"}, "manager": {"user": "user"}, "head": {"department": "user"},
    "pipeline": {"stage": "pipeline", "opportunity": "pipeline"}, "stage": "stage", "from_stage": "stage",
    "customer": "customer", "contact": "contact", "opportunity": "opportunity", "lead": "lead", "product": "product",
    "competitor": "competitor", "activity": "activity", "owner": "user", "owner_department": "department",
    "created_by": "user", "updated_by": "user", "reports_to": "contact",
}  # fmt: skip


@pytest.fixture(scope="module")
def batches():
    return list(generate(seed=7, customers=300, opportunities=900, now=NOW))


@pytest.fixture(scope="module")
def records(batches):
    found = defaultdict(dict)
    for key, rows in batches:
        for row in rows:
            found[key].setdefault(row["id"], {}).update(row)
    return {key: list(rows.values()) for key, rows in found.items()}


def at(text):
    return datetime.fromisoformat(text)


def test_the_same_arguments_give_the_same_records(batches):
    assert list(generate(seed=7, customers=300, opportunities=900, now=NOW)) == batches
    other = list(generate(seed=8, customers=300, opportunities=900, now=NOW))
    assert not {r["id"] for _, rows in other for r in rows} & {r["id"] for _, rows in batches for r in rows}


def test_there_is_as_much_as_was_asked_for(records):
    assert len(records["customer"]) == 300
    assert len(records["opportunity"]) == 900
    assert len([r for r in records["lead"] if r["status"] != "converted"]) == 150
    assert len(records["activity"]) == pytest.approx(900 * 3, rel=0.4)
    for count in (0, 1, 2, 50):
        story = generate(customers=20, opportunities=count, now=NOW)
        made = Counter(k for k, rows in story for _ in rows if not isinstance(rows, Changes))
        assert made["opportunity"] == count
    assert {k for k, _ in generate(customers=0, opportunities=0, now=NOW)} & {
        "customer",
        "opportunity",
    } == set()


def test_ten_users_have_each_ready_role_and_a_superior(records):
    known = {f"role:{key}": f"01900000-0000-7000-8000-00000000000{n}" for n, key in enumerate(ROLES)}
    users = [
        r
        for k, rows in generate(customers=0, now=NOW, known=known)
        if k == "user"
        for r in rows
        if "name" in r
    ]
    assert Counter(role for u in users for role in u["roles"]) == dict.fromkeys(known.values(), 10)
    people = {u["id"]: u for u in records["user"]}
    assert len(people) == 80
    for key in ("name", "login", "email", "mobile", "employee_number"):
        assert len({u[key] for u in people.values()}) == 80
    tops = Counter()
    for user in people.values():
        chain = [user["id"]]
        while manager := people[chain[-1]].get("manager"):
            assert manager not in chain
            chain.append(manager)
        tops[people[chain[-1]]["title"]] += 1
    assert set(tops) <= {"董事长", "董事"}
    assert all(d.get("head") in people for d in records["department"])


def test_every_record_comes_after_what_it_refers_to(batches):
    """And not in the same batch, which is written as one."""
    seen = defaultdict(set)
    for key, rows in batches:
        assert 0 < len(rows) <= MOST
        for row in rows:
            for name, target in REFERENCES.items():
                kind = target.get(key) if isinstance(target, dict) else target
                if kind and row.get(name) is not None:
                    assert row[name] in seen[kind], (key, name)
            if about := row.get("about"):
                assert about["id"] in seen[about["object"]]
            assert all(tag in seen["tag"] for tag in row.get("tags", ()))
            assert all(line["product"] in seen["product"] for line in row.get("lines", ()))
        seen[key].update(row["id"] for row in rows)


def test_ids_are_ids_and_each_its_own(records):
    ids = [row["id"] for rows in records.values() for row in rows]
    assert all(map(is_id, ids))
    assert len(set(ids)) == len(ids)


def test_no_two_companies_have_a_name_in_common(records):
    names = [c["name"] for c in records["customer"]] + [
        r["company"] for r in records["lead"] if r["status"] != "converted"
    ]
    assert len(set(names)) == len(names)
    assert len({c["email"] for c in records["customer"]}) == 300
    assert len({c["credit_code"] for c in records["customer"]}) == 300


def test_no_two_deals_of_a_customer_have_a_name_in_common(records):
    names = Counter((d["customer"], d["name"]) for d in records["opportunity"])
    assert set(names.values()) == {1}
    assert any(name.endswith("（二期）") for _, name in names)
    assert any(name.endswith("（第二次）") for _, name in names)


def test_a_further_phase_follows_what_was_won(records):
    deals = {(d["customer"], d["name"]): d for d in records["opportunity"]}
    phases = [key for key in deals if key[1].endswith("（二期）")]
    assert phases
    for customer, name in phases:
        first = deals[customer, name.split("（")[0]]
        assert first["outcome"] == "won"
        assert first["closed_at"] < deals[customer, name]["created_at"]


def test_domains_are_spelled_from_names(records):
    """None is told apart by a number, as no company does."""
    domains = {c["email"].split("@")[1] for c in records["customer"]}
    assert len(domains) == 300
    assert all(re.fullmatch(r"[a-z]+-[a-z]+\.example", domain) for domain in domains)


def test_amounts_are_of_their_day(records):
    for deal in records["opportunity"]:
        assert deal["amount"]["rate_date"] == deal["created_at"][:10]
        assert {line["price"]["rate_date"] for line in deal["lines"]} <= {deal["created_at"][:10]}


def test_many_names_are_all_different():
    story = generate(customers=20_000, opportunities=0, leads=5_000, follow_ups=0, past=False, now=NOW)
    rows = (r for k, rows in story for r in rows
            if k in ("customer", "lead") and r.get("status") != "converted")  # fmt: skip
    names = [r.get("company") or r["name"] for r in rows]
    assert len(names) == len(set(names)) == 25_000


def check_credit_code(code):
    """GB 32100 and GB 11714, written down once more."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    assert re.fullmatch(r"91[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}", code)
    weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
    total = sum(alphabet.index(c) * w for c, w in zip(code, weights, strict=False))
    assert alphabet[(31 - total % 31) % 31] == code[17]
    values = [int(c, 36) for c in code[8:16]]
    check = 11 - sum(v * w for v, w in zip(values, [3, 7, 9, 10, 5, 8, 4, 2], strict=True)) % 11
    assert code[16] == ("X" if check == 10 else "0" if check == 11 else str(check))


def test_credit_codes_are_right(records):
    for customer in records["customer"]:
        check_credit_code(customer["credit_code"])
    for number in range(0, 31**6, 31**6 // 997):
        check_credit_code(credit_code("440305", number))
    assert organisation_code(1) != organisation_code(2)


def test_addresses_are_real_places(records):
    for customer in records["customer"]:
        address = customer["address"]
        codes = [d.code for d in path(address["district"] or address["city"])]
        assert codes == [c for c in (address["province"], address["city"], address["district"]) if c]
        assert customer["credit_code"][2:8] == codes[-1]


def test_time_runs_forward(records):
    now = NOW.isoformat()
    customers = {c["id"]: c for c in records["customer"]}
    contacts = {c["id"]: c for c in records["contact"]}
    for contact in contacts.values():
        assert customers[contact["customer"]]["created_at"] <= contact["created_at"] < now
    for deal in records["opportunity"]:
        assert contacts[deal["contact"]]["customer"] == deal["customer"]
        assert contacts[deal["contact"]]["created_at"] <= deal["created_at"] <= deal["stage_entered_at"] < now
        assert deal.get("closed_at", now) <= now
    deals = {d["id"]: d for d in records["opportunity"]}
    for activity in records["activity"]:
        assert activity["happened_at"] < now
        if deal := deals.get(activity.get("opportunity")):
            assert deal["created_at"] <= activity["happened_at"] <= deal.get("closed_at", now)
        if "next_at" in activity:
            assert activity["next_at"] > activity["happened_at"]
    for task in records["task"]:
        assert task["created_at"] < task["due_at"]
        assert ("done_at" in task) == (task["status"] == "done")
        assert task.get("done_at", now) <= now


@pytest.mark.parametrize("key", ["opportunity", "customer", "lead", "contact"])
def test_the_past_leads_to_what_is(batches, records, key):
    """Without its past the story is the same but for who was before; with it, changes come in order and change something."""
    ways = defaultdict(list)
    for rows in (rows for k, rows in batches if k == key):
        for row in rows:
            ways[row["id"]].append(row)
    bare = generate(seed=7, customers=300, opportunities=900, now=NOW, past=False)
    now = {row["id"]: row for k, rows in bare if k == key and not isinstance(rows, Changes) for row in rows}
    stamps = {"owner", "owner_department", "created_by", "updated_at", "updated_by", "former_names", "status"}
    assert now.keys() == ways.keys()
    for row in records[key]:
        told = {k: v for k, v in row.items() if k not in stamps}
        meant = {k: v for k, v in now[row["id"]].items() if k not in stamps}
        if key == "lead":
            told.pop("company"), meant.pop("company")  # what it was called at the time
        assert told == meant
    for way in ways.values():
        times = [row["updated_at"] for row in way]
        assert times == sorted(times)
        assert times[-1] < NOW.isoformat()
        values = dict(way[0])
        for change in way[1:]:
            assert any(
                values.get(k) != v for k, v in change.items() if k not in ("id", "updated_at", "updated_by")
            )
            values |= change
    if key != "contact":
        assert sum(len(way) for way in ways.values()) > len(ways) * (4 if key == "opportunity" else 1.2)


def test_deals_begin_open_and_go_their_way(batches):
    """In the first stage, with no lines and a rough amount, then from stage to stage of the pipeline."""
    stages = {row["id"]: row for k, rows in batches if k == "stage" for row in rows}
    ways = defaultdict(list)
    for rows in (rows for k, rows in batches if k == "opportunity"):
        for row in rows:
            ways[row["id"]].append(row)
    for first, *changes in ways.values():
        assert first["outcome"] == "open"
        assert not {"closed_at", "lost_reason", "close_remark"} & set(first)
        moves = [stages[row["stage"]] for row in (first, *changes) if "stage" in row]
        assert [s["position"] for s in moves] == sorted({s["position"] for s in moves})
        assert moves[0]["position"] == 10
        assert all(s["kind"] == "open" for s in moves[:-1])
        for row in (first, *changes):
            assert row.get("expected_close", "9") >= row["updated_at"][:10] or "outcome" in row
            if "stage" in row:
                assert row["stage_entered_at"] == row["updated_at"]
                assert row["probability"] == stages[row["stage"]]["probability"]
    amounts = [len({c["amount"]["amount"] for c in way if "amount" in c}) for way in ways.values()]
    assert sum(n > 1 for n in amounts) > 300
    owners = [len({c["owner"] for c in way if "owner" in c}) for way in ways.values()]
    assert 0 < sum(n > 1 for n in owners) < 60


def test_all_times_are_working_hours(records):
    for key in ("customer", "contact", "opportunity", "activity", "lead"):
        for row in records[key]:
            here = at(row["created_at"]).astimezone(CHINA)
            assert here.weekday() < 5
            assert 9 <= here.hour < 18


def test_deals_are_consistent(records):
    stages = {s["id"]: s for s in records["stage"]}
    for deal in records["opportunity"]:
        stage = stages[deal["stage"]]
        assert stage["pipeline"] == deal["pipeline"]
        assert stage["kind"] == deal["outcome"]
        assert stage["probability"] == deal["probability"]
        assert ("closed_at" in deal) == (deal["outcome"] != "open")
        assert ("lost_reason" in deal) == (deal["outcome"] == "lost")
        assert ("invalid_reason" in deal) == (deal["outcome"] == "invalid")
        if deal.get("lost_reason") == "competitor":
            assert deal["competitor"]
        if deal["lines"]:
            total = sum(
                Decimal(line["price"]["amount"])
                * Decimal(line["quantity"])
                * (100 - Decimal(line["discount"]))
                / 100
                for line in deal["lines"]
            )
            assert Decimal(deal["amount"]["amount"]) == total
        assert deal["lines"] or deal["outcome"] != "won"
    won = {d["customer"] for d in records["opportunity"] if d["outcome"] == "won"}
    assert {c["id"] for c in records["customer"] if c["status"] != "potential"} == won
    first = Counter(c["customer"] for c in records["contact"] if c["primary"])
    assert first == dict.fromkeys((c["id"] for c in records["customer"]), 1)


def test_it_looks_like_a_company_at_work(records):
    outcomes = Counter(d["outcome"] for d in records["opportunity"])
    assert 0.2 < outcomes["won"] / 900 < 0.45
    assert outcomes["lost"] > outcomes["invalid"] > 10
    assert outcomes["open"] > 60
    stages = {s["id"]: s["name"] for s in records["stage"]}
    open_stages = Counter(stages[d["stage"]] for d in records["opportunity"] if d["outcome"] == "open")
    assert {"新建", "需求明确", "方案验证", "立项汇报", "商务采购"} <= set(open_stages)
    rates = defaultdict(list)
    for deal in records["opportunity"]:
        rates[deal["owner"]].append(deal["outcome"] == "won")
    skill = [sum(r) / len(r) for r in rates.values() if len(r) > 30]
    assert max(skill) > 1.4 * min(skill)
    assert "{" not in "".join(a["content"] for a in records["activity"])
    assert len({a["content"] for a in records["activity"]}) > 1000


def test_what_was_not_reached_is_told_in_the_words_of_its_method(records):
    missed = [a for a in records["activity"] if a["outcome"] == "unreached"]
    assert {a["method"] for a in missed} == {"phone", "wechat"}
    for activity in missed:
        assert ("微信" in activity["content"]) == (activity["method"] == "wechat"), activity["content"]


def test_leads_that_came_on_were_followed_up(records):
    followed = {a["lead"]: a for a in records["activity"] if "lead" in a}
    on = [r for r in records["lead"] if r["status"] in ("working", "interested", "converted")]
    assert {r["status"] for r in on} == {"working", "interested", "converted"}
    assert not [r["status"] for r in on if r["id"] not in followed]
    assert all(followed[r["id"]]["happened_at"] >= r["created_at"] for r in on)


def test_there_is_always_something_to_do_today():
    for now in (
        NOW,
        datetime(2026, 2, 28, 15, 59, tzinfo=UTC),
        datetime(2028, 2, 29, 16, 1, tzinfo=UTC),
        datetime(2026, 10, 4, tzinfo=UTC),
    ):
        today = now.astimezone(CHINA).date()
        due = Counter()
        for key, rows in generate(customers=200, opportunities=700, now=now):
            if key == "task":
                for task in rows:
                    if task["status"] in ("todo", "doing"):
                        day = at(task["due_at"]).astimezone(CHINA).date()
                        due[
                            "late"
                            if day < today
                            else "today"
                            if day == today
                            else "week"
                            if day < today + timedelta(7)
                            else "later"
                        ] += 1
        assert min(due[k] for k in ("late", "today", "week", "later")) >= 5, (now, due)


def test_tasks_that_lie_ahead_can_be_left_to_the_pipeline():
    def tasks(planned):
        made = generate(customers=100, opportunities=300, now=NOW, planned=planned)
        return {t["id"]: t for k, rows in made if k == "task" for t in rows}

    every, past = tasks(True), tasks(False)
    assert past.keys() < every.keys()
    assert all(at(every[i]["due_at"]) > NOW for i in every.keys() - past.keys())
    assert all(at(t["due_at"]) <= NOW for t in past.values() if t["status"] != "done")


def test_what_is_there_already_is_used():
    ids = {
        "pipeline:标准销售流程": "01900000-0000-7000-8000-000000000001",
        "stage:标准销售流程/赢单": "01900000-0000-7000-8000-000000000002",
    }
    records = defaultdict(list)
    for key, rows in generate(customers=50, opportunities=150, now=NOW, known=ids, past=False):
        records[key] += rows
    assert "标准销售流程" not in {p["name"] for p in records["pipeline"]}
    used = {(d["pipeline"], d["stage"]) for d in records["opportunity"]}
    assert (ids["pipeline:标准销售流程"], ids["stage:标准销售流程/赢单"]) in used


def test_too_many_companies_are_refused():
    with pytest.raises(ValueError, match="names"):
        next(generate(customers=10_000_000, now=NOW))


def test_memory_stays_small():
    """What is held grows with a chunk, not with the whole."""
    stream = generate(customers=100_000, opportunities=300_000, follow_ups=1, now=NOW)
    for _ in itertools.islice(stream, 60):
        pass
    tracemalloc.start()
    for _ in itertools.islice(stream, 120):
        pass
    current, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30_000_000, (current, peak)


def test_it_is_fast():
    """Far below what is usual, so that only a blunder fails."""
    began = time.process_time()
    made = sum(
        len(rows)
        for k, rows in generate(customers=3000, opportunities=9000, follow_ups=0, now=NOW)
        if k == "opportunity"
    )
    assert made / (time.process_time() - began) > 2_500


def test_a_calendar_knows_working_days():
    calendar = Calendar(NOW)
    assert calendar.texts[calendar.today] == "2025-11-20"
    assert calendar.texts[0] >= "2023-11-20"
    assert "2025-10-01" not in calendar.texts
    assert calendar.moment(calendar.today) == "2025-11-20T01:00:00+00:00"
    assert calendar.moment(calendar.today + 0.999) == "2025-11-20T09:59:00+00:00"
