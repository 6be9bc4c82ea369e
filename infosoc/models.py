"""Every table, imported for migrations and tests that walk the schema."""

import infosoc.accounts.models
import infosoc.audit.models
import infosoc.crm.models.changes
import infosoc.crm.models.companies
import infosoc.crm.models.contacts
import infosoc.crm.models.imports
import infosoc.crm.models.lists
import infosoc.crm.models.log
import infosoc.db.search
import infosoc.invoicing.models
import infosoc.jobs.models
import infosoc.ledger.models
import infosoc.mailings.models
import infosoc.outbox.models
import infosoc.payments.models
import infosoc.privacy.models
import infosoc.reminders.models
import infosoc.subscriptions.models
import infosoc.suppression.models
import infosoc.tenancy.models  # noqa: F401 - importing them is all
