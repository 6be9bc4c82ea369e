"""BgMax: what is read, and that no change to a file goes unseen."""

from __future__ import annotations

import io
import tracemalloc
from datetime import date

import pytest

from infosoc.payments.readers import errors
from infosoc.payments.readers.files import read
from infosoc.payments.readers.records import (
    Deposit,
    Head,
    Opening,
    Payer,
    Payment,
    PaymentKind,
    Reference,
    ReferenceKind,
    Refusal,
    Remark,
)
from tests.payments.bank_files import OUR_ACCOUNT, BgMax, ordinary, pad


def events(data: bytes) -> list:
    return list(read(io.BytesIO(data)))


def payments(data: bytes) -> list[Payment]:
    return [one for one in events(data) if isinstance(one, Payment)]


def refused(data: bytes) -> errors.BankFileError:
    with pytest.raises(errors.BankFileError) as caught:
        events(data)
    assert str(caught.value).startswith(f"Line {caught.value.line}: ")
    return caught.value


def joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\r\n" for line in lines)


def test_a_file_is_read_into_a_head_sections_payments_and_deposits():
    head, opening, *paid, deposit = events(ordinary().bytes())
    assert head == Head("bgmax", "01", "20260305173035000123", is_test=False)
    assert opening == Opening(1, 2, "9912346", "SEK")
    assert [(one.kind, one.amount_ore) for one in paid] == [
        (PaymentKind.PAYMENT, 1_250_000), (PaymentKind.PAYMENT, 900_000), (PaymentKind.DEDUCTION, 100_000)
    ]  # fmt: skip
    assert deposit == Deposit(1, 12, 2_050_000, date(2026, 3, 5), "00042", OUR_ACCOUNT, 3)


def test_a_payment_holds_its_references_texts_and_payer():
    first, second, deduction = payments(ordinary().bytes())
    assert first.references == (Reference("1000173", ReferenceKind.CHECKED),)
    assert first.payer == Payer("Exempelkommunen", "", "Storgatan 1", "93181", "Skellefteå", "", "2120001231", "")
    assert (first.serial, first.line) == ("000000000101", 3)
    assert second.references == (
        Reference("FAKT 10002 OCH 10003", ReferenceKind.FREE), Reference("1000272", ReferenceKind.CHECKED)
    )  # fmt: skip
    assert second.texts == ("Avser mars, avdrag kredit 10004",)
    assert second.payer.account == "5551239"
    assert deduction.references[0].text == "1000470"


def test_extended_references_carry_their_amounts_and_those_of_credit_notes_are_below_zero():
    file = BgMax().section().pay(60_000, code="5").refer("1000173", 100_000, "4").refer("77", 40_000, "5", "23")
    (payment,) = payments(file.deposit().bytes())
    assert payment.references == (
        Reference("1000173", ReferenceKind.CHECKED, 100_000), Reference("77", ReferenceKind.FREE, -40_000, True)
    )  # fmt: skip


@pytest.mark.parametrize(("code", "is_last"), [("0", None), ("1", False), ("2", True)])
def test_a_deduction_tells_whether_more_of_it_is_to_come(code, is_last):
    file = BgMax().section().pay(50_000, "1000173").deduct(10_000, "1000470", code).deposit()
    assert payments(file.bytes())[1].is_last_part is is_last


@pytest.mark.parametrize(
    "as_banks_send_it",
    [
        lambda file: b"".join(line.rstrip() + b"\n" for line in file.lines()),
        lambda file: file.bytes(b"\n") + b"\n\r\n\n",
        lambda file: file.bytes().rstrip(),
        lambda file: file.bytes().decode("latin-1").encode(),
        lambda file: b"\xef\xbb\xbf" + file.bytes().decode("latin-1").encode(),
        lambda file: b"\n" + file.bytes() + b"\x1a",
    ],
    ids=["stripped", "empty lines", "no last line end", "UTF-8", "byte order mark", "old end mark"],
)
def test_files_are_read_as_banks_send_them(as_banks_send_it):
    assert payments(as_banks_send_it(ordinary()))[0].payer.town == "Skellefteå"
    assert len(events(as_banks_send_it(ordinary()))) == 6


def test_a_section_in_another_currency_is_refused_and_the_others_are_read():
    file = ordinary().section("EUR").pay(5_000, "1000173").deposit().section(bankgiro="50501055")
    found = events(file.pay(7_000, "1000272").deposit().bytes())
    (refusal,) = [one for one in found if isinstance(one, Refusal)]
    assert (refusal.section, refusal.line, refusal.payments) == (2, 13, 1)
    assert str(refusal.error) == "Line 13: the section is in EUR, and only SEK is booked here."
    assert [one.section for one in found if isinstance(one, Opening)] == [1, 3]
    assert [one.amount_ore for one in found if isinstance(one, Deposit)] == [2_050_000, 7_000]
    assert 5_000 not in [one.amount_ore for one in found if isinstance(one, Payment)]


def test_the_control_sum_of_a_section_in_another_currency_is_checked_too():
    assert type(refused(BgMax().section("EUR").pay(5_000).deposit(ore=5_001).bytes())) is errors.WrongSum


def test_an_unknown_record_is_passed_over_with_a_remark_the_first_time():
    lines = ordinary().lines()
    lines[4:4] = [pad((1, "98"), (3, "new"))] * 2
    remarks = [one for one in events(joined(lines)) if isinstance(one, Remark)]
    assert [str(one.error) for one in remarks] == ["Line 5: the record 98 is not known, and has been passed over."]
    assert len(payments(joined(lines))) == 3


def test_a_reference_that_the_bank_calls_right_but_is_not_gets_a_remark():
    (remark,) = [
        one for one in events(BgMax().section().pay(1, "1000174").deposit().bytes()) if isinstance(one, Remark)
    ]
    assert type(remark.error) is errors.WrongCheckDigit
    assert remark.line == 3


def test_a_test_file_says_so():
    assert events(BgMax(is_test=True).section().deposit().bytes())[0].is_test


def test_a_control_sum_that_is_not_right_names_the_line_and_both_sums():
    error = refused(ordinary().section().pay(100, "1000173").deposit(ore=200).bytes())
    assert type(error) is errors.WrongSum
    assert error.line == 15
    assert error.values["section"] == 2
    assert (error.values["found"], error.values["said"]) == ("1,00", "2,00")


@pytest.mark.parametrize("code", ["20", "21", "22", "15"])
def test_every_count_of_the_end_record_is_checked(code):
    file = ordinary()
    file.counts[code] += 1
    error = refused(file.bytes())
    assert type(error) is errors.WrongCount
    assert error.line == 13


def test_the_count_of_a_deposit_is_checked():
    assert type(refused(BgMax().section().pay(100, "1000173").deposit(count=2).bytes())) is errors.WrongCount


def test_a_line_taken_out_of_the_middle_is_noticed_when_it_bears_money_or_frames():
    lines = ordinary().lines()
    for gone, line in enumerate(lines):
        rest = lines[:gone] + lines[gone + 1 :]
        if line[:2] in (b"25", b"26", b"27", b"28", b"29"):
            continue  # nothing counts them
        assert refused(joined(rest))


def test_a_file_that_is_cut_off_is_refused_wherever_it_is_cut():
    data = ordinary().bytes()
    whole = data.rindex(b"70") + 34
    for end in range(whole):
        error = refused(data[:end])
        assert error.line >= 1
    assert type(refused(data[: data.rindex(b"70")])) is errors.CutOff
    assert refused(data[: data.rindex(b"70")]).line == 12


def test_a_changed_digit_of_any_amount_is_noticed():
    lines = ordinary().lines()
    for at, line in enumerate(lines):
        if line[:2] not in (b"20", b"21"):
            continue
        for position in range(37, 55):
            changed = bytearray(line)
            changed[position] = ord("0") + (line[position] - ord("0") + 1) % 10
            assert type(refused(joined([*lines[:at], bytes(changed), *lines[at + 1 :]]))) is errors.WrongSum


def test_two_files_in_one_are_refused_where_the_second_begins():
    one, two = ordinary().bytes(), ordinary().bytes()
    assert type(refused(one + two)) is errors.SecondFile
    assert refused(one + two).line == 14
    assert type(refused(one.rstrip() + two)) is errors.SecondFile
    assert type(refused(one[: one.rindex(b"70")] + two)) is errors.SecondFile


def test_what_follows_after_the_end_is_refused():
    assert type(refused(ordinary().bytes() + pad((1, "26"), (3, "more")))) is errors.AfterEnd


def test_the_same_deposit_twice_in_a_file_is_refused():
    file = ordinary()
    file.serial -= 1
    assert type(refused(file.section().pay(100, "1000173").deposit().bytes())) is errors.SameDepositTwice


@pytest.mark.parametrize(
    ("data", "kind", "line"),
    [
        (b"", errors.EmptyFile, 1),
        (b"\r\n\r\n", errors.EmptyFile, 2),
        (b"Datum;Belopp\n2026-03-05;100,00\n", errors.UnknownBankFile, 1),
        (b"\n\n%PDF-1.7 \xff\xfe\x00", errors.UnknownBankFile, 3),
        (b"01AUTOGIRO              20260305            BET. SPEC", errors.UnknownBankFile, 1),
        (b"01BGMAX               02" + b" " * 56, errors.UnknownVersion, 1),
        (b"01BGMAX               01" + b"x" * 70, errors.TooLong, 1),
        (pad((1, "01BGMAX"), (23, "01")) + b"\n" + pad((1, "200000000000")), errors.Misplaced, 2),
        (pad((1, "01BGMAX"), (23, "01")) + b"\nhej", errors.Misplaced, 2),
        (joined(BgMax().section("S3K").lines()), errors.NotACurrency, 2),
        (joined([*BgMax().section().lines()[:2], pad((1, "22"))]), errors.Misplaced, 3),
        (joined([*BgMax().section().lines()[:2], pad((1, "20"), (38, "   12,50"))]), errors.NotDigits, 3),
        (joined([*BgMax().section().records, *BgMax().section().records[1:]]), errors.Misplaced, 3),
    ],
)
def test_what_is_no_such_file_is_refused_with_line_and_reason(data, kind, line):
    error = refused(data)
    assert (type(error), error.line) == (kind, line)


def test_a_day_that_does_not_exist_and_a_change_of_currency_are_refused():
    lines = BgMax().section().pay(100, "1000173").deposit().lines()
    lines[3] = lines[3].replace(b"20260305", b"20260231")
    assert type(refused(joined(lines))) is errors.NotADate
    lines = BgMax().section().pay(100, "1000173").deposit().lines()
    lines[3] = lines[3].replace(b"SEK", b"EUR")
    assert type(refused(joined(lines))) is errors.CurrencyChanges


def test_a_payment_with_too_many_texts_is_refused():
    file = BgMax().section().pay(100, "1000173")
    for _ in range(91):
        file.say("25", (3, "text"))
    assert type(refused(file.deposit().bytes())) is errors.TooMuch


def test_memory_does_not_grow_with_the_file():
    file = BgMax().section()
    for number in range(8_000):
        file.pay(100, "1000173", serial=number).name(f"Kund {number}")
    stream = io.BytesIO(file.deposit().bytes())
    tracemalloc.start()
    assert sum(isinstance(one, Payment) for one in read(stream)) == 8_000
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 300_000
