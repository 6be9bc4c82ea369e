"""`flask user` and `flask tenant`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from infosoc.accounts.models import Membership, User
from infosoc.audit.models import AuditEvent
from infosoc.db.session import db
from infosoc.db.tenancy import Scope, every_tenant, tenant_scope
from infosoc.tenancy.queries import all_tenants
from infosoc.tenancy.rules import Flag
from tests.accounts.conftest import send
from tests.accounts.test_password import NEW, letters_to

ROOT = Path(__file__).resolve().parents[2]
ADD = ("user", "add", "rut@infosoc.example", "--name", "Rut Ås", "--tenant", "infosoc", "--role", "seller")


@pytest.fixture
def run(app):
    """A command, as typed; what it said and its status."""

    def invoke(*words: str, typed: str | None = None) -> tuple[int, str]:
        done = app.test_cli_runner().invoke(args=list(words), input=typed)
        return done.exit_code, done.output

    return invoke


def path(said: str) -> str:
    return re.search(r"http://localhost(/password/\S+)", said)[1]


def test_the_first_user_of_an_empty_installation_gets_in(app, client, run):
    assert run("tenant", "list") == (0, "")
    assert run("tenant", "add", "infosoc", "--name", "Infosoc AB") == (0, "infosoc: Infosoc AB has been added.\n")
    status, said = run(*ADD, "--role", "administrator")
    assert status == 0
    assert send(client, path(said), path(said), password=NEW).status_code == 303
    assert send(client, "/login", "/login", email="rut@infosoc.example", password=NEW).status_code == 303
    assert client.get("/infosoc/members").status_code == 200


def test_a_password_is_read_from_standard_input(client, office, run):
    status, said = run(*ADD, "--password-stdin", typed=NEW + "\n")
    assert (status, NEW in said) == (0, False)
    assert send(client, "/login", "/login", email="rut@infosoc.example", password=NEW).status_code == 303


def test_an_invitation_goes_to_the_outbox(app, office, run):
    status, said = run(*ADD, "--invite")
    assert (status, "/password/" in said) == (0, False)
    assert len(letters_to(app, "rut@infosoc.example")) == 1


def test_a_second_company_is_added_to_the_same_account(app, office, run):
    words = ("user", "add", "karin@infosoc.example", "--name", "Karin", "--tenant", "rattsdata", "--role", "reader")
    status, said = run(*words)
    assert (status, "/password/" in said) == (0, False)
    with app.app_context(), every_tenant("test"):
        assert db.session.scalar(select(func.count()).select_from(User)) == 3
        assert db.session.scalar(select(func.count()).select_from(Membership)) == 4


def test_an_accountant_has_a_last_day(app, office, run):
    assert run(*ADD[:-1], "accountant", "--ends-on", "2031-03-31")[0] == 0
    with app.app_context(), tenant_scope(Scope.alone(office.tenant_id)):
        found = db.session.scalars(select(Membership).where(Membership.ends_on.is_not(None))).one()
    assert (found.roles, found.ends_on) == (["accountant"], date(2031, 3, 31))


@pytest.mark.parametrize(
    ("words", "typed", "part"),
    [
        ((*ADD[:-1], "king"), None, "'king'"),
        (
            (*ADD[:3], "--name", "X", "--tenant", "nowhere", "--role", "seller"),
            None,
            "no company at the address",
        ),
        (("user", "add", "nonsense", *ADD[3:]), None, "not an e-mail address"),
        ((*ADD, "--password-stdin"), "kort\n", "at least 12"),
        ((*ADD, "--password-stdin", "--invite"), NEW, "Choose one"),
        ((*ADD, "--ends-on", "2001-01-01"), None, "already passed"),
        (("user", "add", "bo@infosoc.example", *ADD[3:]), None, "already a member"),
        (("user", "disable", "who@infosoc.example"), None, "no user with the address who@infosoc.example"),
        (("user", "reset", "who@infosoc.example"), None, "no user"),
        (("tenant", "add", "login", "--name", "X"), None, "not one of the system's own"),
        (("tenant", "add", "infosoc", "--name", "X"), None, "already a company"),
        (("tenant", "add", "new", "--name", "  "), None, "company name"),
        (("tenant", "set", "infosoc", "nope", "on"), None, "share_register"),
        (("tenant", "set", "infosoc", "share_register", "maybe"), None, "on or off"),
        (("tenant", "set", "nowhere", "share_register", "on"), None, "nowhere"),
    ],
)
def test_an_error_is_one_clear_line_and_changes_nothing(app, office, run, words, typed, part):
    status, said = run(*words, typed=typed)
    assert status != 0
    assert part in said
    assert "Traceback" not in said
    with app.app_context(), every_tenant("test"):
        assert db.session.scalar(select(func.count()).select_from(User)) == 3
        assert db.session.scalar(select(func.count()).select_from(Membership)) == 3
        assert len(all_tenants(db.session)) == 2


def test_p53_shutting_an_account_ends_its_sessions(browser_of, office, run):
    client = browser_of(office.seller)
    assert run("user", "disable", "BO@infosoc.example") == (0, "BO@infosoc.example is shut out; 1 session ended.\n")
    assert client.get("/account/").status_code == 303
    assert run("user", "reset", "bo@infosoc.example")[0] == 1
    assert run("user", "enable", "bo@infosoc.example")[0] == 0
    assert run("user", "reset", "bo@infosoc.example")[0] == 0


def test_a_reset_link_lasts_an_hour_and_works(client, office, run):
    status, said = run("user", "reset", "bo@infosoc.example")
    assert (status, "within 1 hour" in said) == (0, True)
    assert send(client, path(said), path(said), password=NEW).status_code == 303


def test_flags_are_set_and_written_to_the_log(app, office, run):
    assert run("tenant", "set", "infosoc", "share_register", "on") == (0, "infosoc: share_register is now on.\n")
    assert run("tenant", "set", "infosoc", "share_register", "ON") == (0, "infosoc: share_register was already on.\n")
    with app.app_context():
        assert all_tenants(db.session)[0].is_on(Flag.SHARE_REGISTER)
    with app.app_context(), every_tenant("test"):
        assert list(db.session.scalars(select(AuditEvent.deed))) == ["flag changed"]
    assert run("tenant", "list")[1].splitlines()[0] == "infosoc\tInfosoc\tshare_register module_crm"


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    "words",
    [("user",), ("user", "add"), ("user", "disable"), ("user", "enable"), ("user", "reset"), ("tenant",),
     ("tenant", "add"), ("tenant", "list"), ("tenant", "set")],
)  # fmt: skip
def test_every_command_has_help(run, words):
    status, said = run(*words, "--help")
    assert (status, "Usage:" in said) == (0, True)


@pytest.mark.sqlite_only
def test_a_database_without_tables_is_named_in_one_line(tmp_path):
    from infosoc.factory import create_app
    from tests.support.databases import let_go, settings

    app = create_app(settings(f"sqlite:///{tmp_path / 'empty.sqlite3'}", tmp_path))
    done = app.test_cli_runner().invoke(args=["tenant", "list"])
    let_go(app)
    assert (done.exit_code, len(done.output.splitlines())) == (1, 1)
    assert "db upgrade" in done.output


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("name", "value"),
    [("DATABASE_URL", "mysql://elsewhere"), ("INFOSOC_ENV", "production"), ("TRUSTED_PROXIES", "two")],
)
def test_settings_that_cannot_be_are_named_in_one_line(tmp_path, name, value):
    environment = {"PATH": os.environ["PATH"], "INFOSOC_DATA_DIR": str(tmp_path), name: value}
    command = [sys.executable, "-m", "flask", "--app", "app", "tenant", "list"]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
