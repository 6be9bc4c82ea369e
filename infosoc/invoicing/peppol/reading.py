"""Reading a UBL file that may come from anywhere: no entities, nothing fetched, nothing huge."""

from __future__ import annotations

import re

from lxml import etree

from infosoc.invoicing.peppol import names
from infosoc.kernel.errors import Invalid
from infosoc.kernel.words import N_

LARGEST = 20_000_000  # bytes; attachments are inside


class NotUbl(Invalid):
    message = N_("The file is not an invoice or credit note in UBL: %(reason)s")


def read(content: bytes) -> etree._Element:
    """The root of the document; raises `NotUbl` with line and reason."""
    if len(content) > LARGEST:
        raise NotUbl(reason=f"it is larger than {LARGEST // 1_000_000} MB.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        said = re.sub(r", line \d+, column \d+$", "", error.msg)  # told before it already
        raise NotUbl(reason=f"line {error.lineno}: {said}") from error
    if root.getroottree().docinfo.doctype:
        raise NotUbl(reason="it declares a document type of its own.")
    if root.tag not in (f"{{{names.INVOICE}}}Invoice", f"{{{names.CREDIT_NOTE}}}CreditNote"):
        raise NotUbl(reason=f"its outermost element is {root.tag}.")
    return root


def all_of(element: etree._Element, path: str) -> list[etree._Element]:
    """The elements on an XPath with the prefixes `cac` and `cbc`."""
    found: list[etree._Element] = element.xpath(path, namespaces=names.NAMESPACES)
    return found


def text_of(element: etree._Element) -> str:
    """What stands in it, without room around it."""
    return " ".join((element.text or "").split())


def said(element: etree._Element, path: str) -> str:
    """The first one's text without room around it; nothing where there is none."""
    found = all_of(element, path)
    return text_of(found[0]) if found else ""
