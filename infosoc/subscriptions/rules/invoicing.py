"""What must be known of a customer before it can be invoiced. Pure.

The public sector must get its invoices as e-invoices, and they must carry the buyer's reference (lagen 2018:1277,
Peppol BIS Billing 3 rule R003).
"""

from __future__ import annotations

import re

from stdnum import luhn

from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_
from infosoc.subscriptions.rules.words import Delivery

# Electronic address schemes (EAS): in which register a party's e-invoice address is.
_SCHEMES = """
    0002 0007 0009 0060 0088 0096 0097 0106 0130 0135 0142 0151 0183 0184 0188 0190 0191 0192 0195 0196 0198 0199
    0200 0201 0204 0208 0209 0210 0211 0216 0218 0221 0225 0230 0235 0240 0242 0244 0245 0246 0248 9910 9913 9914
    9915 9918 9919 9920 9922 9923 9924 9925 9926 9927 9928 9929 9930 9931 9932 9933 9934 9935 9936 9937 9938 9939
    9940 9941 9942 9943 9944 9945 9946 9947 9948 9949 9950 9951 9952 9953 9957 9959
"""
ADDRESS_SCHEMES = frozenset(_SCHEMES.split())
PUBLIC_SECTOR = frozenset({"municipality", "region", "state_authority"})


class ReferenceMissing(Invalid):
    message = N_("A municipality, region or authority cannot be invoiced without its reference. Ask for it.")


class EInvoiceMissing(Invalid):
    message = N_("A municipality, region or authority must get e-invoices. Write its e-invoice address.")


class AddressNeeded(Invalid):
    message = N_("Write the customer's e-invoice address, or choose another way.")


class ReferenceNeeded(Invalid):
    message = N_("An e-invoice must carry the buyer's reference or an order number. Ask for one of them.")


class NoSuchRegister(Invalid):
    message = N_("There is no register of e-invoice addresses with the code %(code)s. Swedish ones are 0007 and 0088.")


class BadEInvoiceAddress(Invalid):
    message = N_(
        "An e-invoice address is a four-digit code, a colon and the number, such as 0007:5560160680 or "
        "0088:7300009000010. The number is not valid."
    )


class EmailMissing(Invalid):
    message = N_("Write the e-mail address that the invoices are sent to, or choose another way.")


def is_public(legal_form: str | None) -> bool:
    """Whether a buyer of this legal form must get e-invoices."""
    return legal_form in PUBLIC_SECTOR


def check_delivery(
    legal_form: str | None, delivery: str, *, reference: str, order: str, address: str, email: str
) -> None:
    """Refuse what could not be invoiced, on the day the agreement is made and not on the day of the run."""
    if is_public(legal_form):
        if not reference:
            raise ReferenceMissing(field="reference")
        if not address or delivery != Delivery.PEPPOL:
            raise EInvoiceMissing(field="einvoice_address" if not address else "delivery")
    if delivery == Delivery.PEPPOL and not address:
        raise AddressNeeded(field="einvoice_address")
    if delivery == Delivery.PEPPOL and not (reference or order):  # Peppol BIS Billing 3, R003
        raise ReferenceNeeded(field="reference")
    if delivery == Delivery.EMAIL and not email:
        raise EmailMissing(field="recipient_email")


def einvoice_address(written: str) -> str:
    """The address in its one form, `0007:5560160680`; a Swedish organisation number alone gets its code."""
    plain = re.sub(r"[\s-]", "", written)
    if not plain:
        return ""
    if re.fullmatch(r"[0-9]{10}", plain):
        plain = f"0007:{plain}"
    found = re.fullmatch(r"([0-9]{4}):([A-Za-z0-9]{2,50})", plain)
    if not found or not _adds_up(found[1], found[2]):
        raise BadEInvoiceAddress(field="einvoice_address")
    if found[1] not in ADDRESS_SCHEMES:
        raise NoSuchRegister(field="einvoice_address", code=found[1])
    return plain


def _adds_up(scheme: str, number: str) -> bool:
    if scheme == "0007":
        return len(number) == 10 and number.isdigit() and luhn.is_valid(number)
    if scheme == "0088":
        return len(number) == 13 and number.isdigit() and _is_gln(number)
    return True


def _is_gln(number: str) -> bool:
    """The check digit of a GLN (GS1): weights 3 and 1 from the right."""
    total = sum(int(figure) * (3 if at % 2 else 1) for at, figure in enumerate(reversed(number)))
    return total % 10 == 0
