"""Who has got what is kept of a person: the companies that see the register, and files that staff have taken out.

A person is told each of them by name (C-154/21, P-26). Providers are named in the register of processing, by whoever
runs the company.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from infosoc.crm.models.contacts import ContactRelation
from infosoc.crm.models.imports import Export
from infosoc.db.tenancy import current_scope
from infosoc.kernel import clock
from infosoc.kernel.words import N_
from infosoc.privacy.queries.people import Person
from infosoc.privacy.readable import Line
from infosoc.tenancy.queries import all_tenants
from infosoc.tenancy.rules import Flag

SEES, TAKEN_OUT = N_("Sees our register"), N_("File of contact persons that staff have taken out")
LISTS = ("contacts",)
MOST = 200


def recipients(session: Session, person: Person) -> tuple[Line, ...]:
    """The recipients of what the tenant of the scope keeps of the person; nobody has got what is not there."""
    if not person.contacts:
        return ()
    own = current_scope().tenant_id
    tenants = all_tenants(session)
    shows = any(one.id == own and one.is_on(Flag.SHARE_REGISTER) for one in tenants)
    sisters = [Line((SEES,), one.name) for one in tenants if one.id != own and shows]
    return (*sisters, *_files(session, person))


def _files(session: Session, person: Person) -> list[Line]:
    """Those made since the person was written down here: any of them may have held the person."""
    since = session.scalar(
        select(func.min(ContactRelation.created_at)).where(ContactRelation.contact_id.in_(person.contacts))
    )
    if since is None:
        return []
    query = select(Export.made_at).where(Export.list_name.in_(LISTS), Export.made_at >= since)
    days = session.scalars(query.order_by(Export.made_at).limit(MOST))
    return [Line((TAKEN_OUT,), clock.local(made_at).strftime("%Y-%m-%d %H:%M")) for made_at in days]
