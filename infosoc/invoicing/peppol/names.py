"""The names of UBL 2.1, and what Peppol BIS Billing 3 calls itself."""

from __future__ import annotations

CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CREDIT_NOTE = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
NAMESPACES = {"cac": CAC, "cbc": CBC, "inv": INVOICE, "cn": CREDIT_NOTE}

CUSTOMIZATION = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
INVOICE_TYPE, CREDIT_NOTE_TYPE = "380", "381"
F_TAX = "Godkänd för F-skatt"  # SE-R-005 asks for these words
ORG_NUMBER_SCHEME = "0007"
