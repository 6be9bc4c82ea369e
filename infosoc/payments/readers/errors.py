"""What can be wrong with a bank file. Each names the line, says what is wrong, and what to do about it."""

from __future__ import annotations

from typing import Any

from infosoc.kernel.errors import Invalid
from infosoc.kernel.money import print_ore
from infosoc.kernel.words import N_


class BankFileError(Invalid):
    """The file cannot be used, and nothing of it is. `line` counts from 1."""

    code = "bank_file"

    def __init__(self, line: int, **values: Any) -> None:
        super().__init__(line=line, **values)
        self.line = line


class EmptyFile(BankFileError):
    message = N_("Line %(line)s: the file is empty.")


class UnknownBankFile(BankFileError):
    message = N_("Line %(line)s: this is neither BgMax nor camt.053 or camt.054. Fetch one of these from the bank.")


class OtherMessage(BankFileError):
    message = N_(
        "Line %(line)s: this is %(found)s, which holds no incoming payments that can be read here. Fetch BgMax,"
        " camt.053 or camt.054 from the bank."
    )


class UnknownVersion(BankFileError):
    message = N_("Line %(line)s: version %(version)s of %(format)s is not known here.")


class CutOff(BankFileError):
    message = N_("Line %(line)s: the file has been cut off: its end is missing. Fetch it from the bank again.")


class SecondFile(BankFileError):
    message = N_("Line %(line)s: a second file begins here. Import one file at a time.")


class AfterEnd(BankFileError):
    message = N_("Line %(line)s: something follows after the end of the file.")


class TooLong(BankFileError):
    message = N_("Line %(line)s: the line is too long for BgMax, whose lines have 80 characters.")


class Misplaced(BankFileError):
    message = N_("Line %(line)s: a record %(record)s cannot stand here. The file has been changed or is damaged.")


class NotDigits(BankFileError):
    message = N_("Line %(line)s: positions %(start)s–%(end)s must be digits. The file has been changed or is damaged.")


class NotADate(BankFileError):
    message = N_("Line %(line)s: “%(found)s” is not a date.")


class NotACurrency(BankFileError):
    message = N_("Line %(line)s: “%(found)s” is not a currency.")


class NotAnAmountHere(BankFileError):
    message = N_("Line %(line)s: “%(found)s” is not an amount.")


class Missing(BankFileError):
    message = N_("Line %(line)s: the element %(element)s is missing.")


class CurrencyChanges(BankFileError):
    message = N_("Line %(line)s: the deposit is in %(found)s, but its section began in %(said)s.")


class SameDepositTwice(BankFileError):
    message = N_("Line %(line)s: the deposit %(serial)s to account %(account)s stands in the file twice.")


class SameStatementTwice(BankFileError):
    message = N_("Line %(line)s: the statement %(statement)s stands in the file twice.")


class WrongCount(BankFileError):
    message = N_(
        "Line %(line)s: there should be %(said)s of “%(what)s” by the control figure, but %(found)s have been read."
        " The file has been changed or is damaged."
    )


class WrongSum(BankFileError):
    message = N_(
        "Line %(line)s: the payments of section %(section)s come to %(found)s kr, but %(said)s kr by the control sum."
        " The file has been changed or is damaged."
    )

    def __init__(self, line: int, *, section: int, found_ore: int, said_ore: int) -> None:
        found, said = print_ore(found_ore), print_ore(said_ore)
        super().__init__(line, section=section, found=found, said=said)


class WrongBalance(BankFileError):
    message = N_(
        "Line %(line)s: by its entries, statement %(statement)s should end at %(found)s kr, but it says %(said)s kr."
        " The file has been changed or is damaged."
    )

    def __init__(self, line: int, *, statement: str, found_ore: int, said_ore: int) -> None:
        super().__init__(line, statement=statement, found=print_ore(found_ore), said=print_ore(said_ore))


class NotXml(BankFileError):
    message = N_("Line %(line)s: the XML is damaged (%(reason)s).")


class ForbiddenXml(BankFileError):
    message = N_("Line %(line)s: the XML holds a document type or entities, which no bank sends.")


class TooMuch(BankFileError):
    message = N_("Line %(line)s: more than can belong to one payment.")


# --- What stops one section only ------------------------------------------------------------------------------------


class ForeignCurrency(BankFileError):
    code = "foreign_currency"
    message = N_("Line %(line)s: the section is in %(currency)s, and only SEK is booked here.")


# --- What stops nothing ---------------------------------------------------------------------------------------------


class UnknownRecord(BankFileError):
    message = N_("Line %(line)s: the record %(record)s is not known, and has been passed over.")


class WrongCheckDigit(BankFileError):
    message = N_("Line %(line)s: the bank calls %(reference)s a right OCR reference, but its check digit is wrong.")


class NotBooked(BankFileError):
    message = N_("Line %(line)s: the entry is not booked by the bank yet, and has been passed over.")


class TakenBack(BankFileError):
    message = N_("Line %(line)s: the bank takes an earlier payment back. Deal with it by hand.")


class WithoutDetails(BankFileError):
    message = N_("Line %(line)s: the deposit comes without its payments. They come in camt.054 or BgMax.")
