"""Check a UBL file in layers: schema, European core, Peppol, Sweden, and Peppol's own file where it has been added."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from infosoc.invoicing.peppol import official, rules, rules_se
from infosoc.invoicing.peppol.findings import PEPPOL, SWEDISH, Layer, Verdict
from infosoc.invoicing.peppol.reading import read
from infosoc.kernel.errors import Refused
from infosoc.kernel.words import N_

RULE_FILE = "peppol-rules.xslt"


class OtherChecksum(Refused):
    message = N_("The rule file is not the one you mean: its SHA-256 is %(found)s.")


class NotRules(Refused):
    message = N_(
        "The file holds no rules that can be run here. It is Peppol's rules compiled to XSLT, in one file that "
        "reads no other."
    )


def validate(content: bytes, *, rule_folder: Path) -> Verdict:
    """All layers, whichever breaks: who mends a file wants to see everything at once. Raises `NotUbl`."""
    root = read(content)
    return Verdict(
        (
            official.check_schema(root),
            official.check_en16931(root),
            Layer(PEPPOL, tuple(rules.check(root))),
            Layer(SWEDISH, tuple(rules_se.check(root))),
            official.check_rule_file(root, rule_folder / RULE_FILE, pinned(rule_folder)),
        )
    )


def is_sound(content: bytes, *, rule_folder: Path) -> bool:
    """Whether no layer that can be checked is broken. The quick ones are asked first; a broken one ends it."""
    root = read(content)
    checks: tuple[Callable[[], Layer], ...] = (
        lambda: Layer(PEPPOL, tuple(rules.check(root))),
        lambda: Layer(SWEDISH, tuple(rules_se.check(root))),
        lambda: official.check_schema(root),
        lambda: official.check_en16931(root),
        lambda: official.check_rule_file(root, rule_folder / RULE_FILE, pinned(rule_folder)),
    )
    return not any(check().is_broken for check in checks)


def pinned(folder: Path) -> str:
    """The checksum that the rule file must have; nothing where none has been added."""
    path = folder / f"{RULE_FILE}.sha256"
    return path.read_text().split()[0] if path.is_file() else ""


def add_rule_file(content: bytes, checksum: str, *, rule_folder: Path) -> None:
    """Keep Peppol's compiled rules (XSLT) for later checks, with the checksum that they must have for ever."""
    found = hashlib.sha256(content).hexdigest()
    if found != checksum.strip().lower():
        raise OtherChecksum(field="sha256", found=found)
    if not official.gives_reports(content):
        raise NotRules(field="file")
    rule_folder.mkdir(parents=True, exist_ok=True)
    (rule_folder / RULE_FILE).write_bytes(content)
    (rule_folder / f"{RULE_FILE}.sha256").write_text(f"{found}\n")
