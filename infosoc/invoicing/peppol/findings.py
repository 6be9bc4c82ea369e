"""What a check finds, layer by layer. A layer that was not checked says so, and why: it is never called valid."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from infosoc.kernel.words import N_


class Weight(StrEnum):
    """The words of Peppol's rules: the network refuses what is fatal."""

    FATAL = "fatal"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One rule broken in one place."""

    rule: str
    weight: Weight
    text: str
    where: str = ""

    @property
    def line(self) -> str:
        """The line of the file; nothing where the place is told in another way."""
        return self.where.removeprefix("line ") if self.where.startswith("line ") else ""


@dataclass(frozen=True)
class Layer:
    """One set of rules: which, whether it was checked, and what it found."""

    name: str
    findings: tuple[Finding, ...] = ()
    not_checked: str = ""  # why
    is_wanted: bool = True  # else nobody has asked for it
    edition: str = ""

    @property
    def title(self) -> str:
        return f"{self.name} {self.edition}".rstrip()

    @property
    def is_broken(self) -> bool:
        return any(one.weight is Weight.FATAL for one in self.findings)

    @property
    def state(self) -> str:
        if self.not_checked:
            return f"not checked ({self.not_checked})"
        return "broken" if self.is_broken else "no fatal rule broken"


@dataclass(frozen=True)
class Verdict:
    """All layers, in the order they were asked."""

    layers: tuple[Layer, ...]

    @property
    def findings(self) -> list[Finding]:
        return [one for layer in self.layers for one in layer.findings]

    @property
    def fatal(self) -> list[Finding]:
        """What the network would refuse, each rule once."""
        by_rule = {one.rule: one for one in reversed(self.findings) if one.weight is Weight.FATAL}
        return [one for one in self.findings if by_rule.get(one.rule) is one]

    @property
    def may_be_sent(self) -> bool:
        """Every layer that is wanted was checked, and none is broken."""
        return not any(layer.is_broken or (layer.not_checked and layer.is_wanted) for layer in self.layers)


XSD = N_("UBL 2.1 schema (XSD)")
EN16931 = N_("EN 16931, official rules")
PEPPOL = N_("Peppol BIS Billing 3, own checks")
SWEDISH = N_("Swedish rules SE-R-001 to SE-R-013, own checks")
OFFICIAL_PEPPOL = N_("Peppol's official rule file")
