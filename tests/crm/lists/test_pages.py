"""The list pages as a browser gets them: with and without htmx, escaped, masked, and as each role may see them."""

from __future__ import annotations

import re

import pytest

from infosoc.accounts.roles import Role
from infosoc.crm.models.companies import ContactPoint
from infosoc.crm.rules import Status
from tests.builders import make_company, make_contact, sign_in
from tests.crm.lists.conftest import add_member, company_named, user_of

HTMX = {"HX-Request": "true"}
LARGEST = 60_000


def html_of(client, address: str, **headers) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:300]
    return answer.get_data(as_text=True)


def shown(html: str) -> list[str]:
    """The names in the rows, in order."""
    return re.findall(r"class=row-link [^>]*>([^<]*)</a>", html)


@pytest.fixture
def few(ours):
    with ours.writing() as s:
        ada = make_company(s, "Ada", status=Status.CUSTOMER, municipality="Gnosjö", phone="+468123456")
        make_company(s, "Bo", owner_id=ours.user_id)
        make_contact(s, ada, "Åsa Ek", email="asa@ex.example")
    return ours


def test_a_page_of_fifty_rows_is_not_heavy(crowd, client):
    sign_in(client, user_of(crowd))
    for address in ("companies", "contacts", "companies?sort=follow_up&status=customer&status=prospect&owner=me"):
        assert len(client.get(f"/infosoc/{address}").data) < LARGEST


def test_the_state_is_in_the_address_and_a_fragment_says_which(few, seller):
    answer = seller.get("/infosoc/companies/rows?q=&status=customer&sort=&line=", headers=HTMX)
    html = answer.get_data(as_text=True)
    assert shown(html) == ["Ada"]
    assert "<html" not in html
    assert answer.headers["HX-Push-Url"] == "/infosoc/companies?status=customer"
    assert "1 av 2" in html or "1 of 2" in html
    assert "HX-Request" in answer.headers["Vary"]


def test_a_fragment_opened_by_hand_and_by_going_back_is_a_whole_page(few, seller):
    assert "<html" in html_of(seller, "/infosoc/companies/rows?status=customer")
    assert "<html" in html_of(seller, "/infosoc/companies?status=customer", **HTMX)
    assert "<html" in html_of(seller, "/infosoc/companies/rows", **HTMX, **{"HX-History-Restore-Request": "true"})


def test_many_municipalities_are_found_by_typing_and_the_marked_ones_stay(ours, seller):
    with ours.writing() as session:
        for name in ("Åre", "Arboga", "Arjeplog", "Borås", "Gnosjö", *(f"Ort {number}" for number in range(20))):
            make_company(session, f"{name} AB", municipality=name)
    address = "/infosoc/companies/choices/municipality"
    opened = seller.get(f"{address}?municipality=Borås&status=prospect", headers=HTMX).text
    assert opened.count("<label") == 25
    field = re.search(r'<input[^>]*name="find"[^>]*>', opened)[0]
    assert f'hx-get="{address}?status=prospect"' in field
    found = seller.get(f"{address}?status=prospect&municipality=Borås&find=ar", headers=HTMX).text
    assert re.findall(r'value="(\w+)"( checked)?', found) == [
        ("Arboga", ""), ("Arjeplog", ""), ("Borås", " checked"), ("Åre", ""),
    ]  # fmt: skip
    assert "find" not in found
    assert 'name="find"' not in seller.get(address).text


def test_without_javascript_one_form_filters_and_choices_are_a_page(few, seller):
    html = html_of(seller, "/infosoc/companies?q=&status=customer&columns=name&owner=")
    assert shown(html) == ["Ada"]
    form = html[html.index('id="filters"') : html.index("</form>", html.index('id="filters"'))]
    assert 'method="get"' in html[html.index('id="filters"') - 60 : html.index('id="filters"') + 60]
    assert re.search(r'name="status" value="customer" checked', form)
    page = html_of(seller, "/infosoc/companies/choices/owner?status=customer")
    assert 'name="status" value="customer"' in page
    assert 'name="owner" value="me"' in page
    assert "Gnosjö" in html_of(seller, "/infosoc/companies/choices/municipality")
    assert 'name="columns" value="tags"' in html_of(seller, "/infosoc/companies/choices/columns")
    assert seller.get("/infosoc/companies/choices/nothing").status_code == 404


def test_one_row_is_made_anew_alone(few, seller):
    with few.scope():
        public_id = company_named(few.session, "Bo").public_id
    html = html_of(seller, f"/infosoc/companies/rows?status=customer&only={public_id}", **HTMX)
    assert shown(html) == ["Bo"]
    assert html.count("<tr") == 1
    assert seller.get("/infosoc/companies/rows?only=22222222222", headers=HTMX).status_code == 404


def test_columns_are_chosen_in_the_address(few, seller):
    html = html_of(seller, "/infosoc/companies?columns=name&columns=phone")
    assert "+468123456" in html
    assert "Gnosjö" not in html
    assert "asa@ex.example" in html_of(seller, "/infosoc/contacts")
    assert "asa@ex.example" not in html_of(seller, "/infosoc/contacts?columns=title")


def test_names_are_escaped_everywhere(ours, seller):
    wicked = "<b>&\"'\x1f"
    with ours.writing() as s:
        company = make_company(s, wicked, municipality="<i>", town="<u>", phone="<s>")
        make_contact(s, company, wicked + "person", title="<em>", email="<q>@ex.example")
    for address in ("companies?columns=municipality.phone.email", "contacts", "companies?q=%3Cb%3E", "contacts?q=%3Cs"):
        html = html_of(seller, f"/infosoc/{address}")
        for tag in ("<b>&", "<i>", "<u>", "<s>", "<em>", "<q>"):
            assert tag not in html, (address, tag)


def test_phones_are_written_the_swedish_way_and_dialled_without_extension(ours, seller):
    with ours.writing() as s:
        company = make_company(s, "Ek AB", phone="+46701740610")
        make_contact(s, company, "Bo Ek")
        s.add(ContactPoint(company_id=company.id, kind="phone", value="08-465 004 20 ankn. 12",
                           normalised="+46846500420", is_main=False))  # fmt: skip
        s.flush()
        public_id = company.public_id
    for page in ("/infosoc/companies?columns=phone", f"/infosoc/companies/{public_id}", "/infosoc/my-day"):
        html = html_of(seller, page)
        assert "070-174 06 10" in html, page
        assert ">+4670" not in html, page
    assert 'href="tel:0846500420"' in html_of(seller, f"/infosoc/companies/{public_id}")


def test_p06_a_sole_traders_number_is_masked_in_lists_whoever_reads(ours, client):
    with ours.writing() as s:
        make_company(s, "Snickar Ek", org_number="8112289874", legal_form="sole_trader")
        make_company(s, "Ek AB", org_number="5560160680", legal_form="limited")
        make_company(s, "Ek utan bolagsform", org_number="8112289874")
    finance = add_member(ours, Role.FINANCE)
    sign_in(client, user_of(ours))
    html = html_of(client, "/infosoc/companies?columns=org_number")
    assert "556016-0680" in html
    assert "811228" not in html
    sign_in(client, finance)
    html = html_of(client, "/infosoc/companies?columns=org_number")
    assert "811228" not in html
    assert html.count("••••••-9874") == 2


def test_who_may_not_read_the_register_gets_no_list(ours, client):
    employee = add_member(ours, Role.EMPLOYEE)
    sign_in(client, employee)
    for address in (
        "companies",
        "companies/rows",
        "contacts",
        "contacts/rows",
        "companies/choices/owner",
        "views/companies",
    ):
        assert client.get(f"/infosoc/{address}").status_code == 403


def test_a_reader_is_offered_nothing_they_may_not_do(few, client):
    reader = add_member(few, Role.READER)
    sign_in(client, reader)
    html = html_of(client, "/infosoc/companies")
    assert shown(html) == ["Ada", "Bo"]
    assert "/log/new" not in html[html.index("<tbody") :]
    assert "name=ids" not in html
    assert "/infosoc/companies/new" not in html


def test_the_choice_of_rows_goes_on_to_what_is_done_with_it(few, seller):
    html = html_of(seller, "/infosoc/companies?status=customer")
    form = html[html.index('id="bulk"') :]
    assert 'action="/infosoc/bulk"' in form
    assert 'name="all_matching"' in form
    assert '<input type="hidden" name="query" value="status=customer" form="bulk">' in html


def test_an_empty_list_says_why_and_offers_one_thing(ours, seller):
    assert "/infosoc/companies/new" in html_of(seller, "/infosoc/companies").partition('class="empty"')[2]
    nothing = html_of(seller, "/infosoc/companies?q=finnsinte").partition('class="empty"')[2]
    assert 'href="/infosoc/companies"' in nothing


def test_an_empty_register_offers_the_import_to_whoever_may_import(ours, client):
    for role, offered in ((Role.SELLER, True), (Role.SUPPORT, False)):
        sign_in(client, add_member(ours, role))
        html = html_of(client, "/infosoc/companies")
        assert "Inga företag än" in html
        assert ('class="button" href="/infosoc/imports/new"' in html) is offered
