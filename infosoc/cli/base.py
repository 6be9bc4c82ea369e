"""What every command shares: errors become one clear line and exit status 1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from infosoc.config import ConfigurationError
from infosoc.kernel.errors import DomainError


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn what can go wrong in daily use into one line; a surprise keeps its traceback."""
    try:
        yield
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    except (OperationalError, ProgrammingError) as error:
        raise click.ClickException(_database_line(error)) from error
    except (ConfigurationError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _database_line(error: DBAPIError) -> str:
    reason = (str(error.orig).strip() or "it cannot be used").splitlines()[0]
    return f"The database: {reason}. Is DATABASE_URL right, and has `flask db upgrade` been run?"


def counted(number: int, word: str) -> str:
    """`1 invoice`, `2 invoices`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


@contextmanager
def _without_usage() -> Iterator[None]:
    """What was typed wrongly is said in one line too: how the command is used is asked for by --help."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        error.ctx = None
        raise


class Group(AppGroup):
    """A group of commands; each gets an application context."""

    def invoke(self, ctx: click.Context) -> Any:
        with _without_usage(), one_line_errors():
            return super().invoke(ctx)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _without_usage():
            return super().make_context(*args, **extra)


class Command(click.Command):
    """A command that stands alone."""

    def invoke(self, ctx: click.Context) -> Any:
        with _without_usage(), one_line_errors():
            return super().invoke(ctx)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _without_usage():
            return super().make_context(*args, **extra)
