"""The values of one camt element, and what a payment is made of. Paths are relative to the element."""

from __future__ import annotations

import re
from datetime import date

from infosoc.kernel.money import LARGEST_ORE, ORE
from infosoc.payments.readers import errors
from infosoc.payments.readers.records import SEK, Payer, Reference, ReferenceKind

Values = dict[str, list[str]]

_AMOUNT = re.compile(r"(\d{1,15})(?:\.(\d{1,5}))?")
_OUR_NUMBERS = frozenset({"BGNR", "PGNR"})
_PAYERS = ("RltdPties/Dbtr", "RltdPties/Dbtr/Pty", "RltdPties/UltmtDbtr", "RltdPties/UltmtDbtr/Pty")
CREDIT_NOTE = "CREN"


def first(values: Values, *keys: str) -> str:
    """The first value under the first of these paths that has one; else nothing."""
    for key in keys:
        if key in values:
            return values[key][0]
    return ""


def amount_ore(line: int, text: str) -> int:
    """An amount such as `1250` or `1250.00` in whole öre; up to five decimals are allowed, parts of öre are not."""
    found = _AMOUNT.fullmatch(text)
    if not found:
        raise errors.NotAnAmountHere(line, found=text[:40])
    decimals = (found[2] or "").ljust(5, "0")
    amount = int(found[1]) * ORE + int(decimals[:2])
    if decimals[2:] != "000" or amount > LARGEST_ORE:
        raise errors.NotAnAmountHere(line, found=text)
    return amount


def amount_in_sek(values: Values, line: int, *keys: str) -> int | None:
    """The amount under the first of these paths that has one; None when it is in another currency, or there is none."""
    for key in keys:
        if key in values and first(values, f"{key}@Ccy") == SEK:
            return amount_ore(line, values[key][0])
    return None


def is_debit(values: Values, line: int, otherwise: str = "") -> bool:
    found = first(values, "CdtDbtInd") or otherwise
    if found not in ("CRDT", "DBIT"):
        raise errors.Missing(line, element="CdtDbtInd")
    return found == "DBIT"


def day(values: Values, line: int, element: str) -> date | None:
    """The day of `BookgDt`, `ValDt` and the like, with or without the time of day; none where it is not said."""
    text = first(values, f"{element}/Dt", f"{element}/DtTm")[:10]
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise errors.NotADate(line, found=text) from error


def account(values: Values) -> str:
    """The account of a statement: IBAN, or the bank's own number."""
    return first(values, "Id/IBAN", "Id/Othr/Id").replace(" ", "")


def payer(values: Values) -> Payer:
    """Who has paid; since version 8 a party stands one step deeper."""
    who = next((one for one in _PAYERS if f"{one}/Nm" in values), _PAYERS[0])
    street = " ".join(filter(None, (first(values, f"{who}/PstlAdr/StrtNm"), first(values, f"{who}/PstlAdr/BldgNb"))))
    return Payer(
        name=first(values, f"{who}/Nm"),
        address=street or ", ".join(values.get(f"{who}/PstlAdr/AdrLine", ())),
        post_code=first(values, f"{who}/PstlAdr/PstCd"),
        town=first(values, f"{who}/PstlAdr/TwnNm"),
        country=first(values, f"{who}/PstlAdr/Ctry"),
        organisation_number=first(values, f"{who}/Id/OrgId/Othr/Id"),
        account=first(values, "RltdPties/DbtrAcct/Id/IBAN", "RltdPties/DbtrAcct/Id/Othr/Id"),
    )


def sent_to(values: Values) -> str:
    """Our bankgiro or plusgiro that the payer has used, when the bank says so."""
    root = "RltdPties/CdtrAcct/Id/Othr"
    if first(values, f"{root}/SchmeNm/Prtry", f"{root}/SchmeNm/Cd") in _OUR_NUMBERS:
        return first(values, f"{root}/Id").replace("-", "").lstrip("0")
    return ""


def structured(values: Values, line: int) -> Reference | None:
    """One reference of structured remittance information: what is paid, or the credit note that is made use of."""
    text = first(values, "CdtrRefInf/Ref", "RfrdDocInf/Nb")
    if not text:
        return None
    is_credit = first(values, "RfrdDocInf/Tp/CdOrPrtry/Cd") == CREDIT_NOTE or "RfrdDocAmt/CdtNoteAmt" in values
    named = amount_in_sek(values, line, "RfrdDocAmt/CdtNoteAmt", "RfrdDocAmt/RmtdAmt")
    kind = ReferenceKind.CHECKED if "CdtrRefInf/Ref" in values else ReferenceKind.FREE
    return Reference(text, kind, -named if named and is_credit else named, is_credit)
