"""How issued invoices go out: by e-mail with the paper, by Peppol when the file is sound, or printed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select, update

from infosoc.invoicing import delivering
from infosoc.invoicing import outgoing_jobs as jobs
from infosoc.invoicing.commands import deliveries as commands
from infosoc.invoicing.commands import issue
from infosoc.invoicing.models import Delivery, Invoice, InvoicePaper, InvoicingSettings
from infosoc.invoicing.rules.delivery import Channel, State
from infosoc.kernel.errors import NotFound
from infosoc.mailings import inbound, tokens
from infosoc.outbox import jobs as mail
from infosoc.outbox.models import OutboxMessage
from tests.invoicing.test_papers import drawn, issue_to_network
from tests.invoicing.world import NOW, issued, new_invoice
from tests.subscriptions.world import World


def work(house: World, worker) -> None:
    """What the worker's lanes do until there is nothing left."""
    for lane in (jobs.draw_papers, jobs.deliver, mail.send_waiting):
        while lane(worker, house.app):
            pass


@pytest.fixture(autouse=True)
def no_rest() -> None:
    delivering._rest_until.clear()


@pytest.fixture(autouse=True, scope="module")
def drawers() -> Iterator[None]:
    """The drawing processes of these tests, which know nothing of their databases, end with the last of them."""
    yield
    if jobs._drawers._pool is not None:
        jobs._drawers._pool.close()
        jobs._drawers._pool = None


def deliveries(house: World) -> list[Delivery]:
    with house.reading() as session:
        query = select(Delivery).order_by(Delivery.id).execution_options(populate_existing=True)
        return list(session.scalars(query))


def states(house: World) -> list[tuple[str, str]]:
    return [(one.channel, one.state) for one in deliveries(house)]


def of_invoices(house: World) -> list[tuple[str, str]]:
    with house.reading() as session:
        return [tuple(row) for row in session.execute(select(Invoice.delivery, Invoice.delivery_state))]


def set_access_point(house: World, name: str) -> None:
    with house.writing() as session:
        session.scalars(select(InvoicingSettings)).one().access_point = name


def send(house: World, public_id: str, channel: Channel, to: str = "") -> str:
    with house.writing() as session:
        return commands.send(session, public_id, channel, to, by=house.users["ekman"].id, now=NOW).public_id


# ---- by e-mail -------------------------------------------------------------------------------------------------------


def test_an_invoice_goes_out_by_mail_with_the_archived_paper(posting: World, sink, worker):
    (made,) = issued(posting, "draft:1")
    work(posting, worker)
    (letter,) = sink.letters
    assert letter["Subject"] == "Faktura 1 från Infosoc Exempel AB"
    assert letter["To"] == "bo@aker.example"
    text = letter.get_body(("plain",)).get_content()
    for words in ("Att betala: 1 250,00 kr", "2024-02-28", "991-2346", made.record.terms.ocr, "ekonomi@"):
        assert words in text.replace("\xa0", " "), words
    (paper,) = letter.iter_attachments()
    assert (paper.get_filename(), paper.get_content_type()) == ("1.pdf", "application/pdf")
    assert paper.get_content() == drawn(posting, made.public_id)
    assert states(posting) == [("email", "handed_over")]
    assert of_invoices(posting) == [("email", "handed_over")]
    work(posting, worker)
    assert len(sink.letters) == 1


def test_papers_of_a_batch_are_drawn_by_processes_and_each_once(posting: World, sink, worker):
    issued(posting, *(f"draft:{number}" for number in range(7)))
    work(posting, worker)
    assert len(sink.letters) == 7
    with posting.reading() as session:
        assert len(set(session.scalars(select(InvoicePaper.invoice_id)))) == 7
    folder = posting.app.extensions["settings"].data_dir / "invoices"
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 7


def test_while_the_mail_server_is_down_mail_waits_and_goes_out_later_once(posting: World, sink, worker):
    settings = posting.app.extensions["settings"]
    posting.app.extensions["settings"] = replace(settings, smtp_url="smtp://127.0.0.1:1")
    issued(posting, "draft:1")
    work(posting, worker)
    (one,) = deliveries(posting)
    assert (one.state, bool(one.problem)) == (State.CREATED, True)
    posting.app.extensions["settings"] = settings
    with posting.writing() as session:
        session.execute(update(OutboxMessage).values(not_before=NOW))
    work(posting, worker)
    assert len(sink.letters) == 1
    (one,) = deliveries(posting)
    assert (one.state, one.problem) == (State.HANDED_OVER, "")


def test_a_refused_address_is_shown_and_the_invoice_goes_to_another(posting: World, sink, worker):
    (made,) = issued(posting, "draft:1")
    sink.replies = ["550 5.1.1 no such person"]
    work(posting, worker)
    assert of_invoices(posting) == [("email", "failed")]
    assert "no such person" in deliveries(posting)[0].problem
    send(posting, made.public_id, Channel.EMAIL, "Ny@Aker.example")
    assert of_invoices(posting) == [("email", "created")]
    work(posting, worker)
    assert [letter["To"] for letter in sink.letters] == ["ny@aker.example"]
    assert states(posting) == [("email", "failed"), ("email", "handed_over")]
    assert of_invoices(posting) == [("email", "handed_over")]


BOUNCE = """From: MAILER-DAEMON@mx.example
To: kund@infosoc.example
Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; bo@aker.example
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

Subject: Faktura
Message-ID: {message_id}

--b--
"""


def test_a_letter_that_comes_back_is_shown_on_the_invoice(posting: World, sink, worker):
    issued(posting, "draft:1")
    work(posting, worker)
    keys = tokens.read_keys("1:" + "11" * 32)
    with posting.app.app_context():
        forged = BOUNCE.format(message_id="<aaaaaaaaaaa@infosoc.example>").encode()
        assert inbound.receive(forged, keys, now=NOW) == inbound.NOT_OURS
        assert of_invoices(posting) == [("email", "handed_over")]
        bounce = BOUNCE.format(message_id=sink.letters[0]["Message-ID"]).encode()
        assert inbound.receive(bounce, keys, now=NOW) == inbound.BOUNCED
        assert inbound.receive(bounce, keys, now=NOW) == inbound.READ_BEFORE
    assert of_invoices(posting) == [("email", "failed")]
    assert deliveries(posting)[0].problem == "5.1.1"


def test_an_address_that_is_none_fails_and_the_others_go(posting: World, sink, worker):
    with posting.writing() as session:
        wrong = new_invoice(session, posting, "a", recipient="")
        issue.issue_many(session, [wrong, new_invoice(session, posting, "b")], by=None, now=NOW)
    work(posting, worker)
    assert states(posting) == [("email", "failed"), ("email", "handed_over")]
    assert "not an e-mail address" in deliveries(posting)[0].problem


# ---- printed ---------------------------------------------------------------------------------------------------------


def test_a_printed_invoice_waits_until_somebody_says_so(house: World, worker):
    issued(house, "draft:1", delivery="print", recipient="")
    work(house, worker)
    (one,) = deliveries(house)
    assert (one.state, one.prepared_at is not None) == (State.CREATED, True)
    with house.writing() as session:
        assert commands.mark(session, [one.public_id], State.HANDED_OVER, by=house.users["ekman"].id, now=NOW) == 1
    assert of_invoices(house) == [("print", "handed_over")]
    with pytest.raises(commands.NotThatState), house.writing() as session:
        commands.mark(session, [one.public_id], State.HANDED_OVER, by=house.users["ekman"].id, now=NOW)
    with pytest.raises(NotFound), house.writing(house.theirs) as session:
        commands.mark(session, [one.public_id], State.FAILED, by=house.users["ekman"].id, now=NOW)


# ---- Peppol ----------------------------------------------------------------------------------------------------------


def test_an_e_invoice_that_breaks_a_rule_never_leaves_and_the_rules_are_named(house: World, worker):
    set_access_point(house, "folder")
    issued(house, "draft:1", delivery="peppol")
    work(house, worker)
    (one,) = deliveries(house)
    assert one.state == State.FAILED
    assert "PEPPOL-EN16931-R010: " in one.problem
    assert {"layer": "Peppol BIS Billing 3, own checks", "state": "broken"} in one.checked
    assert not list((data_dir(house) / "peppol").rglob("*.xml"))


def test_what_a_person_hands_over_waits_with_its_verdict(house: World, worker):
    issue_to_network(house)
    work(house, worker)
    (one,) = deliveries(house)
    assert (one.state, one.prepared_at is not None, one.problem) == (State.CREATED, True, "")
    assert {"layer": "Peppol's official rule file", "state": "not checked (none has been added)"} in one.checked


def data_dir(house: World) -> Path:
    return house.app.extensions["settings"].data_dir


def test_a_folder_gets_each_file_once_and_its_receipts_are_read(house: World, worker):
    set_access_point(house, "folder")
    issue_to_network(house)
    work(house, worker)
    (one,) = deliveries(house)
    folder = data_dir(house) / "peppol" / str(house.ours)
    (path,) = (folder / "outgoing").iterdir()
    assert path.name == f"1-{one.public_id}.xml"
    assert one.state == State.HANDED_OVER
    path.unlink()  # the access point has taken it
    work(house, worker)
    assert not list((folder / "outgoing").iterdir())
    receipts = folder / "receipts"
    receipts.mkdir()
    (receipts / "1.json").write_text(json.dumps({"delivery": one.public_id, "state": "delivered", "id": "AP-17"}))
    (receipts / "2.json").write_text("{")
    (receipts / "3.json").write_text(json.dumps({"delivery": "aaaaaaaaaaa", "state": "delivered"}))
    with house.app.app_context():
        jobs.read_receipts(NOW)
    (one,) = deliveries(house)
    assert (one.state, one.receipt) == (State.DELIVERED, "AP-17")
    assert of_invoices(house) == [("peppol", "delivered")]
    assert sorted(path.name for path in receipts.iterdir()) == ["2.unreadable", "read"]


@pytest.mark.parametrize("had_been_moved", [False, True])
def test_a_worker_ended_while_handing_over_to_a_folder_hands_over_once(house: World, worker, had_been_moved):
    set_access_point(house, "folder")
    issue_to_network(house)
    while jobs.draw_papers(worker, house.app):
        pass
    (one,) = deliveries(house)
    folder = data_dir(house) / "peppol" / str(house.ours)
    name = f"1-{one.public_id}.xml"
    (folder / "outgoing").mkdir(parents=True)
    if not had_been_moved:
        (folder / "prepared").mkdir()
        (folder / "prepared" / name).write_text("<prepared/>")
    with house.writing() as session:  # as a worker that died has left it
        session.execute(update(Delivery).values(receipt=one.public_id))
    work(house, worker)
    assert [path.name for path in (folder / "outgoing").iterdir()] == ([] if had_been_moved else [name])
    assert deliveries(house)[0].state == State.HANDED_OVER


class Network(BaseHTTPRequestHandler):
    """An access point: takes a file once per key, and answers what it is told to."""

    taken: dict[str, bytes] = {}
    answers: list[int] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            assert self.headers["Authorization"] == "Bearer hemlig"
            self.taken.setdefault(self.headers["Idempotency-Key"], body)
        self.say(status, {"id": "AP-1"})

    def do_GET(self) -> None:
        self.say(200, {"state": "delivered", "id": self.path.rpartition("/")[2]})

    def say(self, status: int, said: dict[str, str]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def network(house: World):
    Network.taken, Network.answers = {}, []
    server = HTTPServer(("127.0.0.1", 0), Network)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings = house.app.extensions["settings"]
    url = f"http://127.0.0.1:{server.server_port}/invoices"
    house.app.extensions["settings"] = replace(settings, peppol_url=url, peppol_token="hemlig")
    set_access_point(house, "http")
    yield Network
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_takes_each_file_once_and_tells_when_it_has_arrived(house: World, network, worker):
    network.answers = [503]
    public_id = issue_to_network(house)
    work(house, worker)
    (one,) = deliveries(house)
    assert (one.state, "503" in one.problem) == (State.CREATED, True)
    delivering._rest_until.clear()
    work(house, worker)
    (one,) = deliveries(house)
    assert (one.state, one.receipt, one.problem) == (State.HANDED_OVER, "AP-1", "")
    xml = house.client("ekman").get(f"/infosoc/invoices/{public_id}/xml").data
    assert network.taken == {one.public_id: xml}
    with house.app.app_context():
        jobs.ask_for_receipts(NOW)
    assert deliveries(house)[0].state == State.DELIVERED


def test_an_address_that_declines_says_why(house: World, network, worker):
    network.answers = [422]
    issue_to_network(house)
    work(house, worker)
    (one,) = deliveries(house)
    assert (one.state, "422" in one.problem) == (State.FAILED, True)


def test_sending_in_another_way_stops_what_had_not_gone(posting: World, sink, worker):
    public_id = issue_to_network(posting)
    send(posting, public_id, Channel.EMAIL, "kommun@gnosjo.example")
    work(posting, worker)
    assert states(posting) == [("peppol", "failed"), ("email", "handed_over")]
    assert len(sink.letters) == 1
