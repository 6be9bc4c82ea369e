"""Peppol BIS Billing 3 (UBL 2.1): written from the record, and checked in layers before it leaves."""
