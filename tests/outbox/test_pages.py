"""The sent-mail page: states, one message, decisions, and what is not shown."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from infosoc.accounts.roles import Role
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant, tenant_scope
from infosoc.outbox import commands
from infosoc.outbox.models import OutboxMessage
from infosoc.outbox.rules import MessageState
from infosoc.tenancy.models import Tenant
from infosoc.tenancy.queries import scope_numbered
from tests.builders import NOW, csrf_token, make_member, make_tenant, sign_in

SECRET = "https://infosoc.example/password/verysecret"


@pytest.fixture
def people(app):
    """Users by role, all of infosoc; each company has an open and a secret message."""
    with app.app_context(), transaction() as session:
        tenants = {slug: make_tenant(session, slug).id for slug in ("infosoc", "rattsdata")}
        own = session.get_one(Tenant, tenants["infosoc"])
        users = {role: make_member(session, own, None, role) for role in Role}
        for slug, tenant_id in tenants.items():
            with tenant_scope(scope_numbered(session, tenant_id)):
                for kind, text in (("open", "Hej <b>Bo</b>\nfrån oss"), ("secret", SECRET)):
                    commands.queue(
                        session, recipient=f"bo@{slug}.example", subject=f"{slug} {kind}", text=text, html=text,
                        unique_key=kind, is_secret=kind == "secret", now=NOW,
                    )  # fmt: skip
        return users


@pytest.fixture
def signed_in(client, people):
    sign_in(client, people[Role.ADMINISTRATOR])
    return client


def public_id(app, subject: str) -> str:
    with app.app_context(), every_tenant("a test"):
        found = select(OutboxMessage.public_id).where(OutboxMessage.subject == subject)
        return db.session().scalars(found).one()


def set_state(app, state: str, **values) -> None:
    with app.app_context(), transaction() as session, every_tenant("a test"):
        session.execute(update(OutboxMessage).values(state=state, **values))


def test_the_list_shows_the_tenants_messages_and_why_they_wait(signed_in):
    page = signed_in.get("/infosoc/mail").get_data(as_text=True)
    assert "infosoc open" in page
    assert "infosoc secret" in page
    assert "rattsdata" not in page.replace('href="/rattsdata', "")
    assert "SMTP_URL" in page


def test_a_paused_installation_says_so(app, signed_in):
    with app.app_context(), transaction() as session:
        commands.pause(session, "Because of a test.", now=NOW)
    assert "Because of a test." in signed_in.get("/infosoc/mail").get_data(as_text=True)


def test_the_list_can_be_narrowed_to_a_state(app, signed_in):
    assert "infosoc open" not in signed_in.get("/infosoc/mail?show=sent").get_data(as_text=True)
    assert "infosoc open" in signed_in.get("/infosoc/mail?show=waiting").get_data(as_text=True)
    fragment = signed_in.get("/infosoc/mail/rows?show=waiting", headers={"HX-Request": "true"})
    assert fragment.get_data(as_text=True).strip().startswith('<div id="message-rows"')


def test_a_message_is_shown_as_plain_text(app, signed_in):
    page = signed_in.get(f"/infosoc/mail/{public_id(app, 'infosoc open')}").get_data(as_text=True)
    assert "Hej &lt;b&gt;Bo&lt;/b&gt;" in page


@pytest.mark.parametrize("state", list(MessageState))
def test_a_secret_text_is_shown_in_no_state(app, signed_in, state):
    set_state(app, state)
    page = signed_in.get(f"/infosoc/mail/{public_id(app, 'infosoc secret')}").get_data(as_text=True)
    assert "verysecret" not in page


def test_a_message_of_another_tenant_is_not_there(app, signed_in):
    assert signed_in.get(f"/infosoc/mail/{public_id(app, 'rattsdata open')}").status_code == 404


def test_an_administrator_decides_about_an_uncertain_message(app, signed_in):
    set_state(app, MessageState.UNCERTAIN)
    address = f"/infosoc/mail/{public_id(app, 'infosoc open')}"
    form = {"csrf_token": csrf_token(signed_in, address)}
    assert signed_in.post(f"{address}/sent", data=form).status_code == 303
    assert signed_in.post(f"{address}/sent", data=form).status_code == 409
    address = f"/infosoc/mail/{public_id(app, 'infosoc secret')}"
    assert signed_in.post(f"{address}/again", data=form).status_code == 303
    with app.app_context(), every_tenant("a test"):
        found = select(OutboxMessage.state).where(OutboxMessage.subject.like("infosoc%")).order_by(OutboxMessage.id)
        states = list(db.session().scalars(found))
    assert states == [MessageState.SENT, MessageState.QUEUED]


def test_a_privacy_officer_reads_and_does_not_decide(app, client, people):
    sign_in(client, people[Role.PRIVACY_OFFICER])
    set_state(app, MessageState.UNCERTAIN)
    address = f"/infosoc/mail/{public_id(app, 'infosoc open')}"
    page = client.get(address).get_data(as_text=True)
    assert f"{address}/sent" not in page
    assert client.post(f"{address}/sent", data={"csrf_token": csrf_token(client, address)}).status_code == 403


def test_a_seller_may_not_read_mail(client, people):
    sign_in(client, people[Role.SELLER])
    assert client.get("/infosoc/mail").status_code == 403
