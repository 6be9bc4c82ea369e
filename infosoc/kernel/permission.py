"""Every right in the system, one list. Which role has which is in `infosoc.accounts.roles`."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """A right within one tenant."""

    CRM_READ = "crm.read"
    CRM_WRITE = "crm.write"
    CRM_BULK = "crm.bulk"
    CRM_IMPORT = "crm.import"
    CRM_EXPORT = "crm.export"
    CRM_MERGE = "crm.merge"
    CRM_TRASH = "crm.trash"
    CRM_SHARE_VIEWS = "crm.share-views"
    TEAM_READ = "team.read"
    SENSITIVE_READ = "sensitive.read"
    PROTECTED_READ = "protected.read"
    SETTINGS_READ = "settings.read"
    SETTINGS_WRITE = "settings.write"
    MEMBERS_WRITE = "members.write"
    MAIL_READ = "mail.read"
    JOBS_READ = "jobs.read"
    AUDIT_READ = "audit.read"
    MAILINGS_READ = "mailings.read"
    MAILINGS_WRITE = "mailings.write"
    MAILINGS_SEND = "mailings.send"
    PRIVACY_REGISTER = "privacy.register"  # write down what somebody asks for
    PRIVACY_READ = "privacy.read"
    PRIVACY_WRITE = "privacy.write"
    LEDGER_READ = "ledger.read"
    LEDGER_POST = "ledger.post"  # vouchers by hand, and corrections
    LEDGER_SET_UP = "ledger.set-up"  # chart, years, opening balances, locks
    SUBSCRIPTIONS_READ = "subscriptions.read"
    SUBSCRIPTIONS_WRITE = "subscriptions.write"  # sign, change and cancel agreements; report usage
    SUBSCRIPTIONS_SET_UP = "subscriptions.set-up"  # catalogue, price lists, indexes, price increases
    INVOICES_READ = "invoices.read"  # invoices, claims, payments and reminders
    INVOICES_WRITE = "invoices.write"  # draft, issue, credit, send; billing runs
    INVOICES_SET_UP = "invoices.set-up"  # what is printed on invoices, accounts, delivery, reminder policy
    PAYMENTS_WRITE = "payments.write"  # import bank files, match, settle, write off
    REMINDERS_WRITE = "reminders.write"  # remind, stop, hand over to collection
    MEMBER = "member"
