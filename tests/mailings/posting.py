"""A mailing on its way: a tenant with a list, contacts, and one queued row each; and a look at what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.crm.models.contacts import ContactRelation
from infosoc.db.session import transaction
from infosoc.db.tenancy import every_tenant, tenant_scope
from infosoc.kernel import email
from infosoc.mailings import tokens
from infosoc.mailings.models import Mailing, MailingList, MailingRecipient
from infosoc.mailings.rules import State
from infosoc.suppression import commands as suppression
from infosoc.suppression import pepper
from infosoc.suppression.commands import Evidence
from infosoc.suppression.rules import Channel, Kind
from infosoc.tenancy.models import Tenant
from infosoc.tenancy.queries import scope_named
from tests.builders import NOW, make_company, make_contact, make_member, make_tenant

BODY = "# Hej [förnamn]\n\nEn nyhet om [Journal](https://journal.example/nytt) för [företag].\n"
KARIN = "karin@infosoc.example"


@dataclass(frozen=True)
class Posted:
    """What the builder made."""

    tenant_id: int
    karin: int
    list_id: int
    mailing_id: int
    public_id: str
    slug: str = "infosoc"


def make_posting(
    session: Session, count: int = 3, *, state: State = State.SENDING, slug: str = "infosoc", domain: str = "",
    scheduled_at: datetime | None = None, body: str = BODY, **settings: object,
) -> Posted:  # fmt: skip
    """A tenant with a mailing to so many persons; each at a domain of their own unless one is named."""
    with transaction() as writing:
        tenant = make_tenant(writing, slug, name=f"{slug.title()} AB")
        writing.get_one(Tenant, tenant.id).settings = {"letters_per_hour": 1_000_000, **settings}
        karin = make_member(writing, tenant)
        tenant_id, karin_id = tenant.id, karin.id
    with transaction() as writing, tenant_scope(scope_named(writing, slug)):
        of_list = MailingList(slug="nyheter", name="Nyheter", created_at=NOW)
        writing.add(of_list)
        writing.flush()
        mailing = Mailing(
            list_id=of_list.id, title="Höstens nyheter", subject="Nytt för [företag]", body=body, state=state.value,
            approved_at=NOW, approved_by=karin_id, scheduled_at=scheduled_at, frozen_at=NOW, recipients=count,
            started_at=NOW if state is State.SENDING else None, created_at=NOW,
        )  # fmt: skip
        writing.add(mailing)
        writing.flush()
        company = make_company(writing, "Åkeri Lönn AB", org_number="5560360793", legal_form="limited_company")
        for number in range(count):
            add_recipient(writing, mailing, company, f"person{number}@{domain or f'd{number}.example'}")
        return Posted(tenant_id, karin_id, of_list.id, mailing.id, mailing.public_id, slug)


def add_recipient(writing: Session, mailing: Mailing, company, address: str, name: str = "Bo Lönn") -> None:
    contact = make_contact(writing, company, name, email=address)
    relation = writing.scalar(select(ContactRelation).where(ContactRelation.contact_id == contact.id))
    assert relation is not None
    relation.legal_ground = "legitimate_interest"
    writing.add(
        MailingRecipient(
            mailing_id=mailing.id, contact_id=contact.id, company_id=company.id, delivery=tokens.new_delivery(),
            digest=pepper.digest(address), address=address, domain=email.domain(address), state="queued",
            fields={"name": name, "first_name": name.split()[0], "company": company.name, "source": "Bolagsverket"},
        )
    )  # fmt: skip
    writing.flush()


def in_tenant(session: Session, command, *arguments, slug: str = "infosoc", **named):
    """Run a command in a transaction and the tenant's scope."""
    with transaction() as writing, tenant_scope(scope_named(writing, slug)):
        return command(writing, *arguments, **named)


def letters_of(session: Session) -> list[MailingRecipient]:
    session.rollback()
    with every_tenant("a test looks"):
        found = select(MailingRecipient).order_by(MailingRecipient.id).execution_options(populate_existing=True)
        return list(session.scalars(found))


def states_of(session: Session) -> list[str]:
    return [letter.state for letter in letters_of(session)]


def mailing_of(session: Session) -> Mailing:
    session.rollback()
    with every_tenant("a test looks"):
        return session.scalars(select(Mailing).order_by(Mailing.id).execution_options(populate_existing=True)).first()


def decline(session: Session, address: str, *, kind: Kind = Kind.NO_MAILINGS, list_id: int | None = None) -> None:
    in_tenant(
        session, suppression.suppress, pepper.digest(address), kind, Evidence(Channel.PAGE), now=NOW, list_id=list_id
    )


def addressees(sink) -> list[str]:
    """Whom the mail server was given letters for."""
    return sorted(str(letter["To"]) for letter in sink.letters)


def change(session: Session, statement) -> None:
    """Change rows behind the application's back."""
    with transaction() as writing, every_tenant("a test prepares"):
        writing.execute(statement.execution_options(synchronize_session=False))
