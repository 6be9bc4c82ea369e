"""What an import changes of companies and people that the register has already, by the rules that hold for everyone:
a joint record that its other holder does not share with us is parted from first, and who shares it is told."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from infosoc.audit import commands as audit
from infosoc.crm.commands import copies, joint, split
from infosoc.crm.commands.company_facts import Place, told_place
from infosoc.crm.commands.import_chunk import Chunk, happened_at
from infosoc.crm.imports.lists import Lists
from infosoc.crm.imports.planning import Plan, Result
from infosoc.crm.models.companies import Address, Company, CompanyRelation, LineOfBusiness, Tag
from infosoc.crm.models.contacts import Contact, ContactRelation, Post
from infosoc.crm.queries.import_matching import others_holding
from infosoc.crm.rules import LegalGround, Status
from infosoc.db import search_index
from infosoc.db.search import CONTACT
from infosoc.db.tenancy import Scope, current_scope, tenant_scope
from infosoc.kernel.identity import is_sole_trader_number, mask_org_number, mask_personal_numbers
from infosoc.tenancy.queries import all_tenants

IMPORTED_FROM = "imported_from"
LONGEST_TOLD = 200
Told = tuple[str, str | None, str | None]


def make_lists(session: Session, chunk: Chunk) -> None:
    """Make the lines of business and tags that these rows name first."""
    lists = chunk.lists
    last = session.scalar(select(func.max(LineOfBusiness.position))) or 0 if lists.new_lines else 0
    given: dict[int | None, int] = {}
    for position, line in enumerate(list(lists.new_lines), last + 1):
        row = LineOfBusiness(name=line.name, sni_code=line.sni_code, position=position)
        session.add(row)
        session.flush()
        audit.record(session, "line added", "line", row.id, by=chunk.origin.by, changes={"name": (None, line.name)})
        given[line.id] = row.id
        lists.line_made(line.id, row.id)
    for plan in chunk.plans if given else ():
        if plan.company is not None:
            plan.company.line_id = given.get(plan.company.line_id, plan.company.line_id)
        if "line_id" in plan.own:
            before, after = plan.own["line_id"]
            plan.own["line_id"] = (given.get(before, before), given.get(after, after))
    for key, name in lists.new_tags.items():
        if key not in lists.tags:
            tag = Tag(name=name)
            session.add(tag)
            session.flush()
            lists.tag_made(key, tag.id)


def change_known(session: Session, chunk: Chunk, acting: list[Plan]) -> None:
    """Change what was in the register before these rows: companies, our relations, people and where they work."""
    known = [plan for plan in acting if plan.company is not None and plan.company.id > 0]
    _take_in(session, chunk, known)
    _part_companies(session, chunk, [plan for plan in known if plan.facts or plan.places or plan.points])
    _set_facts(session, chunk, known)
    people = [plan for plan in acting if plan.person is not None and plan.person.id > 0]
    _take_in_people(session, chunk, people)
    _part_people(session, chunk, people)
    _set_posts(session, chunk, people)
    _note_entries(session, chunk, acting)


# ---- companies -------------------------------------------------------------------------------------------------------


def _take_in(session: Session, chunk: Chunk, known: list[Plan]) -> None:
    origin = chunk.origin
    for plan in known:
        company = plan.company
        if not plan.takes_in or company is None:
            continue
        source = plan.own["source"][1] if "source" in plan.own else origin.source
        session.add(
            CompanyRelation(
                company_id=company.id, status=Status(company.status), owner_id=company.owner_id,
                line_id=company.line_id, notes=company.notes, source=source, source_on=origin.today,
                legal_ground=LegalGround.LEGITIMATE_INTEREST.value, name_sort=company.key[:200],
                municipality=company.municipality, created_at=origin.now,
            )
        )  # fmt: skip
    session.flush()


def _part_companies(session: Session, chunk: Chunk, changing: list[Plan]) -> None:
    """A joint company that its other holder does not share with us both ways is parted from before it is changed."""
    ids = {plan.company.id for plan in changing if plan.company is not None}
    own = current_scope().tenant_id
    for company_id in sorted(others_holding(session, CompanyRelation, CompanyRelation.company_id, ids, own)):
        own_id = joint.own_company(session, company_id, by=chunk.origin.by)
        if own_id != company_id:
            chunk.companies[company_id] = own_id
            _follow_people(session, chunk, company_id, own_id)


def _follow_people(session: Session, chunk: Chunk, company_id: int, own_id: int) -> None:
    """Our people went along with the company; those who were joint have got records of their own."""
    query = select(Contact.name, Contact.id).join(Post, Post.contact_id == Contact.id).where(Post.company_id == own_id)
    here: dict[str, int] = {row.name: row.id for row in session.execute(query)}
    for plan in chunk.plans:
        person = plan.person
        if person is not None and person.id > 0 and company_id in person.posts and person.name in here:
            chunk.people[person.id] = here[person.name]


def _set_facts(session: Session, chunk: Chunk, known: list[Plan]) -> None:
    changing = [plan for plan in known if plan.facts or plan.places or (plan.own and not plan.takes_in)]
    if not changing:
        return
    ids = {chunk.company_id(plan.company.id) for plan in changing if plan.company is not None}
    query = (
        select(CompanyRelation)
        .where(CompanyRelation.company_id.in_(ids))
        .options(joinedload(CompanyRelation.company).options(selectinload(Company.addresses)))
        .execution_options(populate_existing=True)
    )
    relations = {relation.company_id: relation for relation in session.scalars(query)}
    renamed: dict[int, Company] = {}
    for plan in changing:
        relation = relations[chunk.company_of(plan)]
        company = relation.company
        for name, (_, after) in plan.facts.items():
            setattr(company, name, after)
        _set_places(session, company, plan)
        if plan.facts or plan.places:
            company.changed_at = chunk.origin.now
        if {"name", "municipality"} & plan.facts.keys():
            renamed[company.id] = company
        for name, (_, after) in plan.own.items() if not plan.takes_in else ():
            setattr(relation, name, Status(after) if name == "status" else after)
    session.flush()
    for company in renamed.values():
        joint.refresh_company(session, company)


def _set_places(session: Session, company: Company, plan: Plan) -> None:
    addresses = {address.kind: address for address in company.addresses}
    for kind, (_, place) in plan.places.items():
        address = addresses.get(kind)
        if address is None:
            address = Address(company_id=company.id, kind=kind)
            session.add(address)
        address.street, address.postcode, address.town = place


# ---- people ----------------------------------------------------------------------------------------------------------


def _take_in_people(session: Session, chunk: Chunk, people: list[Plan]) -> None:
    origin = chunk.origin
    for plan in people:
        person = plan.person
        if not plan.takes_in_person or person is None:
            continue
        session.add(
            ContactRelation(
                contact_id=person.id, name_sort=person.key[:120], company_sort=plan.company.key[:200] if plan.company
                else "", source=origin.source, source_on=origin.today, created_at=origin.now,
                legal_ground=LegalGround.LEGITIMATE_INTEREST.value,
            )
        )  # fmt: skip
    session.flush()


def _part_people(session: Session, chunk: Chunk, people: list[Plan]) -> None:
    ids = {
        chunk.person_id(plan.person.id)
        for plan in people
        if plan.person is not None and (plan.title or plan.makes_post or plan.person_points)
    }
    own = current_scope().tenant_id
    for contact_id in sorted(others_holding(session, ContactRelation, ContactRelation.contact_id, ids, own)):
        own_id = joint.own_contact(session, contact_id, by=chunk.origin.by)
        for plan in people:
            if plan.person is not None and chunk.person_id(plan.person.id) == contact_id:
                chunk.people[plan.person.id] = own_id


def _set_posts(session: Session, chunk: Chunk, people: list[Plan]) -> None:
    for plan in people:
        person, company = plan.person, plan.company
        if person is None or company is None or not (plan.makes_post or plan.title):
            continue
        contact_id, company_id = chunk.person_id(person.id), chunk.company_id(company.id)
        if plan.makes_post:
            has_main = session.scalar(select(Post.id).where(Post.contact_id == contact_id, Post.is_main.is_(True)))
            title = person.posts[company.id]
            session.add(Post(contact_id=contact_id, company_id=company_id, title=title, is_main=has_main is None))
        elif plan.title:
            where = (Post.contact_id == contact_id, Post.company_id == company_id)
            session.execute(update(Post).where(*where).values(title=plan.title[1]))
        session.flush()
        search_index.mark(session, CONTACT, [contact_id])


def recount_people(session: Session, chunk: Chunk, acting: list[Plan]) -> None:
    """Bring the number of contact persons of known companies up to date."""
    more: Counter[int] = Counter()
    anew: set[int] = set()
    for plan in acting:
        company, person = plan.company, plan.person
        if company is None or company.id < 0:
            continue
        if plan.takes_in or plan.takes_in_person:
            anew.add(chunk.company_id(company.id))
        if plan.takes_in_person and person is not None:
            anew.update(chunk.company_id(one) for one in person.posts if one > 0)
        elif plan.makes_post:
            more[chunk.company_id(company.id)] += 1
    for company_id in anew:
        copies.refresh_people(session, company_id)
    for company_id, number in more.items():
        if company_id not in anew:
            count = update(CompanyRelation).where(CompanyRelation.company_id == company_id)
            session.execute(count.values(contacts=CompanyRelation.contacts + number), execution_options=_UNSYNCHRONISED)


_UNSYNCHRONISED = {"synchronize_session": False}


def _note_entries(session: Session, chunk: Chunk, acting: list[Plan]) -> None:
    """Companies and people that were known carry the new contact as their last; new ones have it already."""
    for plan in acting:
        company, person = plan.company, plan.person
        if plan.entry is None or company is None:
            continue
        known_person = person is not None and person.id > 0
        if company.id > 0 or known_person:
            at = happened_at(plan.entry)
            contact_id = chunk.person_id(person.id) if person is not None and known_person else None
            copies.note_entry(session, plan.entry.kind, at, chunk.company_id(company.id), contact_id, None)


# ---- what others are told, and what takes it back -------------------------------------------------------------------


def tell_others(session: Session, chunk: Chunk, acting: list[Plan]) -> None:
    """Write changes of joint facts into the history of the other tenants that hold the company with us."""
    joint_plans = [plan for plan in acting if plan.company is not None and plan.company.id > 0 and plan.facts]
    ids = {chunk.company_id(plan.company.id) for plan in joint_plans if plan.company is not None}
    own = current_scope().tenant_id
    held = others_holding(session, CompanyRelation, CompanyRelation.company_id, ids, own)
    name = next((tenant.name for tenant in all_tenants(session) if tenant.id == own), "") if held else ""
    for plan in joint_plans:
        company_id = chunk.company_of(plan)
        changes = {field: (before, after) for field, before, after in _told_facts(plan)}
        for tenant_id in split.company_holders(session, company_id) if company_id in held else ():
            with tenant_scope(Scope.alone(tenant_id)):
                audit.record(
                    session, "company changed", "company", company_id, by=None, actor_name=name, changes=changes
                )


def told(plan: Plan, lists: Lists) -> list[Told]:
    """What a row changed of a company, as the history keeps it."""
    found = _told_facts(plan)
    for name, (before, after) in plan.own.items():
        if name == "owner_id":
            found.append(("owner", lists.owner_names.get(before or 0), lists.owner_names.get(after)))
        elif name == "line_id":
            found.append(("line", lists.names.get(before or 0), lists.names.get(after)))
        elif name != "source":
            found.append((name, before or None, after))
    for kind, (before, after) in plan.places.items():
        found.append((kind, told_place(Place(*before)) if before else None, told_place(Place(*after))))
    if plan.points:
        found += _told_points(plan.points)
    if plan.tags:
        found.append(("tags", None, ", ".join(lists.tag_names[key] for key in plan.tags)))
    return found


def told_person(plan: Plan) -> list[Told]:
    """What a row changed of a person."""
    found: list[Told] = _told_points(plan.person_points)
    if plan.title:
        found.append(("title", plan.title[0] or None, plan.title[1]))
    if plan.makes_post and plan.company is not None:
        found.append(("post", None, plan.company.name))
    return found


def planned(plan: Plan, lists: Lists) -> list[list[str | None]]:
    """What a row would change of what is there, for the preview: field, from, to, and which person it is about."""
    if plan.result is not Result.CHANGED:
        return []
    found = [[name, before, after, None] for name, before, after in told(plan, lists)]
    person = plan.person
    if person is not None and plan.makes_person:
        found.append(["contact", None, person.name, None])
    elif person is not None:
        found += [[name, before, after, person.name] for name, before, after in told_person(plan)]
    if plan.entry is not None:
        found.append(["entry", None, " ".join(filter(None, (plan.entry.day, plan.entry.text))), None])
    return [[_kept(part) for part in change] for change in found]


def _kept(text: str | None) -> str | None:
    return mask_personal_numbers(str(text))[:LONGEST_TOLD] if text else None


def _told_facts(plan: Plan) -> list[Told]:
    return [(name, _shown(name, before), _shown(name, after)) for name, (before, after) in plan.facts.items()]


def _shown(name: str, value: str | None) -> str | None:
    """A sole trader's number is a personal identity number: the history and the images get its masked form only."""
    if name == "org_number" and value and is_sole_trader_number(value):
        return mask_org_number(value)
    return value or None


def _told_points(points: list[Any]) -> list[Told]:
    groups = {"phones": ("phone", "mobile"), "emails": ("email",), "web": ("web",)}
    found: list[Told] = []
    for group, kinds in groups.items():
        values = [point.value for point in points if point.kind in kinds]
        if values:
            found.append((group, None, ", ".join(values)))
    return found


def images(plan: Plan, chunk: Chunk) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """What was there before a row, and what it made: together they take it back."""
    made = chunk.made[plan.number]
    if plan.makes_person:
        made["person"] = True
    if plan.is_new:
        made["company"] = True
        return None, {name: value for name, value in made.items() if name not in {"points", "person_points", "tags"}}
    before: dict[str, Any] = {}
    for name, flag in (("relation", plan.takes_in), ("person_relation", plan.takes_in_person),
                       ("post", plan.makes_post and not plan.makes_person)):  # fmt: skip
        if flag:
            made[name] = True
    for name, changes in (("facts", _fact_images(plan)), ("own", plan.own), ("places", plan.places)):
        if changes:
            before[name] = {key: change[0] for key, change in changes.items()}
            made[name] = {key: change[1] for key, change in changes.items()}
    if plan.title:
        before["title"], made["title"] = plan.title
    # What was taken in had nothing before, and says so: only a company that the import made has no image at all.
    return before, made


def _fact_images(plan: Plan) -> dict[str, tuple[str | None, str | None]]:
    return {name: (_shown(name, before), _shown(name, after)) for name, (before, after) in plan.facts.items()}


def relation_ids(session: Session, company_ids: set[int]) -> dict[int, int]:
    """Our relation to each of these companies."""
    query = select(CompanyRelation.company_id, CompanyRelation.id).where(CompanyRelation.company_id.in_(company_ids))
    return {row.company_id: row.id for row in session.execute(query)}
