"""Regular work of the public pages: what has been used or is old is forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta

from infosoc.db import wiping
from infosoc.db.session import transaction
from infosoc.db.tenancy import every_tenant
from infosoc.jobs.registry import scheduled
from infosoc.privacy.commands import requests


@scheduled("privacy.forget_links", every=timedelta(minutes=10))
def forget_links(now: datetime) -> None:
    """Links to extracts that nobody can open any more."""
    with every_tenant("old links are forgotten"), transaction() as session:
        requests.forget_old(session, now=now)


@scheduled("privacy.forget_last_letters", every=timedelta(minutes=1))
def forget_last_letters(now: datetime) -> None:
    """The address of somebody who has been removed goes as soon as the confirmation has been handed over."""
    with every_tenant("letters to removed people are forgotten"), transaction() as session:
        gone = requests.forget_last_letters(session, now=now)
    if gone:
        wiping.empty_log()  # else the file keeps the page as it was until much else has been written
