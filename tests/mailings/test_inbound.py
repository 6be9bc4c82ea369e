"""Mail that comes back: what is applied, what is ignored, and what waits for a person."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from infosoc.db.session import transaction
from infosoc.db.tenancy import every_tenant, tenant_scope
from infosoc.mailings import inbound, inbound_rules, jobs, tokens
from infosoc.mailings.inbound_rules import Kind
from infosoc.mailings.models import InboundMail, MailingRecipient
from infosoc.mailings.rules import RecipientState, State
from infosoc.suppression.models import Suppression
from infosoc.tenancy.models import Tenant
from infosoc.tenancy.queries import scope_named
from tests.builders import NOW, make_tenant
from tests.mailings.mails import arf, dsn, plain, vacation
from tests.mailings.posting import in_tenant, letters_of, mailing_of, make_posting

KEYS = {1: bytes.fromhex("11" * 32)}
DELIVERY = bytes(range(16))
TOKEN = tokens.token(DELIVERY, KEYS)


@pytest.fixture
def posted(mailing_app, session, sink, worker):
    made = make_posting(session, 2, privacy_email="privacy@infosoc.example")
    jobs.send_waiting(worker, mailing_app)
    return made


@pytest.fixture
def token(session, posted) -> str:
    return tokens.token(letters_of(session)[0].delivery, KEYS)


def suppressions(session) -> list[tuple[str, str, int | None]]:
    session.rollback()
    with every_tenant("a test looks"):
        rows = session.scalars(select(Suppression).order_by(Suppression.id))
        return [(row.kind, row.channel, row.list_id) for row in rows]


def receive(raw: bytes, **named) -> str:
    return inbound.receive(raw, KEYS, now=NOW, **named)


# ---- reading ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "is_permanent"),
    [("5.1.1", True), ("5.0.0", True), ("5.7.1", True), ("5.4.4", False), ("4.2.2", False), ("4.4.7", False)],
)
def test_m06_only_the_machine_part_of_a_bounce_decides(status, is_permanent):
    found = inbound_rules.read(dsn(TOKEN, status=status), KEYS)
    assert (found.kind, found.delivery, found.is_permanent) == (Kind.BOUNCE, DELIVERY, is_permanent)


def test_m06_a_delay_is_no_bounce():
    assert inbound_rules.read(dsn(TOKEN, status="4.4.1", action="delayed"), KEYS).kind is Kind.DELAY


def test_m06_a_bounce_without_a_machine_part_is_for_a_person():
    raw = dsn(TOKEN).replace(b"message/delivery-status", b"text/plain")
    assert inbound_rules.read(raw, KEYS) == inbound_rules.Incoming(Kind.UNREADABLE, DELIVERY)


@pytest.mark.parametrize("original", ["text/rfc822-headers", "message/rfc822"])
def test_m07_the_letter_is_found_in_what_the_bounce_quotes(original):
    raw = dsn(TOKEN, to="kund@infosoc.example", original=original)
    assert inbound_rules.read(raw, KEYS).delivery == DELIVERY


def test_m07_a_return_address_in_capitals_is_understood():
    raw = dsn(TOKEN, to=f"B+{TOKEN.upper()}@studs.infosoc.example").replace(b"List-Unsubscribe", b"X-Nothing")
    assert inbound_rules.read(raw, KEYS).delivery == DELIVERY


AUTOMATIC = [
    "Auto-Submitted: auto-replied", "Auto-Submitted: auto-generated; x=y", "Precedence: bulk", "Precedence: list",
    "Precedence: junk", "X-Autoreply: yes", "Return-Path: <>", "List-Id: <x.y>", "List-Unsubscribe: <mailto:a@b.se>",
]  # fmt: skip


@pytest.mark.parametrize("before", ["b", "u"])
@pytest.mark.parametrize("header", AUTOMATIC)
def test_m05_automatic_answers_never_count(header, before):
    assert inbound_rules.read(vacation(TOKEN, header, before=before), KEYS).kind is Kind.AUTOMATIC


def test_m05_planted_fault_without_its_header_the_same_answer_would_count():
    assert inbound_rules.read(vacation(TOKEN, "X-Nothing: 1", before="u"), KEYS).kind is Kind.UNSUBSCRIBE


def test_m31_only_the_token_in_the_address_counts_never_the_sender():
    spoofed = plain(f"u+{TOKEN}@studs.infosoc.example", sender="chefen@helt-annan.example", text="")
    assert inbound_rules.read(spoofed, KEYS) == inbound_rules.Incoming(Kind.UNSUBSCRIBE, DELIVERY)
    forged = plain(f"u+{TOKEN[:-3]}aaa@studs.infosoc.example")
    assert inbound_rules.read(forged, KEYS).kind is Kind.LETTER


def test_m31_the_envelope_tells_where_headers_do_not():
    hidden = plain("undisclosed-recipients:;")
    assert inbound_rules.read(hidden, KEYS, came_to=[f"u+{TOKEN}@x.example"]).kind is Kind.UNSUBSCRIBE


def test_m32_a_complaint_names_the_letter_in_what_it_quotes():
    assert inbound_rules.read(arf(TOKEN), KEYS) == inbound_rules.Incoming(Kind.COMPLAINT, DELIVERY)


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "Not-Spam"])
def test_m32_a_report_that_is_no_complaint_counts_as_none(kind):
    raw = arf(TOKEN).replace(b"Feedback-Type: abuse", f"Feedback-Type: {kind}".encode())
    assert kind.encode() in raw
    assert inbound_rules.read(raw, KEYS).kind is Kind.AUTOMATIC


@pytest.mark.parametrize("kind", ["abuse", "fraud", "opt-out", "other"])
def test_m32_every_other_report_of_this_form_is_a_complaint(kind):
    raw = arf(TOKEN).replace(b"Feedback-Type: abuse", f"feedback-type:{kind}".encode())
    assert inbound_rules.read(raw, KEYS).kind is Kind.COMPLAINT


QMAIL = """\
Return-Path: <>
From: {sender}
To: b+{token}@studs.infosoc.example
Subject: failure notice
{header}
Hi. This is the qmail-send program at mx.kund.example.

<person0@kund.example>:
Sorry, no mailbox here by that name. (#5.1.1)
"""


@pytest.mark.parametrize(
    ("sender", "header"),
    [("MAILER-DAEMON@mx.kund.example", ""), ("Postmaster <postmaster@kund.example>", "Auto-Submitted: auto-replied\n"),
     ("Mail Delivery System <x@kund.example>", "X-Failed-Recipients: person0@kund.example\n")],
)  # fmt: skip
def test_m06_a_bounce_in_words_alone_waits_for_a_person(sender, header):
    raw = QMAIL.format(sender=sender, header=header, token=TOKEN).encode()
    assert inbound_rules.read(raw, KEYS) == inbound_rules.Incoming(Kind.UNREADABLE, DELIVERY)


def test_m05_the_same_from_a_person_is_an_automatic_answer():
    raw = QMAIL.format(sender="Anna <anna@kund.example>", header="", token=TOKEN).encode()
    assert inbound_rules.read(raw, KEYS).kind is Kind.AUTOMATIC


def test_m05_a_receipt_of_reading_is_no_letter():
    raw = dsn(TOKEN, to="privacy@infosoc.example").replace(
        b"report-type=delivery-status", b"report-type=disposition-notification"
    )
    raw = raw.replace(b"Auto-Submitted: auto-replied\n", b"").replace(b"Return-Path: <>\n", b"")
    assert inbound_rules.read(raw, KEYS).kind is Kind.AUTOMATIC


def test_m06_a_report_that_does_not_say_of_what_is_read_by_its_parts():
    raw = dsn(TOKEN, status="5.1.1").replace(b"; report-type=delivery-status", b"")
    found = inbound_rules.read(raw, KEYS)
    assert (found.kind, found.status) == (Kind.BOUNCE, "5.1.1")


def test_an_html_letter_is_read_as_text():
    raw = plain("privacy@infosoc.example", text="<style>p{}</style><p>Ta <b>bort</b> mig</p>")
    found = inbound_rules.read(raw.replace(b"text/plain", b"text/html"), KEYS)
    assert found.text.split() == ["Ta", "bort", "mig"]


def test_p20_a_letter_in_an_alphabet_that_nobody_knows_is_read_all_the_same():
    raw = plain("privacy@infosoc.example", text="Ta bort mig").replace(b"charset=utf-8", b"charset=klingon")
    found = inbound_rules.read(raw, KEYS)
    assert (found.kind, found.sender, found.text) == (Kind.LETTER, "x@y.example", "Ta bort mig")


def test_no_sign_that_a_database_refuses_is_in_what_was_read():
    found = inbound_rules.read(plain("a@b.example", subject="=?utf-8?q?ta=00_bort?=", text="nu\0 genast"), KEYS)
    assert (found.subject, found.text) == ("ta bort", "nu genast")


@pytest.mark.parametrize("many", [50, 500, 5000])
@pytest.mark.parametrize("kind", ["multipart/mixed; boundary=b{n}\n\n--b{n}", "message/rfc822\n"])
def test_mail_in_mail_in_mail_breaks_nothing(kind, many):
    raw = f"To: b+{TOKEN}@x.example\n" + "".join(f"Content-Type: {kind.format(n=n)}\n" for n in range(many))
    assert inbound_rules.read(raw.encode(), KEYS).kind in Kind


def test_m06_a_bounce_that_brings_a_large_letter_back_is_a_bounce():
    raw = dsn(TOKEN, original="message/rfc822").replace(b"Subject: Nytt", b"Subject: Nytt\n\n" + b"x" * 3_000_000)
    assert inbound_rules.read(raw, KEYS).is_permanent


def test_m06_a_comment_after_the_action_is_no_other_action():
    assert inbound_rules.read(dsn(TOKEN, action="failed (mailbox gone)"), KEYS).is_permanent


def test_m06_a_bounce_of_an_address_in_other_letters_is_read():
    raw = dsn(TOKEN).replace(b"message/delivery-status", b"message/global-delivery-status")
    assert inbound_rules.read(raw, KEYS).is_permanent


@given(st.binary(max_size=400))
def test_nothing_that_comes_in_breaks_the_reader(raw):
    assert inbound_rules.read(raw, KEYS).kind in Kind


@given(st.data())
def test_a_mangled_report_breaks_nothing(data):
    raw = bytearray(data.draw(st.sampled_from([dsn(TOKEN), arf(TOKEN), dsn(TOKEN, original="message/rfc822")])))
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=20))
    assert inbound_rules.read(bytes(raw), KEYS).kind in Kind


@pytest.mark.parametrize(
    ("answer", "is_dead"),
    [
        ("550 5.1.1 no such user", True), ("550-5.1.1 first line", True), ("553 5.1.3 bad", True),
        ("550 5.1.10 null mx", True), ("550 5.7.1 spam", False), ("552 5.2.2 full", False), ("550 unknown", False),
        ("450 4.1.1 greylisted", False), ("550 5.1.100 odd", False),
    ],
)  # fmt: skip
def test_an_address_is_dead_only_by_the_servers_own_code(answer, is_dead):
    assert inbound_rules.is_dead_address(answer) is is_dead


# ---- applying --------------------------------------------------------------------------------------------------------


def test_m06_a_hard_bounce_is_counted_once_and_stops_all_letters(session, posted, token):
    assert receive(dsn(token)) == inbound.BOUNCED
    assert receive(dsn(token)) == inbound.READ_BEFORE
    assert receive(dsn(token, status="5.2.1")) == inbound.BOUNCED
    first = letters_of(session)[0]
    assert (first.state, first.problem) == (RecipientState.BOUNCED, "5.1.1")
    mailing = mailing_of(session)
    assert (mailing.sent, mailing.bounced) == (1, 1)
    assert suppressions(session) == [("bounced", "bounce", None)]


@pytest.mark.parametrize("status", ["4.2.2", "5.4.4"])
def test_m06_a_passing_fault_changes_nothing(session, posted, token, status):
    assert receive(dsn(token, status=status)) == inbound.TRANSIENT
    assert (letters_of(session)[0].state, suppressions(session)) == (RecipientState.SENT, [])


def test_m05_a_vacation_answer_changes_nothing_and_is_not_kept(session, posted, token):
    assert receive(vacation(token, "Auto-Submitted: auto-replied")) == inbound.IGNORED
    assert suppressions(session) == []
    session.rollback()
    assert session.scalars(select(InboundMail.content)).all() == [None]


def test_m31_a_mail_to_the_leaving_address_leaves_the_list(session, posted, token):
    assert receive(plain(f"u+{token}@studs.infosoc.example", text="")) == inbound.UNSUBSCRIBED
    assert suppressions(session) == [("no_mailings", "mail", posted.list_id)]
    assert mailing_of(session).unsubscribed == 1


def test_m32_a_complaint_is_an_opt_out_from_all_of_the_tenant_and_counted_once(session, posted, token):
    assert receive(arf(token)) == inbound.COMPLAINED
    receive(arf(token, to="other@infosoc.example"))
    assert suppressions(session) == [("complained", "complaint", None)]
    assert (letters_of(session)[0].complained_at, mailing_of(session).complained) == (NOW, 1)


def test_m24_bounces_stop_a_mailing_that_is_still_going(mailing_app, session, sink, worker):
    make_posting(session, 200, letters_per_hour=1500)
    jobs.send_waiting(worker, mailing_app)
    assert 25 <= mailing_of(session).sent < 40  # a slow machine gives time for some more
    for one in [tokens.token(letter.delivery, KEYS) for letter in letters_of(session)[:2]]:
        receive(dsn(one))
    assert mailing_of(session).state == State.STOPPED


def test_a_bounce_after_the_person_was_removed_still_counts(session, posted, token):
    with transaction() as writing, every_tenant("a test erases"):
        writing.execute(update(MailingRecipient).values(address="", fields={}, contact_id=None, company_id=None))
    assert receive(dsn(token)) == inbound.BOUNCED
    assert suppressions(session) == [("bounced", "bounce", None)]


def test_a_bounce_of_somebody_elses_mail_is_not_ours(session, posted):
    foreign = tokens.token(bytes(16), {1: b"\1" * 32})
    assert receive(dsn(foreign)) == inbound.NOT_OURS
    assert receive(dsn(tokens.token(bytes(16), KEYS))) == inbound.NOT_OURS


def test_m06_what_no_machine_can_read_waits_for_a_person_of_the_tenant(session, posted, token):
    raw = dsn(token).replace(b"message/delivery-status", b"text/plain")
    assert receive(raw) == inbound.WAITS
    session.rollback()
    with tenant_scope(scope_named(session, "infosoc")):
        (mail,) = inbound.waiting(session)
        assert (mail.content, mail.tenant_id) == (raw, posted.tenant_id)
    make_posting(session, 0, slug="rattsdata")
    with tenant_scope(scope_named(session, "rattsdata")):
        assert inbound.waiting(session) == []
    in_tenant(session, lambda writing: inbound.settle(writing, inbound.waiting(writing), mail.id, now=NOW))
    session.rollback()
    with tenant_scope(scope_named(session, "infosoc")):
        assert inbound.waiting(session) == []
    assert session.scalars(select(InboundMail.content)).all() == [None]


def test_t05_mail_that_is_nobodys_is_shown_to_no_tenant(session, posted):
    assert receive(plain("nobody@x.example")) == inbound.WAITS
    session.rollback()
    with tenant_scope(scope_named(session, "infosoc")):
        assert inbound.waiting(session) == []
        assert len(inbound.nobodys(session)) == 1


@pytest.fixture
def taken(monkeypatch):
    """What a higher domain would take."""
    letters: list[inbound.Letter] = []

    def take(session, letter):
        letters.append(letter)
        return "case opened"

    monkeypatch.setattr(inbound, "handlers", [take])
    return letters


def test_mail_to_the_privacy_address_is_handed_on_in_the_tenants_scope(session, posted, taken):
    assert receive(plain("Privacy <Privacy@infosoc.example>", text="Vad har ni om mig? Åsa")) == "case opened"
    (letter,) = taken
    assert (letter.tenant_id, letter.sender, letter.text) == (posted.tenant_id, "x@y.example", "Vad har ni om mig? Åsa")


def test_p20_who_writes_to_two_companies_asks_both(session, posted, taken):
    with transaction() as writing:
        other = make_tenant(writing, "rattsdata", name="Rättsdata").id
        writing.get_one(Tenant, other).settings = {"privacy_email": "privacy@rattsdata.example"}
    assert receive(plain("privacy@infosoc.example, privacy@rattsdata.example")) == "case opened"
    assert {letter.tenant_id for letter in taken} == {posted.tenant_id, other}


def test_a_mail_that_could_not_be_kept_is_not_called_read(session, posted, monkeypatch):
    def break_off(_session, _letter):
        raise IntegrityError("a rule of the database", None, Exception())

    monkeypatch.setattr(inbound, "handlers", [break_off])
    with pytest.raises(IntegrityError):
        receive(plain("privacy@infosoc.example"))


def test_m05_an_automatic_mail_to_the_privacy_address_opens_nothing(session, posted, taken):
    raw = b"Auto-Submitted: auto-replied\n" + plain("privacy@infosoc.example")
    assert (receive(raw), taken) == (inbound.IGNORED, [])


def test_old_mail_that_nobody_has_seen_to_is_let_go(session, posted, token):
    receive(dsn(token).replace(b"message/delivery-status", b"text/plain"))
    with every_tenant("regular work"):
        jobs.forget(NOW + timedelta(days=91))
    session.rollback()
    assert session.scalars(select(InboundMail.content)).all() == [None]
