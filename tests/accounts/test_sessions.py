"""How sessions are made and kept."""

from __future__ import annotations

import ast
from pathlib import Path

from sqlalchemy import select

from infosoc.accounts import sessions
from infosoc.accounts.models import UserSession
from infosoc.db.session import db, transaction
from infosoc.kernel import clock

CODE = sorted((Path(__file__).resolve().parents[2] / "infosoc").rglob("*.py"))


def makers(source: str) -> list[str]:
    """The functions in this source that make a row of a session, as an object or by a statement."""
    found = []
    for function in ast.walk(ast.parse(source)):
        if isinstance(function, ast.FunctionDef):
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and "UserSession" in _made_by(call):
                    found.append(function.name)
    return found


def _made_by(call: ast.Call) -> set[str]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    names = {name}
    if name in {"insert", "bulk_insert_mappings", "bulk_save_objects"}:
        names |= {getattr(part, "attr", getattr(part, "id", "")) for part in call.args}
    return names


def test_one_function_makes_sessions():
    found = {(path.name, name) for path in CODE for name in makers(path.read_text())}
    assert found == {("sessions.py", "create_session")}


def test_the_walk_finds_a_planted_second_way():
    assert makers("def f(s):\n    s.add(models.UserSession(user_id=1))") == ["f"]
    assert makers("def f(s):\n    s.execute(insert(UserSession), [])") == ["f"]


def test_only_a_digest_of_the_token_is_kept(app, office):
    with app.app_context(), transaction() as session:
        token = sessions.create_session(session, office.admin.id, now=clock.now(), address="::1", browser="x" * 99)
    with app.app_context():
        row = db.session.scalars(select(UserSession)).one()
        person = sessions.person_of(db.session(), token, now=clock.now())
    assert (person.id, person.initials) == (office.admin.id, "KE")
    assert token.encode() not in row.token_digest
    assert len(row.browser) == 60
    assert len(token) >= 43  # 256 bits


def test_a_made_up_token_is_nobody(app, office):
    with app.app_context():
        assert sessions.person_of(db.session(), "made up", now=clock.now()) is None


def test_browsers_are_called_by_their_names():
    engine = "AppleWebKit/537.36 (KHTML, like Gecko)"
    agents = {
        f"Mozilla/5.0 (Windows NT 10.0) {engine} Chrome/120.0 Safari/537.36 Edg/120.0": "Edge, Windows",
        f"Mozilla/5.0 (Linux; Android 14) {engine} Chrome/120.0 Mobile Safari/537.36": "Chrome, Android",
        "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0": "Firefox, Linux",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1": "Safari, iPhone",
        "curl/8": "",
    }
    assert {agent: sessions.browser_name(agent) for agent in agents} == agents
