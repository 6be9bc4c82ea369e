"""The `flask` commands, one file a group, thin: each calls a domain's commands.

A file has `init_app(app)`, which hangs its group on `app.cli`, and is named in `PARTS`. Groups are made with
`cls=Group` and lone commands with `cls=Command`, both from `infosoc.cli.base`: one clear line and a non-zero exit on
error. What is heavy to import is imported inside the command.
"""

from __future__ import annotations

from types import ModuleType

from flask import Flask

from infosoc.cli import (
    backup,
    billing,
    demo,
    export,
    import_,
    invoice,
    ledger,
    mail,
    payments,
    privacy,
    reminders,
    tenant,
    user,
    worker,
)

PARTS: tuple[ModuleType, ...] = (
    backup,
    billing,
    demo,
    export,
    import_,
    invoice,
    ledger,
    mail,
    payments,
    privacy,
    reminders,
    tenant,
    user,
    worker,
)


def init_app(app: Flask) -> None:
    """Hang the commands on the application."""
    for part in PARTS:
        part.init_app(app)
