"""Invoices. So far: checking e-invoices (Peppol BIS Billing 3) in layers."""
