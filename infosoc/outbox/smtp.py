"""One SMTP connection for many letters. It says of each failure whether the letter may have gone."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

TIMEOUT = 30.0
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class BadSmtpUrl(ValueError):
    """SMTP_URL cannot be read."""


class Temporary(Exception):
    """Try again later; the letter has not gone."""


class NoServer(Temporary):
    """The server itself cannot be reached or will not let us in; other letters need not try now."""


class Final(Exception):
    """The server refuses this letter for good."""


class Unknown(Exception):
    """The letter was being handed over when something broke: nobody knows whether it went."""


@dataclass(frozen=True)
class Server:
    """Where letters are handed over."""

    scheme: str
    host: str
    port: int
    user: str
    password: str


def read_url(url: str) -> Server:
    """`smtp://`, `smtp+starttls://` or `smtps://`, with user and password when needed, percent-encoded."""
    try:
        parts = urlsplit(url)
        scheme = "smtp+starttls" if parts.query == "starttls" and parts.scheme == "smtp" else parts.scheme
        port = parts.port or PORTS[scheme]
    except (KeyError, ValueError):
        raise BadSmtpUrl("SMTP_URL must start with smtp://, smtp+starttls:// or smtps:// and name a host") from None
    if not parts.hostname:
        raise BadSmtpUrl("SMTP_URL names no host")
    return Server(scheme, parts.hostname, port, unquote(parts.username or ""), unquote(parts.password or ""))


class Connection:
    """Opened at the first letter, kept for the next ones, opened anew when the server has hung up."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None

    def prepare(self, sender: str, recipient: str) -> None:
        """Everything up to the letter itself: nothing has gone when this raises."""
        for is_second in (False, True):
            smtp = self._smtp or self._open()
            try:
                self._envelope(smtp, sender, recipient)
                return
            except smtplib.SMTPServerDisconnected as error:
                # A kept connection may have been closed by the server in the meantime; a new one gets one try.
                self.close()
                if is_second:
                    raise NoServer("the mail server hung up") from error
            except smtplib.SMTPException as error:
                self._reset()
                raise Final(_words(error)) from error
            except OSError as error:
                self.close()
                raise NoServer(_words(error)) from error

    def hand_over(self, letter: EmailMessage) -> None:
        """The letter itself, after `prepare`."""
        smtp = self._smtp
        if smtp is None:
            raise Temporary("the mail server hung up")
        try:
            code, answer = smtp.data(letter.as_bytes())
        except smtplib.SMTPDataError as error:
            # The server wants no letter after all; it has got none.
            self._reset()
            raise _by_code(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise Unknown(_words(error)) from error
        if 400 <= code < 600:
            self._reset()
            raise _by_code(code, answer)
        if not 200 <= code < 300:  # no answer of the protocol: it may have taken the letter
            self.close()
            raise Unknown(f"{code} {answer!r}"[:300])

    def close(self) -> None:
        """Hang up."""
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()

    def _open(self) -> smtplib.SMTP:
        server = self._server
        smtp: smtplib.SMTP | None = None
        try:
            if server.scheme == "smtps":
                smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=_trust())
            else:
                smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
            if server.scheme == "smtp+starttls":
                smtp.starttls(context=_trust())
            if server.user:
                smtp.login(server.user, server.password)
            smtp.ehlo_or_helo_if_needed()
        except (smtplib.SMTPException, OSError) as error:
            if smtp is not None:
                smtp.close()
            raise NoServer(_words(error)) from error
        self._smtp = smtp
        return smtp

    def _envelope(self, smtp: smtplib.SMTP, sender: str, recipient: str) -> None:
        for code, answer in (smtp.mail(sender), smtp.rcpt(recipient)):
            if code == 421:
                raise smtplib.SMTPServerDisconnected("421")
            if code not in (250, 251):
                self._reset()
                raise _by_code(code, answer)

    def _reset(self) -> None:
        try:
            if self._smtp is not None:
                self._smtp.rset()
        except (smtplib.SMTPException, OSError):
            self.close()


def _trust() -> ssl.SSLContext:
    """The system's certificates, with host names checked."""
    return ssl.create_default_context()


def _by_code(code: int, answer: bytes | str) -> Temporary | Final:
    words = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    kind = Final if 500 <= code < 600 else Temporary
    return kind(f"{code} {words}"[:300])


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return str(_by_code(error.smtp_code, error.smtp_error))
    if isinstance(error, TimeoutError):
        return "the mail server did not answer in time"
    return (str(error) or type(error).__name__)[:300]
