"""What tests of booked payments share: invoices to pay, files that pay them, and the proof that nothing is lost."""

from __future__ import annotations

import io
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.invoicing.models import Invoice, Settlement
from infosoc.kernel import clock
from infosoc.ledger.models import VoucherLine
from infosoc.ledger.queries import checks
from infosoc.payments import importing
from infosoc.payments.commands import files
from infosoc.payments.models import BankFile, IncomingPayment, PaymentAllocation
from tests.invoicing.world import issued
from tests.payments.bank_files import BgMax
from tests.subscriptions.world import World

PAYABLE = 125_000
ISSUED_ON = date(2026, 2, 1)


def invoices(world: World, count: int, **more) -> list[tuple[int, str]]:
    """So many invoices of 1 250 kr: their ids and references."""
    sources = [f"{more.get('company', 'akeri')}:{at}" for at in range(count)]
    made = issued(world, *sources, on=ISSUED_ON, **more)
    return [(one.id, one.record.terms.ocr) for one in made]


def bring(world: World, data: bytes, name: str = "bank.txt") -> str:
    """Import a file, as the command line does; returns its public id."""
    with world.app.app_context(), tenant_scope(Scope.alone(world.ours)):
        stream = io.BytesIO(data)
        read = files.survey(db.session(), stream)
        with transaction() as session:
            public_id = files.take_in(session, stream, read, name=name, by=None, now=clock.now()).public_id
        importing.begin(public_id, by=None)
        importing.carry_on(public_id, by=None)
        return public_id


def file_of(session: Session, public_id: str) -> BankFile:
    return session.scalars(select(BankFile).where(BankFile.public_id == public_id)).one()


def payments(session: Session) -> list[IncomingPayment]:
    query = select(IncomingPayment).order_by(IncomingPayment.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def balance(session: Session, *accounts: int) -> int:
    query = select(func.coalesce(func.sum(VoucherLine.amount_ore), 0)).where(VoucherLine.account.in_(accounts))
    return int(session.scalar(query) or 0)


def left(session: Session) -> dict[int, int]:
    return dict(session.execute(select(Invoice.id, Invoice.open_ore)).all())


def assert_whole(session: Session) -> None:
    """Ledger and claims agree to the öre on every day, money is somewhere exactly once, and the books are whole."""
    days = {*session.scalars(select(Settlement.settled_on)), *session.scalars(select(Invoice.issued_on))}
    for day in days:
        claimed = session.scalar(select(func.sum(Invoice.payable_ore)).where(Invoice.issued_on <= day)) or 0
        settled = session.scalar(select(func.sum(Settlement.amount_ore)).where(Settlement.settled_on <= day)) or 0
        booked = session.scalar(
            select(func.sum(VoucherLine.amount_ore)).where(
                VoucherLine.account.in_((1510, 1560)), VoucherLine.voucher_on <= day
            )
        )
        assert claimed - settled == (booked or 0), day
    rest = session.scalar(select(func.sum(IncomingPayment.left_ore))) or 0
    assert balance(session, 2999) == -rest
    credit = session.scalar(select(func.sum(PaymentAllocation.amount_ore)).where(PaymentAllocation.kind == "credit"))
    assert balance(session, 2420) == -(credit or 0)
    paid = session.scalar(select(func.sum(IncomingPayment.amount_ore))) or 0
    back = session.scalar(
        select(func.sum(PaymentAllocation.amount_ore)).where(PaymentAllocation.kind.in_(("paid_back", "withdrawn")))
    )
    assert balance(session, 1930) == paid - (back or 0)
    assert checks.check(session).faults == []


def paying(*references: str, ore: int = PAYABLE, each: int = 1000) -> BgMax:
    """A BgMax file in which each of these is paid."""
    file = BgMax()
    for at, reference in enumerate(references):
        if at % each == 0:
            file.section()
        file.pay(ore, reference, serial=at + 1)
        if at % each == each - 1 or at == len(references) - 1:
            file.deposit()
    return file
