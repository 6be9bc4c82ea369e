"""What the register knows of the companies and people in a few rows of a file, read in a handful of statements.

Only what this tenant may see is found, its own trash included (the row is then refused). What another tenant holds and
does not show does not exist: such a company becomes a twin of our own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from infosoc.accounts.models import Membership, User
from infosoc.crm.imports.known import GROUP, Company, Directory, Person, key_of, row_emails
from infosoc.crm.imports.lists import Lists
from infosoc.crm.imports.parsed import ParsedRow
from infosoc.crm.models import companies as tables
from infosoc.crm.models.companies import Address, CompanyRelation, CompanyTag, ContactPoint, LineOfBusiness, Tag
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.models.imports import ImportRow
from infosoc.crm.models.log import LogEntry
from infosoc.db.tenancy import every_tenant
from infosoc.kernel import clock
from infosoc.kernel.text import fold

Blocked = Callable[[Session, Collection[str]], Iterable[str]]
_blocklists: list[Blocked] = []


def ask_before_writing_down(blocked: Blocked) -> Blocked:
    """Register who tells which e-mail addresses must not be written down again (P-46, M-18)."""
    _blocklists.append(blocked)
    return blocked


def directory(
    session: Session,
    rows: Collection[ParsedRow],
    *,
    batch_id: int | None = None,
    made_at: datetime | None = None,
    also: Collection[int] = (),
    also_people: Collection[int] = (),
) -> Directory:
    """Everything that these rows may mean. `made_at` tells what earlier rows of the same file have made."""
    found = Directory()
    emails = {address for row in rows for address in row_emails(row)}
    found.blocked = frozenset(address for ask in _blocklists for address in ask(session, emails))
    by_email, people = _email_holders(session, emails)
    people |= set(also_people)
    ids = by_email | set(also) | _with_numbers(session, {row.org_number for row in rows if row.org_number})
    ids |= _with_names(session, {key_of(row.name)[:200] for row in rows})
    if people:
        ids |= set(session.scalars(select(Post.company_id).where(Post.contact_id.in_(people))))
    if not ids:
        return found
    companies = _companies(session, ids, made_at)
    _add_parts(session, companies)
    _add_entries(session, companies, rows)
    if batch_id is not None:
        _mark_touched(session, companies, batch_id)
    for company in companies.values():
        found.put_company(company)
    for person in _people(session, set(companies), people, made_at):
        found.put_person(person)
    return found


def lists(session: Session) -> Lists:
    """The tenant's own lines of business, tags and colleagues."""
    found = Lists()
    for line_id, name, code in session.execute(
        select(LineOfBusiness.id, LineOfBusiness.name, LineOfBusiness.sni_code).order_by(LineOfBusiness.position)
    ):
        found.lines.setdefault(fold(name), line_id)
        found.names[line_id] = name
        if code:
            found.sni.setdefault(code, line_id)
    for tag_id, name in session.execute(select(Tag.id, Tag.name)):
        found.tags[name.casefold()], found.tag_names[name.casefold()] = tag_id, name
    query = select(User.id, User.name, User.email).join(Membership, Membership.user_id == User.id)
    for user_id, name, email in session.execute(query.where(User.disabled_at.is_(None))):
        found.owner_names[user_id] = name
        found.owners[email] = user_id
        # Two of the same name: the name alone tells nobody.
        found.owners[fold(name)] = None if fold(name) in found.owners else user_id
    return found


# ---- which companies and people -------------------------------------------------------------------------------------


def _with_numbers(session: Session, numbers: set[str]) -> set[int]:
    if not numbers:
        return set()
    return set(session.scalars(select(tables.Company.id).where(tables.Company.org_number.in_(numbers))))


def _with_names(session: Session, keys: set[str]) -> set[int]:
    query = select(CompanyRelation.company_id).where(
        CompanyRelation.trashed_at.is_(None), CompanyRelation.name_sort.in_(keys)
    )
    return set(session.scalars(query.execution_options(shown="register")))


def _email_holders(session: Session, emails: set[str]) -> tuple[set[int], set[int]]:
    if not emails:
        return set(), set()
    query = select(ContactPoint.company_id, ContactPoint.contact_id).where(
        ContactPoint.normalised.in_(emails), ContactPoint.kind == "email"
    )
    rows = session.execute(query).all()
    return {row[0] for row in rows if row[0] is not None}, {row[1] for row in rows if row[1] is not None}


# ---- what is known of them ------------------------------------------------------------------------------------------


def _companies(session: Session, ids: set[int], made_at: datetime | None) -> dict[int, Company]:
    joint, relation = tables.Company, CompanyRelation
    query = (
        select(
            joint.id, joint.name, joint.org_number, joint.legal_form, joint.size, joint.municipality, joint.town,
            joint.created_at, relation.id, relation.trashed_at, relation.status, relation.owner_id, relation.line_id,
            relation.notes,
        )
        .outerjoin(relation, relation.company_id == joint.id)
        .where(joint.id.in_(ids))
    )  # fmt: skip
    found = {}
    for one, name, number, form, size, municipality, town, created_at, held, trashed_at, status, owner, line, notes in (
        session.execute(query)
    ):  # fmt: skip
        found[one] = Company(
            one, name, key_of(name), number, form, size, municipality, town,
            is_ours=held is not None, is_trashed=trashed_at is not None, status=status or "prospect", owner_id=owner,
            line_id=line, notes=notes or "", is_from_file=made_at is not None and created_at == made_at,
        )  # fmt: skip
    return found


def _add_parts(session: Session, companies: dict[int, Company]) -> None:
    address = select(Address.company_id, Address.kind, Address.street, Address.postcode, Address.town)
    for one, kind, street, postcode, town in session.execute(address.where(Address.company_id.in_(companies))):
        companies[one].addresses[kind] = (street, postcode, town)
    points = select(ContactPoint.company_id, ContactPoint.kind, ContactPoint.normalised)
    for owner, kind, value in session.execute(points.where(ContactPoint.company_id.in_(companies))):
        companies[owner].points.add((GROUP.get(kind, kind), value))  # type: ignore[index]  # never null here
    tags = (
        select(CompanyRelation.company_id, Tag.name)
        .join(CompanyTag, CompanyTag.relation_id == CompanyRelation.id)
        .join(Tag, Tag.id == CompanyTag.tag_id)
        .where(CompanyRelation.company_id.in_(companies))
    )
    for one, name in session.execute(tags):
        companies[one].tags.add(name.casefold())


def _add_entries(session: Session, companies: dict[int, Company], rows: Collection[ParsedRow]) -> None:
    """Our contacts on the days that the rows speak of."""
    days = {row.last_contact.on for row in rows if row.last_contact}
    if not days:
        return
    first = datetime.combine(min(days), time.min, tzinfo=clock.STOCKHOLM)
    after = datetime.combine(max(days) + timedelta(days=1), time.min, tzinfo=clock.STOCKHOLM)
    query = select(LogEntry.company_id, LogEntry.happened_at, LogEntry.text).where(
        LogEntry.company_id.in_(companies), LogEntry.happened_at >= first, LogEntry.happened_at < after
    )
    for one, happened_at, said in session.execute(query):
        companies[one].entries.append((clock.local(happened_at).date().isoformat(), said))


def _mark_touched(session: Session, companies: dict[int, Company], batch_id: int) -> None:
    query = select(ImportRow.company_id).where(ImportRow.batch_id == batch_id, ImportRow.company_id.in_(companies))
    for one in session.scalars(query.distinct()):
        companies[one].is_touched = True  # type: ignore[index]  # never null here


def _people(
    session: Session, company_ids: set[int], people_ids: set[int], made_at: datetime | None
) -> Iterable[Person]:
    """Those who work at the companies, and those whose address a row holds."""
    at_companies = set(session.scalars(select(Post.contact_id).where(Post.company_id.in_(company_ids))))
    query = (
        select(
            Contact.id, Contact.name, Contact.is_protected, Contact.created_at, ContactRelation.id,
            ContactRelation.trashed_at, Post.company_id, Post.title,
        )
        .join(Post, Post.contact_id == Contact.id)
        .outerjoin(ContactRelation, ContactRelation.contact_id == Contact.id)
        .where(Contact.id.in_(people_ids | at_companies))
        .order_by(Contact.id)
    )  # fmt: skip
    found: dict[int, Person] = {}
    for one, name, is_protected, created_at, held, trashed_at, company_id, title in session.execute(query):
        if one not in found:
            found[one] = Person(
                one, name, key_of(name), is_ours=held is not None, is_trashed=trashed_at is not None,
                is_protected=bool(is_protected), is_from_file=made_at is not None and created_at == made_at,
            )  # fmt: skip
        found[one].posts[company_id] = title
    points = select(ContactPoint.contact_id, ContactPoint.kind, ContactPoint.normalised)
    for owner, kind, value in session.execute(points.where(ContactPoint.contact_id.in_(found))):
        found[owner].points.add((GROUP.get(kind, kind), value))  # type: ignore[index]  # never null here
    return found.values()


def others_holding(session: Session, model: Any, column: Any, ids: Collection[int], own_id: int) -> set[int]:
    """Which of these joint records another tenant holds as well."""
    if not ids:
        return set()
    with every_tenant("an import asks who else holds what it changes"):
        return set(session.scalars(select(column).where(column.in_(ids), model.tenant_id != own_id)))
