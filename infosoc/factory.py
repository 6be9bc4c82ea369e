"""The one place where all parts meet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel import Locale
from flask import Flask, current_app, g, request
from flask_babel import Babel
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

import infosoc.crm.search_documents
import infosoc.crm.sharing
import infosoc.ledger.commands.chart
import infosoc.payments.commands.copies
import infosoc.privacy.journal
import infosoc.reminders.commands.beside  # noqa: F401 - these notice what others do, each by a line of its own
from infosoc import cli
from infosoc.accounts import frame, submissions
from infosoc.accounts import request as gate
from infosoc.accounts.passwords import Hasher
from infosoc.config import Settings
from infosoc.db import migrations
from infosoc.db.session import db, prepare_engine
from infosoc.mailings import issued
from infosoc.privacy import folders
from infosoc.privacy.commands import restriction
from infosoc.suppression import pepper
from infosoc.web import assets, errors, filters, security, templates, words
from infosoc.web.navigation import Navigation
from infosoc.web.signed import SignedSessions
from infosoc.web.warm import warm

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("sv", "en")
_LOCALES = {name: Locale(name) for name in LANGUAGES}
LARGEST_REQUEST = 32 * 1024 * 1024


class _Application(Flask):
    """Flask, without what it works out anew for each request that is the same for all."""

    session_interface = SignedSessions()

    def ensure_sync(self, func: Any) -> Any:
        """The function as it is: none of ours is a coroutine, and fifteen are asked for each answer."""
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """The application, from these settings or from the environment's."""
    settings = settings or Settings.from_env()
    app = _Application("infosoc", root_path=str(ROOT), template_folder="templates", static_folder="static")
    app.config.update(flask_config(settings))
    if settings.trusted_proxies:
        near = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=near, x_proto=near)  # type: ignore[method-assign]  # as Flask says to
    app.extensions["settings"] = settings
    app.extensions["create_app"] = create_app  # for commands that work on a copy
    pepper.provide(lambda: current_app.extensions["settings"].pepper.encode())
    folders.provide(lambda: current_app.extensions["settings"].data_dir)
    issued.provide(lambda: current_app.extensions["settings"].data_dir)
    restriction.register()
    app.extensions["hasher"] = Hasher(**settings.argon2)
    app.extensions["navigation"] = Navigation()
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.do")
    _connect_database(app)
    Babel(app, locale_selector=lambda: _LOCALES[language()], timezone_selector=lambda: "Europe/Stockholm")
    # In this order: a request from another site is refused before anything else is done with it.
    security.init_app(app)
    gate.init_app(app)
    CSRFProtect(app)
    for part in (submissions, errors, filters, words, templates, assets, frame):
        part.init_app(app)
    _register_blueprints(app)
    cli.init_app(app)
    app.extensions["before_fork"] = [warm]
    return app


def language() -> str:
    """What the person has chosen, else what the browser asks for, else Swedish."""
    if g.get("language"):
        return g.language
    chosen = getattr(current_user, "language", None) if request else None
    return chosen or (request.accept_languages.best_match(LANGUAGES) if request else None) or "sv"


def flask_config(settings: Settings) -> dict[str, Any]:
    """What the extensions read, worked out from the settings."""
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": False},
        "SESSION_COOKIE_NAME": settings.session_cookie,
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": LARGEST_REQUEST,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "BABEL_DEFAULT_LOCALE": "sv",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "infosoc" / "translations"),
        "TEMPLATES_AUTO_RELOAD": False,
    }


def _connect_database(app: Flask) -> None:
    db.init_app(app)
    migrations.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)


def _register_blueprints(app: Flask) -> None:
    # Views are imported here and nowhere else.
    from infosoc.accounts.views import register as accounts
    from infosoc.crm.views import register as crm
    from infosoc.invoicing.views import register as invoicing
    from infosoc.jobs.views import register as jobs
    from infosoc.ledger.views import register as ledger
    from infosoc.mailings.views import register as mailings
    from infosoc.outbox.views import register as outbox
    from infosoc.payments.views import register as payments
    from infosoc.privacy.views import register as privacy
    from infosoc.reminders.views import register as reminders
    from infosoc.subscriptions.views import register as subscriptions

    first, last = (accounts, crm, subscriptions, invoicing, payments), (ledger, mailings, outbox, jobs, privacy)
    for register in (*first, reminders, *last):
        register(app)
