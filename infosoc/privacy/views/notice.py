"""The privacy page of a company, made from its register of processing; anybody may read it."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from infosoc.db.session import db
from infosoc.privacy.cookies import cookies
from infosoc.privacy.queries import notice
from infosoc.privacy.views.public import neutral, open_to_all, page, settings, tenant_at_address
from infosoc.web.access import public

blueprint = open_to_all(Blueprint("privacy_notice", __name__, url_prefix="/<tenant>/privacy"))


@blueprint.get("")
@public
def show() -> ResponseReturnValue:
    """Who we are, what we do with personal data, what people may ask of us, and the cookies."""
    tenant = tenant_at_address()
    if tenant is None:
        return neutral()
    return page(
        "public/notice.html", tenant,
        purposes=notice.purposes(db.session(), tenant.id),
        shared=notice.shared_with(db.session(), tenant),
        cookies=cookies(settings().session_cookie), shared_words=notice.SHARED_WORDS,
    )  # fmt: skip
