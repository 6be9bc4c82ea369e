"""The pages beside `flask mail check` and `flask mail unread`: the same lines, the same mail, for who may."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from infosoc.accounts.roles import Role
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant
from infosoc.mailings import facts, inbound_rules
from infosoc.mailings.models import InboundMail
from infosoc.tenancy.queries import tenant_named
from tests.builders import NOW, csrf_token, make_member, make_tenant, make_user, sign_in
from tests.mailings.mails import dsn, plain

MINE, THEIRS = "Ring växeln i stället", "Till den andra firman"


@pytest.fixture
def people(app):
    """An administrator and a seller, and a mail that waits at each of two companies and at none."""
    with app.app_context(), transaction() as session, every_tenant("a test prepares"):
        own, other = make_tenant(session), make_tenant(session, "rattsdata")
        admin = make_member(session, own, None, Role.ADMINISTRATOR)
        seller = make_member(session, own, make_user(session, "Sälj Are"), Role.SELLER)
        for place, (tenant_id, text) in enumerate(((own.id, MINE), (other.id, THEIRS), (None, "Ingens"))):
            raw = plain("b+x@studs.example", subject="Kunde inte levereras", text=text)
            made = InboundMail(digest=bytes([place]) * 32, tenant_id=tenant_id, kind="unreadable", received_at=NOW)
            made.content = raw
            session.add(made)
        session.flush()
        session.expunge_all()
    return {"admin": admin, "seller": seller}


def page(app, user, path: str):
    client = app.test_client()
    sign_in(client, user)
    return client, client.get(f"/infosoc/settings/mail{path}")


def test_mail_that_no_machine_could_read_is_shown_to_the_company_it_is_about(app, people):
    _, answer = page(app, people["admin"], "/unread")
    text = answer.get_data(as_text=True)
    assert MINE in text
    assert "Kunde inte levereras" in text
    assert THEIRS not in text
    assert "Ingens" not in text


def test_what_has_been_seen_to_is_gone_with_its_text(app, session, people):
    client, _ = page(app, people["admin"], "/unread")
    with every_tenant("a test looks"):
        numbers = {one.tenant_id: one.id for one in session.scalars(select(InboundMail))}
    own = tenant_named(session, "infosoc").id
    token = csrf_token(client, "/infosoc/settings/mail/unread")
    for tenant_id, number in numbers.items():
        answer = client.post(f"/infosoc/settings/mail/unread/{number}", data={"csrf_token": token})
        assert answer.status_code == (303 if tenant_id == own else 404)
    assert MINE not in client.get("/infosoc/settings/mail/unread").get_data(as_text=True)
    session.expire_all()
    with every_tenant("a test looks"):
        kept = {one.tenant_id: one.content is not None for one in session.scalars(select(InboundMail))}
    assert kept.pop(own) is False
    assert len(kept) == 2
    assert all(kept.values())


def test_the_page_has_every_line_that_the_command_prints(app, people):
    said = app.test_cli_runner().invoke(args=["mail", "check", "--tenant", "infosoc"]).output
    _, answer = page(app, people["admin"], "")
    shown = answer.get_data(as_text=True)
    with app.app_context():
        found = facts.dns_of(tenant_named(db.session(), "infosoc"), app.extensions["settings"])
    assert found.records
    for one in found.records:
        assert one.name in said
        assert f"<code>{one.name}</code>" in shown
    assert "v=DMARC1" in shown


@pytest.mark.parametrize("path", ["", "/unread"])
def test_a_seller_sees_neither(app, people, path):
    assert page(app, people["seller"], path)[1].status_code == 403


def test_a_report_is_shown_in_its_own_words():
    assert "could not be delivered" in inbound_rules.shown(dsn("x")).text


@given(st.binary(max_size=300))
def test_any_mail_can_be_shown(raw):
    assert inbound_rules.shown(raw) is not None


@given(st.text(max_size=60), st.sampled_from(["From", "Subject", "Content-Type", "Content-Transfer-Encoding"]))
def test_any_header_can_be_shown(value, name):
    raw = f"{name}: {value}\nMIME-Version: 1.0\n\nHej".encode()
    assert inbound_rules.shown(raw) is not None
