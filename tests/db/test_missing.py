"""Rows that must be there before they are looked at."""

from __future__ import annotations

from sqlalchemy import select

from infosoc.accounts.models import SignInAttempt
from infosoc.db.missing import add_missing
from infosoc.db.session import db, transaction
from tests.builders import NOW


def test_what_is_there_stays_as_it_is(app):
    for failures, digests in ((3, [b"a", b"b"]), (0, [b"b", b"c"])):
        rows = [{"subject_digest": one, "failures": failures, "last_at": NOW} for one in digests]
        with app.app_context(), transaction() as session:
            add_missing(session, SignInAttempt, rows)
    with app.app_context():
        query = select(SignInAttempt.subject_digest, SignInAttempt.failures).order_by(SignInAttempt.subject_digest)
        assert [tuple(row) for row in db.session.execute(query)] == [(b"a", 3), (b"b", 3), (b"c", 0)]
