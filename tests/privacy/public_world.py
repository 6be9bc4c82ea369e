"""Two companies, a list, a letter that has been sent to a person, and the tokens and pages of people outside."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import datetime

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.crm.rules import Status
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, every_tenant, tenant_scope
from infosoc.kernel import clock, email
from infosoc.mailings import tokens
from infosoc.mailings.models import Mailing, MailingList, MailingRecipient
from infosoc.suppression import pepper
from infosoc.suppression.models import Suppression
from infosoc.tenancy.commands import set_flag
from infosoc.tenancy.rules import Flag
from tests.builders import make_company, make_contact, make_tenant

ADDRESS = "anna.svensson@gnosjo.example"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Letter:
    """A letter that somebody holds."""

    tenant_id: int
    mailing_id: int
    list_id: int
    recipient_id: int
    delivery: bytes
    token: str

    @property
    def path(self) -> str:
        return f"/unsubscribe/{self.token}"


@dataclass(frozen=True)
class World:
    """The two companies, the person's number in each register, and the letter that the first has sent."""

    ours: int
    theirs: int
    contact_id: int
    letter: Letter


def make_world(
    app: Flask, *, status: Status = Status.PROSPECT, their_status: Status = Status.PROSPECT, is_joint: bool = True
) -> World:
    """A person whom both companies know, each by a row of its own."""
    with app.app_context(), transaction() as session:
        ours, theirs = make_tenant(session), make_tenant(session, "rattsdata", name="Rättsdata")
        if is_joint:
            set_flag(session, ours.id, Flag.JOINT_UNSUBSCRIBE, True)
            set_flag(session, theirs.id, Flag.JOINT_UNSUBSCRIBE, True)
        numbers = []
        for tenant, each in ((ours, status), (theirs, their_status)):
            with tenant_scope(Scope.alone(tenant.id)):
                company = make_company(session, "Gnosjö kommun", status=each)
                numbers.append(make_contact(session, company, "Anna Svensson", email=ADDRESS).id)
        with tenant_scope(Scope.alone(ours.id)):
            letter = make_letter(session, ours.id, contact_id=numbers[0])
        return World(ours.id, theirs.id, numbers[0], letter)


def make_letter(
    session: Session, tenant_id: int, *, contact_id: int | None = None, address: str = ADDRESS,
    now: datetime | None = None,
) -> Letter:  # fmt: skip
    """A mailing of a new list, sent to one person; in the scope of its tenant."""
    now, number = now or clock.now(), next(_numbers)
    its_list = MailingList(slug=f"news-{number}", name=f"Nytt om Journal {number}", created_at=now)
    session.add(its_list)
    session.flush()
    mailing = Mailing(list_id=its_list.id, title="Vintern", state="done", recipients=1, sent=1, created_at=now)
    session.add(mailing)
    session.flush()
    delivery = tokens.new_delivery()
    row = MailingRecipient(
        mailing_id=mailing.id, contact_id=contact_id, delivery=delivery, digest=pepper.digest(address),
        address=address, domain=email.domain(address), state="sent", handed_over_at=now,
        fields={"name": "Anna Svensson"},
    )  # fmt: skip
    session.add(row)
    session.flush()
    keys = tokens.read_keys(_settings().unsubscribe_keys)
    return Letter(tenant_id, mailing.id, its_list.id, row.id, delivery, tokens.token(delivery, keys))


def suppressions(app: Flask) -> list[Suppression]:
    """All of them, in the order they were written, in every company."""
    with app.app_context(), every_tenant("test"):
        return list(db.session.scalars(select(Suppression).order_by(Suppression.id)))


def standing(app: Flask) -> set[tuple[int, int | None]]:
    """Tenant and list of what holds now."""
    return {(one.tenant_id, one.list_id) for one in suppressions(app) if one.lifted_at is None}


def recipient(app: Flask, letter: Letter) -> MailingRecipient:
    with app.app_context(), every_tenant("test"):
        return db.session.scalars(select(MailingRecipient).where(MailingRecipient.id == letter.recipient_id)).one()


def mailing(app: Flask, letter: Letter) -> Mailing:
    with app.app_context(), every_tenant("test"):
        return db.session.scalars(select(Mailing).where(Mailing.id == letter.mailing_id)).one()


def _settings():
    from flask import current_app

    return current_app.extensions["settings"]
