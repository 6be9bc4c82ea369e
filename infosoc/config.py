"""Typed settings from the environment; refuses to start half configured."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

SMALLEST_KEY = 32


class ConfigurationError(RuntimeError):
    """The environment does not say what is needed, or says something unsafe."""


@dataclass(frozen=True)
class Settings:
    """All that differs from one installation to another."""

    database_url: str
    data_dir: Path
    secret_key: str
    base_url: str = "http://127.0.0.1:5000"
    pepper: str = ""  # of the hashes that suppressions are kept under; outside the database, backed up apart
    unsubscribe_keys: str = ""  # the ring that signs unsubscribe addresses: lines of NUMBER:64 hexadecimal digits
    smtp_url: str | None = None
    production: bool = False
    mail_from: str = "infosoc@localhost"
    mailbox_url: str | None = None  # where bounces and mail to unsubscribe lie (IMAP), when they are not piped in
    peppol_url: str | None = None  # the access point's address, where e-invoices are handed over by HTTP
    peppol_token: str = field(default="", repr=False)
    trusted_proxies: int = 0  # how many proxies in front tell whom they speak for; others' word is not taken
    argon2: dict[str, int] = field(default_factory=lambda: {"time_cost": 2, "memory_cost": 19456, "parallelism": 1})

    @property
    def secure_cookies(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def session_cookie(self) -> str:
        return "__Host-infosoc" if self.secure_cookies else "infosoc"

    @classmethod
    def from_env(cls) -> Settings:
        """Read the environment; make missing key files in the data folder unless this is production."""
        production = os.environ.get("INFOSOC_ENV", "") == "production"
        data_dir = Path(os.environ.get("INFOSOC_DATA_DIR") or Path(__file__).resolve().parent.parent / "instance")
        data_dir = data_dir.resolve()
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        return cls(
            database_url=_database_url(os.environ.get("DATABASE_URL"), data_dir),
            data_dir=data_dir,
            secret_key=_key("SECRET_KEY", data_dir / "secret_key", production=production),
            base_url=(os.environ.get("BASE_URL") or f"http://127.0.0.1:{os.environ.get('PORT', '5000')}").rstrip("/"),
            pepper=_key("SUPPRESSION_PEPPER", data_dir / "suppression_pepper", production=production),
            unsubscribe_keys=_key("UNSUBSCRIBE_KEYS", data_dir / "unsubscribe_keys", production=production, new=_ring),
            smtp_url=os.environ.get("SMTP_URL") or None,
            production=production,
            mail_from=os.environ.get("MAIL_FROM") or "infosoc@localhost",
            mailbox_url=os.environ.get("MAILBOX_URL") or None,
            peppol_url=os.environ.get("PEPPOL_URL") or None,
            peppol_token=os.environ.get("PEPPOL_TOKEN") or "",
            trusted_proxies=_count("TRUSTED_PROXIES"),
        )


def _database_url(given: str | None, data_dir: Path) -> str:
    """SQLAlchemy's address of the database; the driver is filled in."""
    if not given:
        return f"sqlite:///{data_dir / 'infosoc.sqlite3'}"
    scheme, separator, rest = given.partition("://")
    if not separator or scheme.split("+")[0] not in {"sqlite", "postgresql", "postgres"}:
        raise ConfigurationError("DATABASE_URL must start with sqlite:/// or postgresql://")
    return f"postgresql+psycopg://{rest}" if scheme.startswith("postgres") else given


def _count(name: str) -> int:
    value = os.environ.get(name) or "0"
    if not value.isdigit():
        raise ConfigurationError(f"{name} is a number, not {value!r}.")
    return int(value)


def _ring() -> str:
    return f"1:{secrets.token_hex(32)}"


def _secret() -> str:
    return secrets.token_urlsafe(48)


def _key(name: str, path: Path, *, production: bool, new: Callable[[], str] = _secret) -> str:
    """The key from the environment, else from its file, else (outside production) a new one in that file."""
    value = os.environ.get(name) or (path.read_text().strip() if path.exists() else "")
    if not value and not production:
        value = new()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(value + "\n")
    if len(value) < SMALLEST_KEY and production:
        raise ConfigurationError(f"{name} is missing or shorter than {SMALLEST_KEY} characters (or put it in {path}).")
    if not value:
        raise ConfigurationError(f"{name} is empty.")
    return value
