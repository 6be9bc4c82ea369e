"""Bank files made for the tests: every position and control figure as the manuals say. All names are invented."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

DAY = date(2026, 3, 5)
BANKGIRO = "9912346"
OUR_ACCOUNT = "902000012345678"


def pad(*cells: tuple[int, str]) -> bytes:
    """A line of 80 characters with these texts from these positions on."""
    line = [" "] * 80
    for start, text in cells:
        line[start - 1 : start - 1 + len(text)] = text
    assert len(line) == 80
    return "".join(line).encode("latin-1")


@dataclass
class BgMax:
    """Sections and payments are added in order; `lines()` puts the end record on."""

    is_test: bool = False
    records: list[bytes] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(("20", "21", "22", "15"), 0))
    currency: str = "SEK"
    bankgiro: str = BANKGIRO
    sum_ore: int = 0
    in_section: int = 0
    serial: int = 41

    def __post_init__(self) -> None:
        mark = "T" if self.is_test else "P"
        self.records.append(pad((1, "01BGMAX"), (23, "01"), (25, "20260305173035000123"), (45, mark)))

    def section(self, currency: str = "SEK", bankgiro: str = BANKGIRO) -> BgMax:
        self.currency, self.bankgiro, self.sum_ore, self.in_section = currency, bankgiro, 0, 0
        self.records.append(pad((1, "05" + bankgiro.zfill(10)), (23, currency)))
        return self

    def pay(
        self, ore: int, reference: str = "", code: str = "2", *, record: str = "20", sender: str = "0", serial: int = 0,
        deduction: str = " ",
    ) -> BgMax:  # fmt: skip
        self.records.append(
            pad((1, record + sender.zfill(10)), (13, reference.rjust(25)), (38, f"{ore:018d}{code}1"),
                (58, f"{serial:012d}0"), (71, deduction))
        )  # fmt: skip
        self.counts[record] += 1
        self.in_section += 1
        self.sum_ore += ore if record == "20" else -ore
        return self

    def deduct(self, ore: int, reference: str, deduction: str = "0") -> BgMax:
        return self.pay(ore, reference, record="21", deduction=deduction)

    def refer(self, reference: str, ore: int = 0, code: str = "2", record: str = "22") -> BgMax:
        self.records.append(pad((1, record + "0" * 10), (13, reference.rjust(25)), (38, f"{ore:018d}{code}1")))
        self.counts["22"] += 1
        return self

    def say(self, code: str, *cells: tuple[int, str]) -> BgMax:
        self.records.append(pad((1, code), *cells))
        return self

    def name(self, name: str, extra: str = "") -> BgMax:
        return self.say("26", (3, name), (38, extra))

    def deposit(self, *, ore: int | None = None, count: int | None = None, on: date = DAY) -> BgMax:
        self.serial += 1
        ore = self.sum_ore if ore is None else ore
        count = self.in_section if count is None else count
        self.records.append(
            pad((1, "15" + OUR_ACCOUNT.zfill(35)), (38, f"{on:%Y%m%d}{self.serial:05d}{ore:018d}"), (69, self.currency),
                (72, f"{count:08d}"))
        )  # fmt: skip
        self.counts["15"] += 1
        return self

    def lines(self) -> list[bytes]:
        counts = "".join(f"{self.counts[code]:08d}" for code in ("20", "21", "22", "15"))
        return [*self.records, pad((1, "70" + counts))]

    def bytes(self, end: bytes = b"\r\n") -> bytes:
        return b"".join(line + end for line in self.lines())


def ordinary() -> BgMax:
    """Two payments and a deduction in one deposit: 21 500,00 - 1 000,00 = 20 500,00 kr."""
    file = BgMax().section()
    file.pay(1_250_000, "1000173", serial=101).name("Exempelkommunen")
    file.say("27", (3, "Storgatan 1"), (38, "93181")).say("28", (3, "Skellefteå")).say("29", (3, "002120001231"))
    file.pay(900_000, "FAKT 10002 OCH 10003", code="3", sender="5551239", serial=102).refer("1000272")
    file.say("25", (3, "Avser mars, avdrag kredit 10004"))
    return file.deduct(100_000, "1000470").deposit()


def kronor(ore: int) -> str:
    return f"{ore // 100}.{ore % 100:02d}"


@dataclass
class Camt:
    """camt.053 or camt.054 with the elements where the version has them; since version 8 parties stand deeper."""

    kind: str = "053"
    version: str = "02"
    currency: str = "SEK"
    entries: list[str] = field(default_factory=list)
    opening_ore: int | None = 10_000_00
    booked_ore: int = 0
    credits: list[int] = field(default_factory=list)
    number: str = "STMT-1"
    closing_ore: int | None = None
    summary: bool = True
    account: str = "<IBAN>SE4550000000058398257466</IBAN>"

    @property
    def is_new(self) -> bool:
        return int(self.version) >= 8

    def entry(
        self, ore: int, *details: str, debit: bool = False, reversal: bool = False, status: str = "BOOK",
        currency: str = "", batch: int | None = None, charges: int = 0,
    ) -> Camt:  # fmt: skip
        """One entry of the account, with its payments (made by `tx`)."""
        if status == "BOOK":
            in_account = 0 if currency else ore
            self.booked_ore += -in_account if debit else in_account
            if not debit:
                self.credits.append(in_account)
        state = f"<Cd>{status}</Cd>" if self.is_new else status
        number = f"<Btch><NbOfTxs>{batch}</NbOfTxs></Btch>" if batch is not None else ""
        inner = f"<NtryDtls>{number}{''.join(details)}</NtryDtls>" if details or number else ""
        cost = f'<Chrgs><TtlChrgsAndTaxAmt Ccy="SEK">{kronor(charges)}</TtlChrgsAndTaxAmt></Chrgs>' if charges else ""
        self.entries.append(
            f'<Ntry><Amt Ccy="{currency or self.currency}">{kronor(ore)}</Amt>'
            f"<CdtDbtInd>{'DBIT' if debit else 'CRDT'}</CdtDbtInd>{'<RvslInd>true</RvslInd>' if reversal else ''}"
            f"<Sts>{state}</Sts><BookgDt><Dt>2026-03-05</Dt></BookgDt><ValDt><Dt>2026-03-05</Dt></ValDt>"
            f"<AcctSvcrRef>E{len(self.entries) + 1}</AcctSvcrRef>{cost}{inner}</Ntry>"
        )
        return self

    def tx(
        self, ore: int | None, *, ocr: str = "", text: str = "", name: str = "", debit: bool = False,
        currency: str = "SEK", strd: str = "", bankgiro: str = "", serial: str = "",
    ) -> str:  # fmt: skip
        """One payment of an entry."""
        amount = "" if ore is None else f'<Amt Ccy="{currency}">{kronor(ore)}</Amt>'
        stated = amount if self.is_new else f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>" if amount else ""
        who = f"<Nm>{name}</Nm><PstlAdr><PstCd>93181</PstCd><TwnNm>Skellefteå</TwnNm></PstlAdr>"
        payer = (f"<Dbtr><Pty>{who}</Pty></Dbtr>" if self.is_new else f"<Dbtr>{who}</Dbtr>") if name else ""
        to = f"<CdtrAcct><Id><Othr><Id>{bankgiro}</Id><SchmeNm><Prtry>BGNR</Prtry></SchmeNm></Othr></Id></CdtrAcct>"
        parties = f"<RltdPties>{payer}{to if bankgiro else ''}</RltdPties>"
        if ocr:
            strd += (
                f"<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp><Ref>{ocr}</Ref></CdtrRefInf></Strd>"
            )
        told = f"<RmtInf>{f'<Ustrd>{text}</Ustrd>' if text else ''}{strd}</RmtInf>"
        return (
            f"<TxDtls><Refs><AcctSvcrRef>{serial}</AcctSvcrRef></Refs>{stated}"
            f"<CdtDbtInd>{'DBIT' if debit else 'CRDT'}</CdtDbtInd>{parties}{told}</TxDtls>"
        )

    def document(self) -> str:
        body, part = ("BkToCstmrStmt", "Stmt") if self.kind == "053" else ("BkToCstmrDbtCdtNtfctn", "Ntfctn")
        balances = ""
        if self.kind == "053" and self.opening_ore is not None:
            closing = self.opening_ore + self.booked_ore if self.closing_ore is None else self.closing_ore
            balances = self.balance("OPBD", self.opening_ore) + self.balance("CLBD", closing)
        total = (
            f"<TxsSummry><TtlCdtNtries><NbOfNtries>{len(self.credits)}</NbOfNtries><Sum>{kronor(sum(self.credits))}"
            "</Sum></TtlCdtNtries></TxsSummry>"
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{self.kind}.001.{self.version}"><{body}>\n'
            "<GrpHdr><MsgId>MSG-7</MsgId><CreDtTm>2026-03-05T18:00:00</CreDtTm></GrpHdr>\n"
            f"<{part}><Id>{self.number}</Id><Acct><Id>{self.account}</Id><Ccy>{self.currency}</Ccy></Acct>\n"
            f"{balances}{total if self.summary else ''}\n"
            + "\n".join(self.entries)
            + f"\n</{part}></{body}></Document>\n"
        )

    def bytes(self) -> bytes:
        return self.document().encode()

    def balance(self, code: str, ore: int) -> str:
        return (
            f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{self.currency}">{kronor(abs(ore))}</Amt>'
            f"<CdtDbtInd>{'DBIT' if ore < 0 else 'CRDT'}</CdtDbtInd><Dt><Dt>2026-03-05</Dt></Dt></Bal>"
        )
