"""camt.053 and camt.054 of several versions: what is read, and what is refused."""

from __future__ import annotations

import io
import re
import tracemalloc
from datetime import date

import pytest

from infosoc.payments.readers import errors
from infosoc.payments.readers.files import read
from infosoc.payments.readers.records import (
    Deposit,
    Head,
    Opening,
    Payment,
    PaymentKind,
    Reference,
    ReferenceKind,
    Refusal,
    Remark,
    Withdrawal,
)
from tests.payments.bank_files import Camt

VERSIONS = ["02", "04", "06", "08", "13"]
IBAN = "SE4550000000058398257466"


def events(data: bytes) -> list:
    return list(read(io.BytesIO(data)))


def of(kind, found: list) -> list:
    return [one for one in found if isinstance(one, kind)]


def refused(data: bytes) -> errors.BankFileError:
    with pytest.raises(errors.BankFileError) as caught:
        events(data)
    assert str(caught.value).startswith(f"Line {caught.value.line}: ")
    return caught.value


def ordinary(kind: str = "054", version: str = "02") -> Camt:
    file = Camt(kind, version)
    return file.entry(
        2_050_000,
        file.tx(1_250_000, ocr="1000173", name="Exempelkommunen", bankgiro="991-2346", serial="T1"),
        file.tx(900_000, text="Faktura 10002 och 10003", name="Åkeri AB"),
        file.tx(100_000, text="kredit 10004", debit=True),
        batch=3,
    )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["053", "054"])
def test_every_version_is_read_alike(kind, version):
    head, opening, first, second, deduction, deposit = events(ordinary(kind, version).bytes())
    assert head == Head(f"camt.{kind}", version, "MSG-7")
    assert opening == Opening(1, 6, IBAN, "SEK", "STMT-1")
    assert (first.kind, first.amount_ore) == (PaymentKind.PAYMENT, 1_250_000)
    assert first.references == (Reference("1000173", ReferenceKind.CHECKED),)
    assert (first.payer.name, first.payer.post_code, first.payer.town) == ("Exempelkommunen", "93181", "Skellefteå")
    assert (first.account, first.serial) == ("9912346", "T1")
    assert (second.texts, second.payer.name, second.account) == (("Faktura 10002 och 10003",), "Åkeri AB", "")
    assert (deduction.kind, deduction.amount_ore) == (PaymentKind.DEDUCTION, 100_000)
    assert deposit == Deposit(1, 6, 2_050_000, date(2026, 3, 5), "E1", IBAN, 3)


def test_credit_notes_of_structured_remittance_are_below_zero():
    file = Camt("054")
    strd = (
        "<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CINV</Cd></CdOrPrtry></Tp><Nb>10002</Nb></RfrdDocInf>"
        '<RfrdDocAmt><RmtdAmt Ccy="SEK">1000.00</RmtdAmt></RfrdDocAmt></Strd>'
        "<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>CREN</Cd></CdOrPrtry></Tp><Nb>10004</Nb></RfrdDocInf>"
        '<RfrdDocAmt><CdtNoteAmt Ccy="SEK">400.00</CdtNoteAmt></RfrdDocAmt><AddtlRmtInf>mars</AddtlRmtInf></Strd>'
    )
    (payment,) = of(Payment, events(file.entry(60_000, file.tx(60_000, strd=strd)).bytes()))
    assert payment.references == (
        Reference("10002", ReferenceKind.FREE, 100_000), Reference("10004", ReferenceKind.FREE, -40_000, True)
    )  # fmt: skip
    assert payment.texts == ("mars",)


def test_what_leaves_the_account_is_no_deposit_but_counts_in_the_balance():
    file = ordinary("053").entry(30_000, debit=True)
    found = events(file.bytes())
    assert of(Withdrawal, found) == [Withdrawal(2, 7, 30_000, False)]
    assert len(of(Deposit, found)) == 1


def undated(file: Camt) -> bytes:
    """Entries without a day, as the standard allows."""
    return re.sub(r"<(BookgDt|ValDt)><Dt>[^<]*</Dt></\1>", "", file.document()).encode()


def test_what_leaves_the_account_needs_no_day_but_a_deposit_does():
    found = events(undated(Camt("054").entry(30_000, debit=True)))
    assert of(Withdrawal, found) == [Withdrawal(1, 6, 30_000, False)]
    assert type(refused(undated(ordinary()))) is errors.Missing


def test_a_payment_that_the_bank_takes_back_gets_a_remark():
    found = events(ordinary("053").entry(30_000, debit=True, reversal=True).bytes())
    assert [type(one.error) for one in of(Remark, found)] == [errors.TakenBack]


def test_an_entry_that_is_not_booked_yet_is_passed_over():
    file = ordinary("053")
    found = events(file.entry(500, file.tx(500), status="PDNG").bytes())
    assert [type(one.error) for one in of(Remark, found)] == [errors.NotBooked]
    assert len(of(Payment, found)) == 3


def test_a_deposit_without_its_payments_says_that_they_come_elsewhere():
    _, _, remark, deposit = events(Camt("053").entry(2_050_000, batch=3).bytes())
    assert type(remark.error) is errors.WithoutDetails
    assert (deposit.amount_ore, deposit.payments) == (2_050_000, 0)


def test_an_entry_in_another_currency_is_refused_and_the_others_are_read():
    file = ordinary("053")
    found = events(file.entry(5_000, file.tx(5_000, currency="EUR"), currency="EUR").bytes())
    (refusal,) = of(Refusal, found)
    assert (refusal.section, refusal.line) == (2, 7)
    assert len(of(Deposit, found)) == 1


def test_one_payment_from_abroad_is_the_entrys_amount_in_sek():
    file = Camt("054")
    (payment,) = of(Payment, events(file.entry(11_200, file.tx(1_000, currency="EUR")).bytes()))
    assert payment.amount_ore == 11_200
    several = Camt("054")
    several.entry(11_200, several.tx(1_000, currency="EUR"), several.tx(200))
    assert type(refused(several.bytes())) is errors.Missing


def test_the_banks_charges_may_be_taken_from_the_deposit():
    file = Camt("054")
    assert events(file.entry(9_500, file.tx(10_000), charges=500).bytes())
    assert type(refused(Camt("054").entry(9_500, file.tx(10_000)).bytes())) is errors.WrongSum


def test_sums_counts_and_balances_are_checked():
    text = ordinary("053").document()
    assert type(refused(text.replace(">9000.00<", ">9000.01<").encode())) is errors.WrongSum
    assert type(refused(text.replace("<NbOfTxs>3", "<NbOfTxs>4").encode())) is errors.WrongCount
    assert type(refused(text.replace("<NbOfNtries>1", "<NbOfNtries>2").encode())) is errors.WrongCount
    assert type(refused(text.replace("<Sum>20500.00", "<Sum>20500.01").encode())) is errors.WrongSum
    off = ordinary("053")
    off.closing_ore = 3_050_001
    assert type(refused(off.bytes())) is errors.WrongBalance
    assert refused(off.bytes()).values["said"] == "30\u00a0500,01"


def test_the_balance_is_not_asked_of_one_page_of_a_statement():
    file = ordinary("053")
    file.closing_ore = 1
    paged = file.document().replace(
        "</Id><Acct>", "</Id><StmtPgntn><PgNb>1</PgNb><LastPgInd>false</LastPgInd></StmtPgntn><Acct>"
    )
    assert len(events(paged.encode())) == 6


def test_two_statements_are_two_but_the_same_twice_is_refused():
    text = ordinary("053").document()
    part = text[text.index("<Stmt>") : text.index("</BkTo")]
    other = part.replace("STMT-1", "STMT-2")
    assert [one.section for one in of(Deposit, events(text.replace(part, part + other).encode()))] == [1, 2]
    assert type(refused(text.replace(part, part + part).encode())) is errors.SameStatementTwice


def test_two_files_in_one_are_refused_where_the_second_begins():
    data = ordinary().bytes()
    error = refused(data + data)
    assert (type(error), error.line) == (errors.SecondFile, 8)


def test_a_file_that_is_cut_off_is_refused_wherever_it_is_cut():
    data = ordinary("053").bytes()
    for end in range(1, len(data.rstrip())):
        assert refused(data[:end])
    assert type(refused(data[: len(data) // 2])) is errors.CutOff


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (">12500.00<", ">12500,00<", errors.NotAnAmountHere),
        (">12500.00<", ">12500.005<", errors.NotAnAmountHere),
        (">12500.00<", ">-12500.00<", errors.NotAnAmountHere),
        ("2026-03-05</Dt></BookgDt>", "2026-02-31</Dt></BookgDt>", errors.NotADate),
        ("<CdtDbtInd>CRDT</CdtDbtInd><Sts>", "<Sts>", errors.Missing),
        ("</Sts>", "</Stx>", errors.NotXml),
        ("camt.054.001", "pain.001.001", errors.OtherMessage),
        ("camt.054.001", "camt.052.001", errors.OtherMessage),
        ("urn:iso:std:iso:20022:tech:xsd:camt.054.001.02", "urn:example", errors.UnknownBankFile),
        ("Document", "Invoice", errors.UnknownBankFile),
        ("<NbOfTxs>3", "<NbOfTxs>three", errors.NotAnAmountHere),
    ],
)
def test_what_is_wrong_is_named(before, after, kind):
    text = ordinary().document()
    assert before in text
    text = text.replace("Document", "Invoice") if after == "Invoice" else text.replace(before, after)
    text = text.replace("BkToCstmrDbtCdtNtfctn", "Body") if after == "urn:example" else text
    text = text.replace("tech:xsd:camt", "tech:none:camt") if after == "Invoice" else text
    assert type(refused(text.encode())) is kind


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE Document [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE Document SYSTEM "http://127.0.0.1:1/evil.dtd">',
    ],
)
def test_a_document_type_is_refused(declared):
    text = ordinary().document().replace("?>\n", f"?>{declared}\n", 1)
    assert type(refused(text.encode())) is errors.ForbiddenXml


@pytest.mark.parametrize("data", ["<a>" * 100, "<Document><BkToCstmrStmt><Stmt><Id>" + "x" * 30_000])
def test_what_is_too_deep_or_too_long_is_refused(data):
    assert type(refused(data.encode())) in (errors.TooMuch, errors.UnknownBankFile)


def test_other_encodings_and_prefixes_are_read():
    text = ordinary().document()
    latin = text.replace("UTF-8", "ISO-8859-1").encode("latin-1")
    assert of(Payment, events(latin))[1].payer.name == "Åkeri AB"
    assert len(events(text.replace("UTF-8", "UTF-16").encode("utf-16"))) == 6

    prefixed = re.sub(r"<(/?)(\w)", r"<\1b:\2", text).replace("xmlns=", "xmlns:b=")
    assert len(events(prefixed.encode())) == 6


def test_memory_does_not_grow_with_the_file():
    file = Camt("054")
    details = [file.tx(100, ocr="1000173", name=f"Kund {number}") for number in range(5_000)]
    stream = io.BytesIO(file.entry(500_000, *details).bytes())
    del details, file
    tracemalloc.start()
    assert sum(isinstance(one, Payment) for one in read(stream)) == 5_000
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1_500_000
