"""What has to be in the DNS for mail to arrive, line for line; and whether a letter is signed as it must be. Pure.

Gmail and Yahoo (2024) and Microsoft (2025) ask senders of many letters for SPF, DKIM and DMARC in agreement, a reverse
name, TLS and leaving by one press; we build as if we were one of them (requirement M-08).
"""

from __future__ import annotations

import base64
import ipaddress
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import compat32

from infosoc.kernel.words import N_

SELECTOR = "infosoc"
MUST_BE_SIGNED = ("from", "list-unsubscribe", "list-unsubscribe-post")  # RFC 8058 section 4
NO_KEY = N_("THE PUBLIC KEY OF YOUR SIGNER")
LONGEST_STRING = 255  # of a TXT record, in octets; a longer value is several strings in a row (RFC 1035 section 3.3)
_KEY_LINES = re.compile(r"-----(?:BEGIN|END) [A-Z ]+-----|\s")


@dataclass(frozen=True)
class Record:
    """One line for the DNS; `why` is a message id."""

    name: str
    kind: str
    value: str
    why: str


def quoted(value: str) -> str:
    """A value of a TXT record as a zone file holds it; receivers put the strings together again."""
    parts = [value[at : at + LONGEST_STRING] for at in range(0, len(value), LONGEST_STRING)]
    return " ".join(f'"{part}"' for part in parts)


def records(
    *, mail_domain: str, bounce_domain: str, mail_host: str, own_host: str = "", selector: str = SELECTOR,
    public_key: str = "",
) -> list[Record]:  # fmt: skip
    """The lines for a tenant's domains. `mail_host` is the server that letters are handed to; where that is this
    machine, or has no name, the world knows it by `own_host`."""
    if own_host and _is_here(mail_host):
        mail_host = own_host
    arrives_at = own_host if own_host and _address(mail_host) else mail_host
    spf = f"v=spf1 mx {_mechanism(mail_host)} -all"
    key = public_key or NO_KEY
    made = [
        Record(mail_domain, "TXT", spf, N_("SPF: only these servers send for the domain. Keep ONE such line.")),
        Record(
            f"{selector}._domainkey.{mail_domain}", "TXT", f"v=DKIM1; k=rsa; p={key}",
            N_("DKIM: the public half of the key that letters are signed with"),
        ),
        Record(
            f"_dmarc.{mail_domain}", "TXT", f"v=DMARC1; p=quarantine; rua=mailto:dmarc@{mail_domain}; adkim=r; aspf=r",
            N_("DMARC: what receivers do with forged letters, and where they report"),
        ),
    ]  # fmt: skip
    if bounce_domain != mail_domain:
        made.append(Record(bounce_domain, "TXT", spf, N_("SPF of the return address, which is what SPF looks at")))
    made.append(Record(bounce_domain, "MX", f"10 {arrives_at}.", N_("Bounces and unsubscribe e-mails arrive here")))
    return made


def _mechanism(mail_host: str) -> str:
    """How SPF names a server: by its name, or by its address (RFC 7208, 5.3 and 5.6)."""
    address = _address(mail_host)
    return f"ip{address.version}:{address}" if address else f"a:{mail_host}"


def _is_here(mail_host: str) -> bool:
    address = _address(mail_host)
    return address.is_loopback if address else mail_host.lower() in {"localhost", "localhost.localdomain"}


def _address(mail_host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(mail_host)
    except ValueError:
        return None


CHECKLIST = (
    N_("PTR: the address that letters leave from has a name, and the name has that address (ask your host)."),
    N_("TLS: the mail server offers and uses it in both directions."),
    N_("DKIM signs From, List-Unsubscribe and List-Unsubscribe-Post: `flask mail check --sample LETTER` looks."),
    N_("BASE_URL begins with https://; mail programs require it for one-click unsubscribe."),
    N_("Mail to u+...@ and b+...@ the bounce domain reaches `flask mail bounces`, or the mailbox of MAILBOX_URL."),
)


@dataclass(frozen=True)
class Signature:
    """What a signature says of itself."""

    domain: str
    selector: str
    headers: tuple[str, ...]

    @property
    def missing(self) -> list[str]:
        """Headers that it has to cover and does not."""
        return [name for name in MUST_BE_SIGNED if name not in self.headers]


def signatures(raw: bytes) -> list[Signature]:
    """The DKIM signatures of a letter."""
    found = []
    for value in message_from_bytes(raw, policy=compat32).get_all("DKIM-Signature", []):
        pairs = (tag.partition("=") for tag in str(value).split(";"))
        tags = {name.strip(): re.sub(r"\s+", "", given) for name, separator, given in pairs if separator}
        headers = tuple(name.lower() for name in tags.get("h", "").split(":") if name)
        found.append(Signature(tags.get("d", "").lower(), tags.get("s", ""), headers))
    return found


def problems_of(raw: bytes, mail_domain: str) -> list[str]:
    """What is wrong with a letter that has been signed; nothing when one of its signatures is as it must be."""
    made = signatures(raw)
    if not made:
        return ["The letter is not signed: it has no DKIM-Signature."]
    problems = []
    for one in made:
        wrong = [f"does not cover {name}" for name in one.missing]
        if not _aligned(one.domain, mail_domain):
            wrong.append(f"is of {one.domain or 'no domain'}, and the sender of {mail_domain}")
        if not wrong:
            return []
        problems += [f"The signature {one.selector}: {text}." for text in wrong]
    return problems


def key_of(text: str) -> str:
    """The `p=` of a public key: from PEM, from a line of the DNS, or bare."""
    tagged = re.search(r"p=([A-Za-z0-9+/=\s\"]+)", text)
    key = re.sub(r"[\s\"]", "", tagged[1]) if tagged else _KEY_LINES.sub("", text)
    try:
        base64.b64decode(key, validate=True)
    except ValueError:
        raise ValueError("the file holds no public key") from None
    if len(key) < 100:
        raise ValueError("the file holds no public key")
    return key


def _aligned(signed: str, mail_domain: str) -> bool:
    """The same domain, or one above the other (relaxed alignment)."""
    return bool(signed) and (
        signed == mail_domain or mail_domain.endswith("." + signed) or signed.endswith("." + mail_domain)
    )
