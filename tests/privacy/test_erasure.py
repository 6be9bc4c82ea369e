"""What a removal takes away, what it leaves and says so, and that nothing comes back with a backup."""

from __future__ import annotations

import json
import os
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from infosoc.audit.models import AuditEvent, AuditValue
from infosoc.audit.queries import first_break
from infosoc.crm.commands import contacts
from infosoc.crm.models.companies import Company
from infosoc.crm.models.contacts import Contact, ContactRelation
from infosoc.crm.models.log import LogEntry
from infosoc.crm.rules import Status
from infosoc.db import search, wiping
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant
from infosoc.kernel.errors import NotFound
from infosoc.outbox import commands as outbox
from infosoc.privacy import journal
from infosoc.privacy.commands import erasure, replay, restriction
from infosoc.privacy.models import Erasure, PrivacyCase
from infosoc.privacy.queries import restricted
from infosoc.suppression import commands as suppression
from infosoc.suppression import pepper
from infosoc.suppression import queries as suppressions
from infosoc.suppression.commands import Evidence
from infosoc.suppression.models import Suppression
from infosoc.suppression.rules import Channel, Kind
from infosoc.tenancy.models import Tenant
from tests.builders import NOW, make_company, make_contact, make_entry
from tests.privacy.world import ANNA, at, person, two_tenants


@pytest.fixture
def by(app):
    with app.app_context():
        yield two_tenants()
        db.session.remove()


def erase(contact_id: int, slug: str = "infosoc", **facts) -> erasure.Report:
    with at(slug) as session:
        return erasure.erase(session, contact_id, channel=Channel.STAFF, by=None, now=NOW, **facts)


def ask(*slugs: str, address: str = ANNA, joint: bool = False) -> dict[str, str]:
    """A wish to be removed, sent by the public page; what each tenant answered."""
    with transaction() as session:
        ids = {slug: session.scalar(select(Tenant.id).where(Tenant.slug == slug)) for slug in slugs}
        done = erasure.remove_on_request(
            session, list(ids.values()), pepper.digest(address), joint=joint, now=NOW, address=address
        )
    return {slug: "removed" if one in done.removed else "case" for slug, one in ids.items()}


def is_there(slug: str) -> bool:
    with at(slug) as session:
        return session.scalar(select(ContactRelation.id)) is not None


def kinds(slug: str, address: str = ANNA) -> set[str]:
    with at(slug) as session:
        return {row.kind for row in suppressions.of_address(session, pepper.digest(address)) if row.lifted_at is None}


# ---- one removal -----------------------------------------------------------------------------------------------------


def test_p40_the_log_keeps_that_there_was_a_contact_and_not_with_whom(by):
    contact_id = person()
    with at() as session:
        anna = session.scalar(select(Contact))
        company = session.scalar(select(Company))
        user = type("User", (), {"id": by})
        make_entry(session, company, user, text="Hon är på semester", contact=anna)
        make_entry(session, company, user, text="Bo säger att Anna Lönn har slutat, anna.lonn@akeri.example")
    erase(contact_id)
    with at() as session:
        rows = session.execute(select(LogEntry.kind, LogEntry.contact_id, LogEntry.text).order_by(LogEntry.id)).all()
    assert [tuple(row) for row in rows] == [("call", None, ""), ("call", None, "Bo säger att […] har slutat, […]")]


def test_p40_a_namesake_elsewhere_keeps_what_is_written_of_them(by):
    contact_id = person()
    with at() as session:
        other = make_company(session, "Bageriet AB")
        make_contact(session, other, "Anna Lönn", email="anna@bageriet.example")
        make_entry(session, other, type("User", (), {"id": by}), text="Anna Lönn ringde")
    erase(contact_id)
    with at() as session:
        assert session.scalar(select(LogEntry.text)) == "Anna Lönn ringde"


def test_p40_the_history_says_that_it_was_done_and_the_chain_is_whole(by):
    contact_id = person()
    with at() as session:
        found = session.scalar(select(Contact))
        contacts.change(session, found.public_id, {"name": "Anna Berg"}, seen={}, by=by, now=NOW, see_protected=True)
    erase(contact_id)
    with at() as session:
        deeds = set(session.scalars(select(AuditEvent.deed).where(AuditEvent.subject_id == contact_id)))
        assert erasure.ERASED in deeds
        assert session.scalar(select(func.count(AuditValue.id))) == 0
        assert first_break(session) is None


def test_p40_a_message_that_waits_for_the_person_is_never_sent(by):
    from infosoc.outbox.models import OutboxMessage

    contact_id = person()
    with at() as session:
        outbox.queue(session, recipient=ANNA, subject="Hej", text="Hej Anna Lönn", unique_key="k", now=NOW)
    erase(contact_id)
    with at() as session:
        assert session.scalar(select(OutboxMessage.id)) is None


def test_p43_a_customer_without_contact_persons_is_warned_of_and_the_removal_done(by):
    report = erase(person(status=Status.CUSTOMER))
    assert report.warnings == ((erasure.ONLY_CONTACT, {"company": "Åkeri AB"}),)
    assert not is_there("infosoc")


def test_p44_what_is_kept_is_named_with_its_ground(by):
    report = erase(person())
    assert [(one.table, one.rows) for one in report.kept] == [("suppression", 2)]
    assert all(one.ground and one.until for one in report.kept)
    with at() as session:
        row = session.scalar(select(Erasure))
        assert "Anna" not in json.dumps(row.report)
        assert "akeri" not in json.dumps(row.report)


def test_p40_a_sole_traders_firm_goes_with_its_owner(by):
    erase(person(company="Lönns Bygg", legal_form="sole_trader"))
    with at() as session:
        assert session.scalar(select(Company.id)) is None


def test_t05_a_person_of_another_tenant_cannot_be_removed_from_here(by):
    contact_id = person("rattsdata")
    with pytest.raises(NotFound):
        erase(contact_id)
    assert is_there("rattsdata")


def test_t09_the_shared_person_goes_when_nobody_holds_them(by):
    contact_id = person()
    _also_held_by("rattsdata", contact_id)
    erase(contact_id)
    assert not is_there("infosoc")
    assert is_there("rattsdata")
    erase(contact_id, "rattsdata")
    with every_tenant("a test looks"), transaction() as session:
        assert session.scalar(select(Contact.id)) is None


def _also_held_by(slug: str, contact_id: int) -> None:
    with at(slug) as session:
        session.add(
            ContactRelation(
                contact_id=contact_id, name_sort="x", company_sort="x", source="test", source_on=NOW.date(),
                created_at=NOW,
            )
        )  # fmt: skip


# ---- asked for on a page: who is a contract customer, in each tenant -------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "theirs", "answers"),
    [
        (Status.PROSPECT, Status.NOT_RELEVANT, ["removed", "removed"]),
        (Status.CUSTOMER, Status.PROSPECT, ["case", "removed"]),
        (Status.PROSPECT, Status.FORMER, ["removed", "case"]),
        (Status.FORMER, Status.CUSTOMER, ["case", "case"]),
    ],
    ids=str,
)
def test_p04_each_company_gives_its_own_answer(by, ours, theirs, answers):
    person(status=ours)
    person("rattsdata", status=theirs)
    assert list(ask("infosoc", "rattsdata", joint=True).values()) == answers
    for slug, answer in zip(("infosoc", "rattsdata"), answers, strict=True):
        assert is_there(slug) == (answer == "case")
        assert "no_mailings" in kinds(slug)
        assert ("no_registration" in kinds(slug)) == (answer == "removed")
        with at(slug) as session:
            cases = list(session.scalars(select(PrivacyCase.kind)))
            assert cases == (["erase"] if answer == "case" else [])


def test_p04_asking_again_changes_nothing_more(by):
    person(status=Status.CUSTOMER)
    assert ask("infosoc") == ask("infosoc") == {"infosoc": "case"}
    with at() as session:
        assert session.scalar(select(func.count(PrivacyCase.id))) == 1
        assert session.scalar(select(func.count(Suppression.id))) == 1


def test_m14_a_stranger_gets_the_same_answer(by):
    assert ask("infosoc", address="okand@x.example") == {"infosoc": "removed"}
    assert kinds("infosoc", "okand@x.example") == {"no_mailings", "no_registration"}


def test_m14_the_hash_alone_finds_the_person(by):
    person()
    with transaction() as session:
        tenant_id = session.scalar(select(Tenant.id).where(Tenant.slug == "infosoc"))
        erasure.remove_on_request(session, [tenant_id], pepper.digest(ANNA), joint=False, now=NOW)
    assert not is_there("infosoc")


# ---- nowhere: database, index, files, journal ------------------------------------------------------------------------


@pytest.mark.sqlite_only
def test_p41_a_grep_over_database_index_and_files_finds_nothing(by, app, tmp_path):
    contact_id = person()
    with at() as session:
        make_entry(session, session.scalar(select(Company)), type("User", (), {"id": by}), text=f"Ring {ANNA}")
    _import_draft(app, by)
    erase(contact_id)
    with transaction() as session:
        search.forget_removed(session)
    wiping.empty_log()
    words = [ANNA.encode(), "Anna Lönn".encode(), b"anna lonn", b"annalonn", b"cpanna", b"cplonn", b"lonn"]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"infosoc.sqlite3"}
    found = [(path.name, word) for path in files for word in words if word in path.read_bytes()]
    assert found == []


def _import_draft(app, by: int) -> None:
    """A file on its way in that names the person."""
    from infosoc.crm.commands import imports
    from infosoc.crm.imports import files, reading

    folder = app.extensions["settings"].data_dir / "imports"
    content = Path(folder.parent / "lista.csv")
    content.write_text(f"Företag;E-post\nÅkeri AB;{ANNA}\n")
    with content.open("rb") as opened:
        name, digest = files.keep(folder, opened)
    how = reading.detect(content, heading_row=1)
    with at() as session:
        imports.receive(session, how, shown_name="lista.csv", file_name=name, sha256=digest, by=by, now=NOW)
    content.unlink()


@pytest.mark.sqlite_only
def test_p41_a_removal_that_is_taken_back_leaves_the_files(by, app):
    contact_id = person()
    _import_draft(app, by)
    with pytest.raises(ZeroDivisionError), at() as session:
        erasure.erase(session, contact_id, channel=Channel.STAFF, by=None, now=NOW)
        raise ZeroDivisionError
    with at() as session:
        session.scalar(select(Contact.id))
    assert len(list((app.extensions["settings"].data_dir / "imports").iterdir())) == 1
    assert journal.lines() == []


# ---- a backup is put back --------------------------------------------------------------------------------------------


def test_p42_the_journal_tells_ids_and_hashes_and_no_names(by):
    erase(person())
    text = json.dumps(journal.lines())
    assert [line["what"] for line in journal.lines()].count("erasure") == 1
    assert "Anna" not in text
    assert "akeri" not in text
    assert pepper.digest(ANNA).hex() in text


@pytest.mark.sqlite_only
def test_p42_what_a_backup_brings_back_is_removed_again(by, app, tmp_path):
    contact_id = person()
    with at() as session:
        other = make_contact(session, session.scalar(select(Company)), "Bo Ek", email="bo@akeri.example").id
    _restored(app, tmp_path, lambda: erase(contact_id))
    done = replay.replay()
    assert (done.erasures, done.objections) == (1, 2)
    with at() as session:
        assert list(session.scalars(select(ContactRelation.contact_id))) == [other]
    assert kinds("infosoc") == {"no_mailings", "no_registration"}
    assert (replay.replay().erasures, replay.replay().objections) == (0, 0)
    assert len([line for line in journal.lines() if line["what"] == "erasure"]) == 1


@pytest.mark.sqlite_only
def test_p42_somebody_with_two_records_is_removed_from_both_again(by, app, tmp_path):
    person()
    person(company="Lönns Buss AB", org_number="5560360793")

    _restored(app, tmp_path, lambda: ask("infosoc"))
    assert is_there("infosoc")
    assert replay.replay().erasures == 1
    assert not is_there("infosoc")


@pytest.mark.sqlite_only
@pytest.mark.parametrize("is_lifted", [False, True])
def test_p31_a_restriction_made_after_the_backup_holds_again(by, app, tmp_path, is_lifted):
    contact_id = person()

    def meanwhile():
        with at() as session:
            restriction.restrict(session, contact_id, reason="Anna bestrider det", by=None, now=NOW)
        if is_lifted:
            with at() as session:
                later = NOW + timedelta(days=1)
                restriction.lift(session, contact_id, note="Det stämmer", by=None, now=later)

    _restored(app, tmp_path, meanwhile)
    assert replay.replay().restrictions == 1 + is_lifted
    with at() as session:
        assert (restricted.current(session, contact_id) is None) is is_lifted
    assert "bestrider" not in json.dumps(journal.lines())
    assert (replay.replay().restrictions, replay.complete()) == (0, 0)


@pytest.mark.sqlite_only
def test_p42_somebody_else_with_the_same_number_stays(by, app, tmp_path):
    """A restored database gives numbers again that were given after its backup: one may be another person's now."""
    contact_id = person()
    erase(contact_id)
    with at() as session:
        session.connection().exec_driver_sql("UPDATE sqlite_sequence SET seq = seq - 1 WHERE name = 'contact'")
    assert person(name="Bo Ek", email="bo@akeri.example") == contact_id
    assert replay.replay().erasures == 0
    assert is_there("infosoc")


@pytest.mark.sqlite_only
def test_p42_an_objection_that_was_taken_back_since_stays_taken_back(by, app, tmp_path):
    def undone():
        with at() as session:
            row = suppression.suppress(session, pepper.digest(ANNA), Kind.NO_MAILINGS, Evidence(Channel.PAGE), now=NOW)
            suppression.lift(session, row, by="undo", now=NOW + timedelta(minutes=1))

    _restored(app, tmp_path, undone)
    replay.replay()
    assert kinds("infosoc") == set()


def _restored(app, folder: Path, between) -> None:
    """The database as it was before something was done; the data folder as it is after."""
    wiping.empty_log()
    shutil.copyfile(folder / "infosoc.sqlite3", folder / "old.copy")
    between()
    db.session.remove()
    db.engine.dispose()
    for path in folder.glob("infosoc.sqlite3-*"):
        os.unlink(path)
    shutil.copyfile(folder / "old.copy", folder / "infosoc.sqlite3")
    (folder / "old.copy").unlink()


def test_p42_a_line_that_was_cut_off_takes_no_other_with_it(by):
    erase(person())
    (path,) = journal._folder().glob("*")
    before = journal.lines()
    path.write_text(path.read_text() + '{"what": "eras')
    erase(person(name="Bo Ek", email="bo@ek.example", company="Ek AB", org_number="5560360793"))
    assert len(journal.lines()) == 2 * len(before)


def test_p42_a_lost_journal_is_made_anew_from_the_database(by):
    erase(person())
    before = journal.lines()
    for path in (journal._folder()).glob("*"):
        path.unlink()
    assert replay.complete() == len(before)
    assert {json.dumps(line, sort_keys=True) for line in journal.lines()} == {
        json.dumps(line, sort_keys=True) for line in before
    }
    assert replay.complete() == 0
