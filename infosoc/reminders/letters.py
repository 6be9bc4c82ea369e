"""The letters themselves: as PDF in the invoices' design, drawn once and kept, and as the text of an e-mail."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask import current_app, render_template
from flask_babel import force_locale, gettext
from sqlalchemy import ColumnElement, select

from infosoc.db.session import db, transaction
from infosoc.db.tenancy import current_scope
from infosoc.documents import kept
from infosoc.documents.archival import Drawing, draw_archival
from infosoc.documents.kept import Kept
from infosoc.invoicing import paper
from infosoc.invoicing.rules import archive
from infosoc.invoicing.rules.accounts import format_bankgiro, format_iban, format_plusgiro
from infosoc.kernel import clock
from infosoc.kernel.errors import NotFound, Refused
from infosoc.kernel.money import print_ore
from infosoc.kernel.words import N_
from infosoc.reminders.models import Reminder, ReminderPaper
from infosoc.reminders.rules.letter import InterestRow, Printed

TURN = "reminder-paper"
Fact = tuple[str, str]


class LetterLost(Refused):
    message = N_(
        "The file of the letter about invoice %(number)s is gone or has been changed: %(file)s. "
        "Put it back from a backup."
    )


@dataclass(frozen=True)
class Written:
    """A letter apart from its row."""

    id: int
    public_id: str
    printed: Printed
    paper: Kept | None

    @property
    def file_name(self) -> str:
        return f"{self.printed.invoice_number}-{self.printed.written_on}.pdf"


@dataclass(frozen=True)
class Amount:
    """A row of what is to be paid; `below` says how it was counted."""

    text: str
    amount: str
    below: str = ""


@dataclass(frozen=True)
class Sheet:
    """All that the template prints, as text."""

    title: str
    intro: list[str]
    facts: list[Fact]
    recipient: list[str]
    rows: list[Amount]
    total: Amount
    closing: list[str]
    payment: list[Fact]
    advice: str
    footer: list[list[str]]


def at(public_id: str) -> Written:
    """The letter at this address."""
    return _one(Reminder.public_id == public_id)


def with_id(reminder_id: int) -> Written:
    return _one(Reminder.id == reminder_id)


def _one(which: ColumnElement[bool]) -> Written:
    query = select(
        Reminder.id, Reminder.public_id, Reminder.record, ReminderPaper.file, ReminderPaper.sha256, ReminderPaper.size
    ).outerjoin(ReminderPaper, ReminderPaper.reminder_id == Reminder.id)
    row = db.session().execute(query.where(which)).one_or_none()
    if row is None:
        raise NotFound
    at_id, public_id, record, file, sha256, size = row
    return Written(at_id, public_id, archive.read(Printed, record), Kept(file, sha256, size) if file else None)


# ---- the paper -------------------------------------------------------------------------------------------------------


def pdf(letter: Written) -> bytes:
    """The paper; drawn now if nobody has yet. Opens a transaction of its own then."""
    if letter.paper is not None:
        return _checked(letter, letter.paper)
    with kept.turn(_data_dir(), TURN, letter.id):
        db.session().rollback()  # what has been committed while we waited is to be seen
        there = with_id(letter.id)
        if there.paper is not None:
            return _checked(letter, there.paper)
        content = draw_archival(drawing(letter.printed))
        folder = f"reminders/{current_scope().tenant_id}/{letter.printed.written_on.year}"
        made = kept.keep(_data_dir(), folder, f"{letter.printed.invoice_number}-{letter.id}", ".pdf", content)
        with transaction() as session:
            session.add(
                ReminderPaper(
                    reminder_id=letter.id, file=made.file, sha256=made.sha256, size=made.size, made_at=clock.now()
                )
            )
        return content


def _checked(letter: Written, there: Kept) -> bytes:
    """As it was drawn; a file that is gone is put back where a new drawing is the same to the byte."""
    content = kept.found(_data_dir(), there)
    if content is not None and kept.is_right(there, content):
        return content
    again = draw_archival(drawing(letter.printed))
    if not kept.is_right(there, again):
        raise LetterLost(number=letter.printed.invoice_number, file=there.file)
    kept.write_whole(_data_dir() / there.file, again)
    return again


def drawing(printed: Printed) -> Drawing:
    """What the PDF is drawn of."""
    return Drawing(html(printed), paper.SHEET.read_text(), printed.written_on)


def html(printed: Printed) -> str:
    """The letter as the HTML that the PDF is drawn of."""
    with force_locale(printed.language):
        template = current_app.jinja_env.get_template("pdf/reminder.html")
        return template.render(sheet=_sheet(printed), letter=printed, language=printed.language)


def _data_dir() -> Path:
    folder: Path = current_app.extensions["settings"].data_dir
    return folder


def _sheet(letter: Printed) -> Sheet:
    return Sheet(
        title(letter), _intro(letter), _facts(letter), paper.recipient(letter.buyer), _rows(letter),
        Amount(
            gettext("To pay"), gettext("SEK %(amount)s", amount=_kr(letter, letter.to_pay_ore)),
            gettext("by %(day)s at the latest", day=letter.pay_by),
        ),
        _closing(letter), _payment(letter), _advice(letter), paper.footer(letter.seller),
    )  # fmt: skip


def _advice(letter: Printed) -> str:
    if letter.ocr:
        return gettext("Please state the OCR number when you pay.")
    return gettext("Please state the invoice number when you pay.")


def title(letter: Printed) -> str:
    return gettext("Collection demand") if letter.is_demand else gettext("Reminder")


def _kr(letter: Printed, ore: int) -> str:
    return print_ore(ore, locale=letter.language)


def _facts(letter: Printed) -> list[Fact]:
    facts = [
        (gettext("Date"), letter.written_on.isoformat()), (gettext("Invoice number"), letter.invoice_number),
        (gettext("Invoice date"), letter.issued_on.isoformat()), (gettext("Due date"), letter.due_on.isoformat()),
        (gettext("Customer number"), letter.customer_number), (gettext("Your reference"), letter.reference),
    ]  # fmt: skip
    return [(label, value) for label, value in facts if value]


def _intro(letter: Printed) -> list[str]:
    number, day = letter.invoice_number, letter.due_on
    if letter.is_demand:
        return [
            gettext(
                "%(creditor)s asks %(debtor)s to pay invoice %(number)s, which fell due on %(due)s and has not been "
                "paid in full. This is a demand under the Swedish Debt Collection Act.",
                creditor=letter.seller.party.name, debtor=letter.buyer.name, number=number, due=day,
            )
        ]  # fmt: skip
    said = gettext(
        "We have not seen your payment of invoice %(number)s, which fell due on %(due)s.", number=number, due=day
    )
    return [said]


def _rows(letter: Printed) -> list[Amount]:
    rows = [Amount(gettext("Invoice %(number)s", number=letter.invoice_number), _kr(letter, letter.principal_ore))]
    if letter.settled_ore:
        rows.append(Amount(gettext("Paid or credited"), _kr(letter, -letter.settled_ore)))
    rows += [_interest(letter, one) for one in letter.interest]
    if letter.compensation_ore:
        law = gettext("Act (1981:739), section 4 a")
        rows.append(Amount(gettext("Compensation for late payment"), _kr(letter, letter.compensation_ore), law))
    if letter.fees_ore:
        law = gettext("Act (1981:739) on compensation for debt collection costs")
        text = gettext("Reminder and collection fees") if letter.is_demand else gettext("Reminder fee")
        rows.append(Amount(text, _kr(letter, letter.fees_ore), law))
    if letter.paid_ore:
        rows.append(Amount(gettext("Paid of interest and costs"), _kr(letter, -letter.paid_ore)))
    return rows


def _interest(letter: Printed, row: InterestRow) -> Amount:
    text = gettext("Late interest %(first)s – %(last)s", first=row.first, last=row.last)
    principal = _kr(letter, row.principal_ore)
    percent = row.percent if letter.language == "sv" else row.percent.replace(",", ".")
    below = gettext("%(percent)s %% a year on SEK %(principal)s", percent=percent, principal=principal)
    return Amount(text, _kr(letter, row.amount_ore), below)


def _closing(letter: Printed) -> list[str]:
    said = []
    if letter.interest:
        said.append(
            gettext("Interest goes on until the invoice is paid, at the reference rate plus 8 percentage points.")
        )
    if letter.is_demand:
        said.append(
            gettext(
                "If you do not pay by %(day)s, we may apply for an order to pay from the Enforcement Authority, or "
                "hand the claim over to a collection company, which costs you more.", day=letter.pay_by,
            )
        )  # fmt: skip
        said.append(gettext("If you think that the claim is wrong, tell us why, in writing, before that day."))
    else:
        said.append(gettext("If you have paid during the last days, you need not do anything."))
    return said


def _payment(letter: Printed) -> list[Fact]:
    seller = letter.seller
    facts = [
        (gettext("Bankgiro"), format_bankgiro(seller.bankgiro) if seller.bankgiro else ""),
        (gettext("Plusgiro"), format_plusgiro(seller.plusgiro) if seller.plusgiro else ""),
        ("IBAN", format_iban(seller.iban) if seller.iban else ""), ("BIC", seller.bic),
        (gettext("OCR number"), letter.ocr), (gettext("Reference"), "" if letter.ocr else letter.invoice_number),
        (gettext("Pay by"), letter.pay_by.isoformat()),
        (gettext("To pay"), gettext("SEK %(amount)s", amount=_kr(letter, letter.to_pay_ore))),
    ]  # fmt: skip
    return [(label, value) for label, value in facts if value]


# ---- the e-mail ------------------------------------------------------------------------------------------------------


def mail(letter: Printed) -> tuple[str, str]:
    """Subject and text, in the letter's language."""
    with force_locale(letter.language):
        name, number = letter.seller.party.name, letter.invoice_number
        if letter.is_demand:
            subject = gettext("Collection demand for invoice %(number)s from %(company)s", number=number, company=name)
        else:
            subject = gettext("Reminder of invoice %(number)s from %(company)s", number=number, company=name)
        return " ".join(subject.split())[:200], render_template(
            "email/reminder.txt", letter=letter, sheet=_sheet(letter)
        )
