"""Goal 9, first part: signing in against the password hash alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bench import pairs
from bench.asking import Asker
from bench.client import find_token
from bench.databases import EMAIL, PASSWORD, Databases
from bench.pairs import Options, Result

TITLE = "9. Sign in (POST to answer, in one process) against the Argon2id hash alone"
CALLS, LIMIT = 15, 1.3


def measure(options: Options, databases: Databases) -> Iterator[Result]:
    """On the smallest register: nothing here grows with it."""
    for backend in options.backends:
        app = databases.app(backend, min(options.rows))
        asker = Asker(app)
        hasher = app.extensions["hasher"]
        known = hasher.hash(PASSWORD)
        client = app.test_client()
        token = find_token(client.get("/login").text)
        asker.cookies = "; ".join(f"{one.key}={one.value}" for one in client._cookies.values())
        form = {"email": EMAIL, "password": PASSWORD, "csrf_token": token}
        sign_in = asker.work("/login", form=form, expect=303)
        hashed = partial(hasher.matches, known, PASSWORD)
        found = pairs.compared(sign_in, hashed, pairs=options.pairs, calls=CALLS)
        yield Result(f"{backend}: sign in", found.ratio, LIMIT, found.note)
