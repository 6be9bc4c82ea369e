"""What mailings' tests are made of, for use inside `transaction()` and a tenant's scope."""

from __future__ import annotations

import itertools
from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from infosoc.crm.lists.spec import Reader
from infosoc.crm.models.companies import Company
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.kernel.permission import Permission
from infosoc.mailings.commands.lists import ListFacts, add_list
from infosoc.mailings.commands.writing import Content, start_mailing, write_letter
from infosoc.mailings.models import Mailing, MailingList
from tests.builders import NOW, make_company, make_contact

_numbers = itertools.count(1)
BODY = "# Nyheter\n\nHej [förnamn], här är något för [företag]."
ORG_NUMBER = "5560160680"


def make_list(session: Session, name: str = "Nyheter", *, by: int) -> MailingList:
    return add_list(session, ListFacts(name, "Högst en gång i månaden"), by=by, now=NOW)


def make_mailing(
    session: Session, of_list: MailingList, *, by: int, body: str = BODY, query: str = "", tells_source: bool = True
) -> Mailing:
    """A draft with a letter in it."""
    made = start_mailing(session, "Novemberbrevet", of_list.public_id, "sv", by=by, now=NOW)
    content = Content("Novemberbrevet", of_list.public_id, "Nytt i november", body, "sv", tells_source)
    write_letter(session, made.public_id, content, version=None, by=by)
    made.query = query
    session.flush()
    return made


def make_person(
    session: Session,
    company: Company | None = None,
    name: str = "Bo Lönn",
    *,
    email: str | None = "",
    ground: str | None = "legitimate_interest",
    informed_on: date | None = None,
    **relation,
) -> Contact:
    """A contact person who may get letters, unless said otherwise."""
    company = company or make_company(session, "Åkeri AB", org_number=ORG_NUMBER)
    if email == "":
        email = f"p{next(_numbers)}@aker.example"
    person = make_contact(session, company, name, email=email)
    values = {"legal_ground": ground, "informed_on": informed_on, **relation}
    session.execute(update(ContactRelation).where(ContactRelation.contact_id == person.id).values(**values))
    return person


def reader(user_id: int, *rights: Permission) -> Reader:
    return Reader(user_id, NOW.date(), frozenset(rights))
