"""The register of processing as it is before anybody has changed it, for both roles (GDPR article 30).

A line is a default until somebody edits it; then the edition in the database is what counts, and earlier ones stay
readable. Texts are message ids: a company's own texts are shown as they were written.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from infosoc.kernel.words import N_
from infosoc.privacy.rules import ProcessingRole

# The facts of a line, in the order of article 30, with their headings.
FACT_LABELS = {
    "purpose": N_("Why"),
    "people": N_("Who it concerns"),
    "data": N_("What is kept"),
    "ground": N_("Legal ground"),
    "source": N_("Where it comes from"),
    "recipients": N_("Who receives it"),
    "kept": N_("How long it is kept"),
    "transfers": N_("Outside the EU"),
    "security": N_("How it is protected"),
}
# How it is protected is for the authority and the customers' security people, not for the page of the public.
PUBLIC_FACTS = tuple(key for key in FACT_LABELS if key != "security")

_NOWHERE = N_("No.")
_ON_OUR_SERVER = N_(
    "Kept on our own server. Only staff with a right to it, each with an account of their own; changes are logged."
)


@dataclass(frozen=True)
class Line:
    """One line of the register as it is delivered."""

    key: str
    role: ProcessingRole
    name: str
    facts: dict[str, str] = field(default_factory=dict)
    is_public: bool = True


DEFAULTS = (
    Line(
        "customer-register",
        ProcessingRole.CONTROLLER,
        N_("The customer register"),
        {
            "purpose": N_(
                "To know which companies and organisations we work with or could work with, and whom to talk to there."
            ),
            "people": N_("Contact persons at companies, municipalities and other organisations, in their work role."),
            "data": N_(
                "Name, work role, employer, e-mail address and phone at work, language, notes about the work, "
                "source and date."
            ),
            "ground": N_("Legitimate interest, weighed in writing; contract for customers' contact persons."),
            "source": N_(
                "The person or the employer, public registers and the employer's website. The source is noted "
                "for each person."
            ),
            "recipients": N_("The sister company, where the register is shared. Our mail provider when we write."),
            "kept": N_(
                "As long as the person works with what we work with; removed after 24 months without contact, or"
                " at once when a person at a company that is not a customer asks for it."
            ),
            "transfers": _NOWHERE,
            "security": _ON_OUR_SERVER,
        },
    ),
    Line(
        "contact-log",
        ProcessingRole.CONTROLLER,
        N_("The contact log"),
        {
            "purpose": N_("To remember what has been said and promised, so that nobody has to say it twice."),
            "people": N_("Contact persons we have called, met or written to, and our own staff."),
            "data": N_("Time, way, outcome and notes of calls, meetings and letters; who of us it was."),
            "ground": N_("Legitimate interest; contract for customers."),
            "source": N_("Our own staff."),
            "recipients": N_("The sister company, where the log is shared."),
            "kept": N_("As long as the company is in the register. When a person is removed, name and notes go."),
            "transfers": _NOWHERE,
            "security": _ON_OUR_SERVER,
        },
    ),
    Line(
        "mailings",
        ProcessingRole.CONTROLLER,
        N_("Mailings"),
        {
            "purpose": N_("To tell contact persons about products and news that concern their work."),
            "people": N_("Contact persons who have not unsubscribed."),
            "data": N_(
                "E-mail address, name, employer, which mailing was sent when, whether it bounced. Not whether it"
                " was opened or clicked."
            ),
            "ground": N_("Legitimate interest. Consent, or a sale, where the company is a sole trader."),
            "source": N_("The customer register."),
            "recipients": N_("Our mail provider."),
            "kept": N_("24 months. The link for unsubscribing works for ever."),
            "transfers": _NOWHERE,
            "security": N_("Letters are signed by the mail server. Links for unsubscribing hold no personal data."),
        },
    ),
    Line(
        "suppressions",
        ProcessingRole.CONTROLLER,
        N_("The suppression list"),
        {
            "purpose": N_(
                "To honour objections: nobody who has declined mailings or been removed is written to or "
                "registered again."
            ),
            "people": N_("People who have declined mailings or asked to be removed, and addresses that bounce."),
            "data": N_(
                "A keyed hash of the address, when, how and why. No name and no address. It is still personal "
                "data: pseudonymised."
            ),
            "ground": N_("Legal obligation: article 21(3), and the interest of the person not to be asked again."),
            "source": N_("The person, or the mail server that answered."),
            "recipients": N_("The sister company, when the person objects to both."),
            "kept": N_("Until the person wants mailings again."),
            "transfers": _NOWHERE,
            "security": N_(
                "The key of the hash (the pepper) lies outside the database and is backed up apart from it."
            ),
        },
    ),
    Line(
        "requests",
        ProcessingRole.CONTROLLER,
        N_("Requests about personal data"),
        {
            "purpose": N_("To answer everybody who asks what we know of them, and to show that we did."),
            "people": N_("Everybody who asks, registered or not."),
            "data": N_("What was asked, when and how, how to answer, how we knew who it was, and the answer."),
            "ground": N_("Legal obligation: GDPR articles 12 and 15 to 22."),
            "source": N_("The person who asks."),
            "recipients": N_("Nobody. The authority (IMY), if it asks."),
            "kept": N_("24 months after the case is closed; then only kind and dates."),
            "transfers": _NOWHERE,
            "security": _ON_OUR_SERVER,
        },
    ),
    Line(
        "accounts",
        ProcessingRole.CONTROLLER,
        N_("Staff accounts and logs"),
        {
            "purpose": N_("To know who may do what, and who did what."),
            "people": N_("Those who work here."),
            "data": N_("Name, e-mail address, roles, signed-in browsers, and a log of changes."),
            "ground": N_("Contract of employment; legitimate interest in security."),
            "source": N_("The employer."),
            "recipients": N_("Nobody."),
            "kept": N_("The account as long as the person works here; the log 24 months."),
            "transfers": _NOWHERE,
            "security": N_("Passwords are kept as hashes. The log is chained, so that a change in it shows."),
        },
        is_public=False,
    ),
    Line(
        "incidents",
        ProcessingRole.CONTROLLER,
        N_("Incidents"),
        {
            "purpose": N_("To handle and document personal data breaches."),
            "people": N_("Those whom an incident concerns, and the staff who handle it."),
            "data": N_("What happened, what was done, when the authority and those concerned were told."),
            "ground": N_("Legal obligation: GDPR articles 33 and 34."),
            "source": N_("Our own staff, customers and suppliers."),
            "recipients": N_("The authority (IMY), and those concerned."),
            "kept": N_("Five years."),
            "transfers": _NOWHERE,
            "security": _ON_OUR_SERVER,
        },
        is_public=False,
    ),
    Line(
        "products",
        ProcessingRole.PROCESSOR,
        N_("The products that our customers use"),
        {
            "purpose": N_("To run the products for our customers, on their instruction, by processor agreement."),
            "people": N_("The customers' staff and those whom they keep records of."),
            "data": N_("What the customers enter. It stays in each product and never comes into this register."),
            "ground": N_("The customer's; the customer is the controller."),
            "source": N_("The customer."),
            "recipients": N_("Sub-processors, listed in the agreement."),
            "kept": N_("As the customer decides; returned or deleted when the agreement ends."),
            "transfers": _NOWHERE,
            "security": N_("As the security annex of the processor agreement says."),
        },
        is_public=False,
    ),
    Line(
        "support",
        ProcessingRole.PROCESSOR,
        N_("Support in the products"),
        {
            "purpose": N_("To help a customer's users when they ask for it."),
            "people": N_("The customers' staff, and whom their records concern."),
            "data": N_("That support was given: by whom, when, and in which product. Never what was seen."),
            "ground": N_("The customer's; the customer is the controller."),
            "source": N_("The customer."),
            "recipients": N_("Nobody."),
            "kept": N_("As the processor agreement says."),
            "transfers": _NOWHERE,
            "security": N_("Access is given for a case and for a time, and is logged."),
        },
        is_public=False,
    ),
)
BY_KEY = {line.key: line for line in DEFAULTS}
