"""What the audit log may say of mailings: their names and addresses, and the words of fields."""

from __future__ import annotations

from typing import Any

from flask import url_for
from sqlalchemy import Select, literal, select

from infosoc.audit.subjects import name_subjects
from infosoc.audit.words import name_fields
from infosoc.kernel.words import N_
from infosoc.mailings.models import Mailing, MailingImage, MailingList


def register() -> None:
    """Answer for the mailings' part of the log."""
    name_fields(
        {
            "subject": N_("Subject"), "query": N_("Filter"), "recipients": N_("Recipients"), "skipped": N_("Skipped"),
            "scheduled": N_("Time of sending"), "uncertain": N_("Uncertain"),
        }
    )  # fmt: skip
    name_subjects("mailing", _mailings, lambda public_id: url_for("mailings.show", public_id=public_id))
    name_subjects("mailing_list", _lists)
    name_subjects("mailing_image", _images)


def _mailings(ids: set[int]) -> Select[Any]:
    query: Any = select(Mailing.id, Mailing.title, Mailing.public_id)
    return query.where(Mailing.id.in_(ids))


def _lists(ids: set[int]) -> Select[Any]:
    query: Any = select(MailingList.id, MailingList.name, literal(""))
    return query.where(MailingList.id.in_(ids))


def _images(ids: set[int]) -> Select[Any]:
    query: Any = select(MailingImage.id, MailingImage.name, literal(""))
    return query.where(MailingImage.id.in_(ids))
