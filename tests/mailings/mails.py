"""Mail as it really comes in: bounces, complaints, automatic answers; with our letter's token where it would stand."""

from __future__ import annotations

TO_RETURN = "b+{token}@studs.infosoc.example"

DSN = """\
Return-Path: <>
From: MAILER-DAEMON@mx.kommun.example (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_1"

--=_1
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered. 5.1.1 4.2.2

--=_1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.kommun.example

Final-Recipient: rfc822; person0@d0.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} something

--=_1
Content-Type: {original}

List-Unsubscribe: <https://kund.infosoc.example/unsubscribe/{quoted}>,
 <mailto:u+{quoted}@studs.infosoc.example?subject=unsubscribe>
Subject: Nytt

--=_1--
"""

ARF = """\
From: <abuse@mailprovider.example>
To: <{to}>
Subject: FW: Nytt
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="=_2"

--=_2
Content-Type: text/plain

This is an email abuse report.

--=_2
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <b+{quoted}@studs.infosoc.example>

--=_2
Content-Type: message/rfc822

From: kund@infosoc.example
List-Unsubscribe: <https://kund.infosoc.example/unsubscribe/{quoted}>
Subject: Nytt

Hej
--=_2--
"""

VACATION = """\
From: Person Noll <person0@d0.example>
To: {to}
Subject: Autosvar: Nytt
{header}
Content-Type: text/plain; charset=utf-8

Jag har semester. Avregistrera mig inte. unsubscribe
"""

PLAIN = """\
From: {sender}
To: {to}
Subject: {subject}
Content-Type: text/plain; charset=utf-8

{text}
"""


def dsn(token: str, *, status: str = "5.1.1", action: str = "failed", to: str = "", original: str = "") -> bytes:
    return DSN.format(
        to=to or TO_RETURN.format(token=token), status=status, action=action, quoted=token,
        original=original or "text/rfc822-headers",
    ).encode()  # fmt: skip


def arf(token: str, *, to: str = "fbl@infosoc.example") -> bytes:
    return ARF.format(to=to, quoted=token).encode()


def vacation(token: str, header: str, *, before: str = "b") -> bytes:
    return VACATION.format(to=f"{before}+{token}@studs.infosoc.example", header=header).encode()


def plain(to: str, *, sender: str = "Någon <x@y.example>", subject: str = "Hej", text: str = "Ta bort mig.") -> bytes:
    return PLAIN.format(to=to, sender=sender, subject=subject, text=text).encode()
