"""Invoices after a restore: papers are there to the byte, and nothing goes out a second time by itself."""

from __future__ import annotations

import tarfile
from dataclasses import replace

from sqlalchemy import select

from infosoc.documents import kept
from infosoc.invoicing import outgoing_jobs as jobs
from infosoc.invoicing import papers
from infosoc.invoicing.models import Delivery, Invoice
from infosoc.invoicing.queries import papers as queries
from infosoc.invoicing.rules.delivery import State
from infosoc.outbox import jobs as mail
from tests.cli.test_backup import elsewhere, programs, run  # noqa: F401 - fixtures
from tests.invoicing.conftest import house, sink, worker  # noqa: F401 - fixtures
from tests.invoicing.test_deliveries import no_rest, set_access_point  # noqa: F401 - a fixture
from tests.invoicing.test_papers import drawn, issue_to_network
from tests.invoicing.world import issued
from tests.subscriptions.world import World


def test_papers_come_back_and_what_waited_is_left_to_a_person(
    house: World, elsewhere, worker, sink, tmp_path_factory
):  # fmt: skip
    set_access_point(house, "folder")
    public_id = issue_to_network(house)
    for lane in (jobs.draw_papers, jobs.deliver):
        while lane(worker, house.app):
            pass
    paper = drawn(house, public_id)
    issued(house, "waits")
    file = tmp_path_factory.mktemp("backup") / "one.tar.gz"
    assert run(house.app, "backup", str(file)).exit_code == 0
    with tarfile.open(file) as tar:
        names = [name for name in tar.getnames() if "/peppol/" in name or "/locks/" in name]
    assert names == []

    pepper = elsewhere.extensions["settings"].data_dir / "suppression_pepper"
    assert not pepper.exists()
    said = run(elsewhere, "restore", str(file), "--yes")
    assert said.exit_code == 0, said.output
    there = World(elsewhere, house.ours, house.theirs, house.users, {}, {}, "", {}, "")
    with there.reading() as session:
        found = queries.at(session, public_id)
        assert kept.is_right(found.paper, kept.found(papers.data_dir(), found.paper))
        assert papers.pdf(found) == paper
        states = dict(session.execute(select(Invoice.number, Invoice.delivery_state)).all())
        assert states == {1: State.HANDED_OVER, 2: State.FAILED}
        assert "restored" in session.scalars(select(Delivery.problem).where(Delivery.state == State.FAILED)).one()
    settings = elsewhere.extensions["settings"]
    elsewhere.extensions["settings"] = replace(settings, smtp_url=sink.url, mail_from="kund@infosoc.example")
    for lane in (jobs.draw_papers, jobs.deliver, mail.send_waiting):
        assert lane(worker, elsewhere) is False
    assert sink.letters == []
