"""The page of the audit log."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from infosoc.audit import commands as audit
from infosoc.audit import visibility, words
from infosoc.audit.models import AuditEvent
from infosoc.audit.queries import first_break
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock

PAGE = "/infosoc/audit"
CODE = sorted((Path(__file__).resolve().parents[2] / "infosoc").rglob("*.py"))


def write(app, tenant_id: int, *deeds: tuple, by=None) -> None:
    with app.app_context(), transaction() as session, tenant_scope(Scope.alone(tenant_id)):
        for deed, kind, subject, changes in deeds:
            audit.record(session, deed, kind, subject, by=by, changes=changes)


def shown(client, query: str = "") -> str:
    answer = client.get(PAGE + query)
    assert answer.status_code == 200
    main = answer.get_data(as_text=True).partition("<main")[2].partition("</main>")[0]
    return main.partition("</form>")[2]


def test_it_says_who_did_what_from_and_to(app, browser_of, office):
    write(app, office.tenant_id, ("flag changed", "tenant", 1, {"brand": ("grön", "blå")}), by=office.admin.id)
    html = shown(browser_of(office.admin))
    for part in ("Karin Ek", "<del>", "grön", "blå"):
        assert part in html


def test_what_another_tenant_did_is_not_there(app, browser_of, office):
    write(
        app, office.other_tenant_id, ("flag changed", "tenant", 2, {"name": ("hemligt", "dolt")}), by=office.outsider.id
    )
    html = shown(browser_of(office.admin))
    assert "hemligt" not in html
    assert "Ylva" not in html


def test_what_one_file_wrote_is_one_line_that_opens(app, browser_of, office):
    by = office.admin.id
    brought = [("company imported", "company", number, {"name": (None, f"Nr {number}")}) for number in range(1, 61)]
    write(app, office.tenant_id, ("tag removed", "tag", 1, {"name": ("alfa", None)}), by=by)
    for name in ("ett.csv", "två.csv"):
        write(app, office.tenant_id, *brought, ("contact imported", "contact", 1, {}), by=by)
        write(app, office.tenant_id, ("file imported", "import", 1, {"file": (None, name)}), by=by)
    write(app, office.other_tenant_id, ("tag removed", "tag", 1, {"name": ("hemlig", None)}), by=office.outsider.id)
    client = browser_of(office.admin)
    html = shown(client)
    assert html.count("60 företag") == 2
    for part in ("ett.csv", "två.csv", "alfa"):
        assert html.count(part) == 1
    assert "Nr 7" not in html
    assert "hemlig" not in html
    opened = re.findall(r'href="([^"]*down_to=[^"]*)"', html)[-1].replace("&amp;", "&")
    parts = client.get(opened).get_data(as_text=True)
    assert "ett.csv" in parts
    assert "Nr 60<" in parts
    assert "två.csv" not in parts
    older = re.search(r'href="([^"]*)" rel="next"', parts)[1].replace("&amp;", "&")
    rest = client.get(older).get_data(as_text=True)
    assert "Nr 1<" in rest
    assert "alfa" not in rest


def test_what_was_written_in_one_go_is_one_line(app, browser_of, office):
    with app.app_context(), transaction() as session, tenant_scope(Scope.alone(office.tenant_id)):
        deeds = [("company changed", "company", number, {"status": ("a", "b")}) for number in range(1, 1201)]
        audit.record_many(session, deeds, by=office.admin.id)
        audit.record(session, "company changed", "company", 5, by=office.admin.id, changes={"name": ("x", "y")})
    html = shown(browser_of(office.admin))
    assert html.count("1\u00a0200 företag") == 1
    assert html.count('<li class="change">') <= 6


def test_it_is_filtered(app, browser_of, office):
    write(app, office.tenant_id, ("tag removed", "tag", 1, {"name": ("alfa", None)}), by=office.admin.id)
    write(app, office.tenant_id, ("member changed", "member", 1, {"roles": ("beta", None)}), by=office.seller.id)
    client = browser_of(office.admin)
    today, tomorrow = clock.today(), clock.today() + timedelta(days=1)
    for query, there, gone in (
        (f"?who={office.admin.public_id}", "alfa", "beta"),
        (f"?who={office.seller.public_id}", "beta", "alfa"),
        ("?what=tag", "alfa", "beta"),
    ):
        html = shown(client, query)
        assert (there in html, gone in html) == (True, False), query
    for query, number in ((f"?from={today}&to={today}", True), (f"?from={tomorrow}", False), ("?who=nobody", False)):
        assert ("alfa" in shown(client, query)) is number, query


def test_nonsense_in_the_address_is_not_a_filter(app, browser_of, office):
    write(app, office.tenant_id, ("tag removed", "tag", 1, {"name": ("alfa", None)}))
    query = "?what='--&from=soon&to=9999-99-99&before=-1&before=99999999999999999999&readings=x"
    assert "alfa" in shown(browser_of(office.admin), query)


def test_older_deeds_are_a_page_away(app, browser_of, office):
    write(app, office.tenant_id, *[("tag removed", "tag", n, {"name": (f"nr {n} slut", None)}) for n in range(53)])
    client = browser_of(office.admin)
    html = shown(client, "?what=tag")
    assert html.count('class="change"') == 50
    assert "nr 2 slut" not in html
    older = html.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    second = client.get(older).get_data(as_text=True)
    assert second.count('class="change"') == 3
    assert "what=tag" in older


def test_reading_the_log_is_in_the_log_once_a_view(app, browser_of, office):
    client = browser_of(office.admin)
    shown(client)
    shown(client)
    with app.app_context(), tenant_scope(Scope.alone(office.tenant_id)):
        rows = list(db.session.execute(select(AuditEvent.deed, AuditEvent.actor_id)))
        assert first_break(db.session) is None
    assert rows == [("audit read", office.admin.id)] * 2
    assert 'class="change"' not in shown(client)
    assert shown(client, "?readings=1").count('class="change"') == 3


def test_who_may_not_read_it_leaves_no_trace(app, browser_of, office):
    assert browser_of(office.seller).get(PAGE).status_code == 403
    assert browser_of(office.outsider).get(PAGE).status_code == 404
    with app.app_context(), tenant_scope(Scope.alone(office.tenant_id)):
        assert list(db.session.scalars(select(AuditEvent))) == []


def test_values_that_need_a_special_right_are_kept_back_but_the_deed_is_shown(app, browser_of, office, monkeypatch):
    monkeypatch.setattr(visibility, "_rules", {})
    word = AuditEvent.subject_kind
    visibility.hide_values("contact", lambda ids: select(AuditEvent.subject_id, word, word.label("id_")).where(
        AuditEvent.subject_id.in_(ids & {7})))  # fmt: skip
    write(
        app, office.tenant_id, ("contact changed", "contact", 7, {"name": ("skyddad", None)}),
        ("contact changed", "contact", 8, {"name": ("vanlig", None)}),
    )  # fmt: skip
    html = shown(browser_of(office.admin))
    assert html.count('class="change"') == 2
    assert ("skyddad" in html, "vanlig" in html) == (False, True)


# ---- the words ------------------------------------------------------------------------------------------------------


def recorded_deeds(source: str) -> set[str]:
    """Every deed that this source writes by name: in `record`, in `note`, as `deed=`, or for `record_many`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            place = {"record": 1, "note": 2}.get(name)
            found |= texts_in(node.args[place]) if place and len(node.args) > place else set()
            found |= {text for word in node.keywords if word.arg == "deed" for text in texts_in(word.value)}
        elif isinstance(node, ast.Tuple) and len(node.elts) == 4:
            kind, last = node.elts[1], node.elts[3]
            is_row = not isinstance(last, ast.Constant)  # ends in the facts, as `__slots__` and such do not
            if is_row and isinstance(kind, ast.Constant) and kind.value in words.SUBJECTS:
                found |= texts_in(node.elts[0])
    return found


def texts_in(node: ast.AST) -> set[str]:
    return {part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def test_every_deed_that_is_recorded_has_words():
    assert set().union(*(recorded_deeds(path.read_text()) for path in CODE)) - words.DEEDS == set()


def test_the_walk_finds_a_planted_deed():
    for planted in (
        'audit.record(s, "planted deed", "tag", 1, by=None)', 'people.note(s, 1, "planted deed", by=None)',
        'set_password(s, deed="planted deed")', 'rows.append(("planted deed", "tag", 1, {}))',
        'audit.record(s, "planted deed" if on else "other", "tag", 1)',
    ):  # fmt: skip
        assert "planted deed" in recorded_deeds(planted)
