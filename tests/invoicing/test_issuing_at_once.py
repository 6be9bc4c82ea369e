"""Fifty people who issue at the same moment: the numbers stay unbroken, whoever changes their mind."""

from __future__ import annotations

import threading

from sqlalchemy import select

from infosoc.invoicing.commands import issue
from infosoc.invoicing.models import Invoice
from infosoc.ledger.models import Voucher
from infosoc.ledger.queries import checks
from tests.invoicing.world import NOW, new_invoice, raising_at_the_end
from tests.subscriptions.world import World

ISSUERS, EACH = 50, 4


def test_fifty_at_once_leave_no_gap_and_no_duplicate(house: World):
    failures: list[BaseException] = []
    ready = threading.Barrier(ISSUERS)

    def issuer(number: int) -> None:
        try:
            ready.wait(timeout=60)
            for turn in range(EACH):
                how = raising_at_the_end(house) if (number + turn) % 5 == 0 else house.writing()
                with how as session:
                    issue.issue(session, new_invoice(session, house, f"{number}:{turn}"), by=None, now=NOW)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=issuer, args=(number,)) for number in range(ISSUERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with house.reading() as session:
        kept = sum((number + turn) % 5 != 0 for number in range(ISSUERS) for turn in range(EACH))
        assert sorted(session.scalars(select(Invoice.number))) == list(range(1, kept + 1))
        assert sorted(session.scalars(select(Voucher.number))) == list(range(1, kept + 1))
        assert len(set(session.scalars(select(Invoice.ocr)))) == kept
        assert checks.check(session).faults == []
