"""The blueprints of mailings, made here so that several files can attach their routes to one of them."""

from __future__ import annotations

from flask import Blueprint

mailings = Blueprint("mailings", __name__, url_prefix="/<tenant>/mailings")
mailing_lists = Blueprint("mailing_lists", __name__, url_prefix="/<tenant>/mailing-lists")
mailing_images = Blueprint("mailing_images", __name__, url_prefix="/<tenant>/mailing-images")
mail_settings = Blueprint("mail_settings", __name__, url_prefix="/<tenant>/settings/mail")

ALL = (mailings, mailing_lists, mailing_images, mail_settings)
