"""A small register that tries the layout: long names, odd signs, every state, and a row in every table."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from infosoc.accounts import links
from infosoc.accounts.models import Membership, User
from infosoc.accounts.roles import Role
from infosoc.crm.commands import bulk, copies, imports
from infosoc.crm.imports import files, reading
from infosoc.crm.imports.planning import Policy
from infosoc.crm.lists.spec import Reader
from infosoc.crm.models.changes import DuplicatePair
from infosoc.crm.models.companies import Address, Company, CompanyRelation, CompanyTag, ContactPoint, CustomField, Tag
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.rules import EntryKind, Status
from infosoc.db import search_index
from infosoc.db.session import transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.jobs.models import Job
from infosoc.jobs.rules import JobState
from infosoc.kernel import clock
from infosoc.kernel.permission import Permission
from infosoc.mailings.commands import freezing, lists, writing
from infosoc.mailings.commands.lists import ListFacts
from infosoc.mailings.commands.writing import Content
from infosoc.outbox.models import OutboxMessage
from infosoc.outbox.rules import MessageState
from tests.builders import make_company, make_contact, make_entry, make_follow_up, make_tenant
from tests.support.mirror import Mirror, fill

UNBROKEN = "Donaudampfschiffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
NAMES = (
    f"{UNBROKEN} i Övertorneå med filialer i Haparanda, Kalix och Överkalix ekonomisk förening u.p.a. i likvidation",
    "A", "<b>O'Brien</b> & Söner \"Åkeri\" AB {{ 7 * 7 }}", "شركة النقل المحدودة", "🚚 Flytt & Städ 🧹",
    "Ĳsselmeer Ž̌ 公司",
)  # fmt: skip
LONG_TEXT = (
    "Ringde växeln, kopplades tre gånger och hamnade till sist rätt. " * 12
    + "\nhttps://exempel.example/"
    + "mycket-lang-adress-" * 12
)
ROLES = [Role.ADMINISTRATOR, Role.SELLER, Role.PRIVACY_OFFICER]
SAMPLE = "Företag;Kontaktperson;E-post;Status\r\n{name};Åsa;asa@rad.example;Kund\r\n;Utan företag;fel@@;Kund\r\n"


class House:
    """The application with the register in it: who signs in, and the public ids that addresses are made with."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context(), transaction() as session:
            self.mirror: Mirror = fill(session, "infosoc", marked=False)
            make_tenant(session, "rattsdata", name=f"{UNBROKEN} AB")
            self.user = _all_rights(session, self.mirror)
            self.token = links.make(session, self.user.id, links.Purpose.INVITATION, now=clock.now())
        with app.app_context(), tenant_scope(Scope.alone(self.mirror.tenant_id)), transaction() as session:
            self.ids = _register(session, self.mirror)
        for table, row in self.mirror.rows.items():
            if row.get("public_id"):
                self.ids.setdefault(table, []).append(row["public_id"])
        self.ids["import_batch"][:0] = _imports(app, self.mirror)


def _all_rights(session: Session, mirror: Mirror) -> User:
    with tenant_scope(Scope.alone(mirror.tenant_id)):
        session.execute(update(Membership).values(roles=[role.value for role in ROLES]))
    user = session.get_one(User, mirror.user.id)
    user.name, user.email = f"Karin {UNBROKEN[:50]}", f"karin.{UNBROKEN[:50].lower()}@infosoc.example"
    user.password_hash = None
    session.flush()
    session.expunge(user)
    return user


def _register(session: Session, mirror: Mirror) -> dict[str, list[str]]:
    user = session.get_one(User, mirror.user.id)
    companies = [make_company(session, name) for name in NAMES]
    companies += [make_company(session, f"Företag {number:02d} i Småland AB") for number in range(48)]
    _everything_known(session, companies[0], user)
    people = [make_contact(session, companies[0], f"Åsa-Märta von {UNBROKEN}", title=UNBROKEN, email=LONG_EMAIL)]
    people += [make_contact(session, companies[number % 3], f"Bo {number} Lönn") for number in range(6)]
    _marked_people(session, people)
    reader = make_contact(session, companies[0], f"Läser {UNBROKEN}", email="laser@lonn.example")
    session.query(ContactRelation).filter_by(contact_id=reader.id).one().legal_ground = "consent"
    _log(session, companies, people, user)
    _others(session)
    drafts = _mailings(session, user)
    for company in companies[:4]:
        copies.refresh_activity(session, company.id)
        copies.refresh_next_follow_up(session, company.id)
    trashed = make_company(session, f"Slängda {UNBROKEN} AB")
    session.execute(
        update(CompanyRelation).where(CompanyRelation.company_id == trashed.id).values(trashed_at=clock.now())
    )
    first, second = sorted((companies[0].id, companies[1].id))
    session.add(DuplicatePair(first_id=first, second_id=second, score=80, reason="name", found_at=clock.now()))
    search_index.mark(session, "company", [company.id for company in companies])
    return {
        "company": [companies[0].public_id, trashed.public_id],
        "contact": [person.public_id for person in people[:3]],
        "second": [companies[1].public_id],
        "undo": [_edited(session, companies[1:], user)],
        "user_account": [user.public_id],
        "mailing": drafts,
    }


def _edited(session: Session, companies: list[Company], user: User) -> str:
    """Many companies in one edit, so that it has a result and an undo."""
    ids = [company.id for company in companies]
    made = bulk.begin(
        session, bulk.Edit(bulk.Deed.STATUS, Status.FORMER), ids, owner_id=None, by=user.id, now=clock.now()
    )
    bulk.apply(session, made.id, ids)
    return made.public_id


LONG_EMAIL = f"asa-marta.{UNBROKEN[:50].lower()}@{UNBROKEN[:60].lower()}.example"


def _everything_known(session: Session, company: Company, user: User) -> None:
    """One company of which every fact is stated, at length."""
    company.org_number, company.municipality, company.town = "5592870014", "Övertorneå", "Övertorneå"
    company.legal_form, company.size = "limited_company", "10-49"
    for kind in ("visiting", "postal", "invoice"):
        session.add(Address(company_id=company.id, kind=kind, street=UNBROKEN, postcode="957 94", town="Övertorneå"))
    points = (
        ("phone", "+46927799000"),
        ("mobile", "+46701740610"),
        ("email", LONG_EMAIL),
        ("web", "https://x.example/" + "a" * 90),
    )
    for kind, value in points:
        session.add(ContactPoint(company_id=company.id, kind=kind, value=value, normalised=value, label="Växel"))
    session.add(
        CustomField(key="avtal", label="Avtalets längd och övriga villkor i sammandrag", kind="text", position=3)
    )
    tags = [Tag(name=f"{UNBROKEN[:38]}{number}") for number in range(3)]
    session.add_all(tags)
    session.flush()
    relation = session.query(CompanyRelation).filter_by(company_id=company.id).one()
    relation.status, relation.owner_id, relation.notes = Status.CUSTOMER, user.id, LONG_TEXT
    relation.custom = {"avtal": UNBROKEN}
    session.add_all(CompanyTag(relation_id=relation.id, tag_id=tag.id) for tag in tags)
    session.flush()


def _marked_people(session: Session, people: list[Contact]) -> None:
    """Somebody who must not be called, somebody who has declined, and a protected identity."""

    def relation(person: Contact) -> ContactRelation:
        return session.query(ContactRelation).filter_by(contact_id=person.id).one()

    for person in people[:4]:
        value = f"+4670174061{people.index(person)}"
        session.add(ContactPoint(contact_id=person.id, kind="mobile", value=value, normalised=value, is_main=True))
    relation(people[1]).call_blocked_at = clock.now()
    relation(people[2]).marketing = "opted_out"
    people[3].is_protected = True
    session.flush()


def _log(session: Session, companies: list[Company], people: list[Contact], user: User) -> None:
    now = clock.now()
    for number, kind in enumerate(EntryKind):
        make_entry(
            session, companies[0], user, kind=kind, happened_at=now - timedelta(days=number), text=LONG_TEXT,
            contact=people[0],
        )  # fmt: skip
    for number in range(3):
        entry = make_entry(
            session, companies[0], user, kind=EntryKind.ATTEMPT, happened_at=now - timedelta(hours=number)
        )
        entry.outcome = "no_answer"
    for days in (-400, -1, 0, 0, 1, 40):
        due_on = clock.today() + timedelta(days=days)
        make_follow_up(session, companies[0], user, due_on=due_on, note=LONG_TEXT[:300] if days else "")
    make_follow_up(session, companies[1], user, due_on=clock.today())


def _mailings(session: Session, user: User) -> list[str]:
    """A draft with a long letter, and one whose recipients are fixed; the draft first."""
    now = clock.now()
    of_list = lists.add_list(session, ListFacts(UNBROKEN, LONG_TEXT), by=user.id, now=now)
    made = []
    for title in (f"Utkast {UNBROKEN}", f"Fastställt {UNBROKEN}"):
        mailing = writing.start_mailing(session, title, of_list.public_id, "sv", by=user.id, now=now)
        content = Content(title, of_list.public_id, UNBROKEN * 2, f"# {UNBROKEN}\n\n{LONG_TEXT}", "sv", True)
        writing.write_letter(session, mailing.public_id, content, version=None, by=user.id)
        made.append(mailing.public_id)
    freezing.freeze(session, made[1], reader=Reader(user.id, clock.today(), frozenset(Permission)), by=user.id, now=now)
    return made


def _others(session: Session) -> None:
    """Work and mail in states that say more than 'done'."""
    now = clock.now()
    for state in JobState:
        problem = {"message": "That did not work.", "values": {}} if state is JobState.FAILED else {}
        title = f"{UNBROKEN} {state}"
        job = Job(name="test", unique_key=state, title=title, state=state, done=3, total=10, problem=problem)
        job.not_before = job.created_at = job.started_at = now
        session.add(job)
    for state in MessageState:
        problem = LONG_TEXT if state is MessageState.FAILED else ""
        message = OutboxMessage(unique_key=state, recipient=LONG_EMAIL, subject=UNBROKEN * 2, text_body=LONG_TEXT)
        message.state, message.problem, message.not_before, message.created_at = state, problem, now, now
        session.add(message)
    session.flush()


def _imports(app: Flask, mirror: Mirror) -> list[str]:
    """A file that has come, one that is previewed, one that waits, one that is in; the last one first."""
    folder = app.extensions["settings"].data_dir / "imports"
    made: list[str] = []
    with app.app_context(), tenant_scope(Scope.alone(mirror.tenant_id)):
        for step in ("come", "previewed", "waiting", "in"):
            content = SAMPLE.format(name=f"{UNBROKEN} {step}").encode("cp1252")
            made.insert(0, _import(folder, content, step, mirror.user.id))
    return made


def _import(folder: Path, content: bytes, step: str, by: int) -> str:
    name, digest = files.keep(folder, io.BytesIO(content))
    how, now = reading.detect(folder / name), clock.now()
    with transaction() as session:
        batch = imports.receive(
            session, how, shown_name=f"{UNBROKEN}.csv", file_name=name, sha256=digest, by=by, now=now
        )
        public_id, fields = batch.public_id, tuple(batch.mapping["fields"])
    if step == "come":
        return public_id
    with transaction() as session:
        imports.choose_columns(session, public_id, fields, Policy.FILL, now=now)
    imports.make_preview(folder, public_id)
    if step == "previewed":
        return public_id
    with transaction() as session:
        imports.ask_for_commit(session, public_id, "Mässan", good_only=True, link="/infosoc/", by=by, now=now)
    if step == "in":
        imports.commit(folder, public_id)
    return public_id
