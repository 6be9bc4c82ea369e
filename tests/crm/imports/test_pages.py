"""The pages of an import, from the file to taking it back."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from sqlalchemy import func, select

from infosoc.accounts.roles import Role
from infosoc.cli.worker import load_jobs
from infosoc.crm.import_rules import State
from infosoc.crm.imports.reading import MAX_SIZE
from infosoc.crm.models.companies import Company, CompanyRelation
from infosoc.crm.models.imports import ImportBatch, ImportMapping, ImportRow
from infosoc.crm.rules import Status
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.jobs.worker import run_waiting
from tests.builders import make_company, make_member, make_tenant, sign_in

LIST = (
    "Företag;Org.nr;Kontaktperson;E-post;Telefon;Ort\r\n"
    "Åkerö Omsorg AB;559724-6270;Anna Åkerström;anna@akero.example;070-174 06 10;Gnosjö\r\n"
    "Lönn & Co HB;969029-7321;Bo Lönn;lonn@lonn.example;;Åre\r\n"
    "Felkontroll AB;559123-4567;Eva Fel;fel@fel.example;;Umeå\r\n"
).encode("cp1252")


@pytest.fixture
def tenant(app) -> int:
    app.config["WTF_CSRF_ENABLED"] = False
    load_jobs()
    with app.app_context(), transaction() as session:
        tenant = make_tenant(session)
        app.seller = make_member(session, tenant)
        session.expunge(app.seller)
        return tenant.id


@pytest.fixture
def seller(app, tenant):
    client = app.test_client()
    sign_in(client, app.seller)
    return client


def upload(client, content: bytes, name: str = "kunder.csv"):
    return client.post(
        "/infosoc/imports", data={"file": (io.BytesIO(content), name)}, content_type="multipart/form-data"
    )


def uploaded(client, content: bytes = LIST, name: str = "kunder.csv") -> str:
    answer = upload(client, content, name)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.location.rsplit("/", 2)[1]


def fields_of(page: str) -> dict[str, str]:
    """What the selects of the columns page are set to."""
    found = {}
    for name, inside in re.findall(r'<select class="input" name="(column-\d+)"[^>]*>(.*?)</select>', page, re.S):
        found[name] = re.search(r'value="(\w+)" selected', inside)[1]
    return found


def previewed(client, content: bytes = LIST, name: str = "kunder.csv", **more) -> str:
    public_id = uploaded(client, content, name)
    page = client.get(f"/infosoc/imports/{public_id}/columns").get_data(as_text=True)
    answer = client.post(f"/infosoc/imports/{public_id}/columns", data={**fields_of(page), "policy": "fill", **more})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return public_id


def committed(app, client, content: bytes = LIST, **more) -> str:
    public_id = previewed(client, content, **more)
    answer = client.post(f"/infosoc/imports/{public_id}/commit", data={"source": "Mässan", "good_only": "y"})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert run_waiting(app) == 1
    return public_id


def rows(app, tenant: int, query):
    with app.app_context(), tenant_scope(Scope.alone(tenant)):
        return list(db.session.execute(query))


def test_a_file_is_shown_as_it_was_read_with_its_columns_guessed(seller):
    public_id = uploaded(seller)
    page = seller.get(f"/infosoc/imports/{public_id}/columns").get_data(as_text=True)
    assert "Windows-1252" in page
    assert "Åkerö Omsorg AB" in page
    assert list(fields_of(page).values()) == [
        "name", "org_number", "contact_name", "contact_email", "contact_phone", "postal_town",
    ]  # fmt: skip


def test_the_preview_counts_and_tells_why_and_changes_nothing(app, tenant, seller):
    public_id = previewed(seller)
    page = seller.get(f"/infosoc/imports/{public_id}/preview").get_data(as_text=True)
    assert "Felkontroll AB" in page
    assert re.search(r"<dd>2</dd>", page)
    refused = seller.get(f"/infosoc/imports/{public_id}/preview?show=refused").get_data(as_text=True)
    assert "Felkontroll AB" in refused
    assert "Åkerö" not in refused
    assert rows(app, tenant, select(func.count(Company.id))) == [(0,)]


def test_the_list_says_how_long_an_unfinished_file_is_kept_and_lets_it_be_thrown_away(app, tenant, seller):
    public_id = committed(app, seller)
    page = seller.get("/infosoc/imports").get_data(as_text=True)
    assert "inom 7 dagar" not in page
    draft = uploaded(seller)
    page = seller.get("/infosoc/imports").get_data(as_text=True)
    assert "inom 7 dagar" in page
    assert re.findall(r'formaction="([^"]*/discard)"', page) == [f"/infosoc/imports/{draft}/discard"]
    assert public_id in page


KNOWN = "Företag;Org.nr;Status;Antal anställda;Antal platser;Kontaktperson;Ort\r\n".encode("cp1252")


def test_the_preview_says_what_would_change_from_what_and_what_is_kept_in_words(app, tenant, seller):
    with app.app_context(), tenant_scope(Scope.alone(tenant)), transaction() as session:
        make_company(session, "Åkerö Omsorg AB", org_number="5597246270", status=Status.NOT_RELEVANT)
    line = "Åkerö Omsorg AB;559724-6270;Kund;12;7;Anna Åkerström;Gnosjö\r\n".encode("cp1252")
    public_id = previewed(seller, KNOWN + line)
    page = text_of(seller.get(f"/infosoc/imports/{public_id}/preview").get_data(as_text=True))
    assert "Status: Registret säger något annat (Ej aktuell)" in page
    assert "Storlek tomt → till 10–49 anställda" in page
    assert "Ny kontaktperson tomt → till Anna Åkerström" in page
    policy = previewed(seller, KNOWN + line, policy="overwrite")
    page = text_of(seller.get(f"/infosoc/imports/{policy}/preview").get_data(as_text=True))
    assert "Status Från Ej aktuell → till Kund" in page


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_p10_without_a_source_nothing_is_imported(app, tenant, seller):
    public_id = previewed(seller)
    answer = seller.post(f"/infosoc/imports/{public_id}/commit", data={"source": " ", "good_only": "y"})
    assert answer.status_code == 422
    assert rows(app, tenant, select(ImportBatch.state)) == [(State.PREVIEWED,)]


def test_a_file_with_refused_rows_is_imported_only_when_the_user_says_so(app, tenant, seller):
    public_id = previewed(seller)
    answer = seller.post(f"/infosoc/imports/{public_id}/commit", data={"source": "Mässan"})
    assert answer.status_code == 422
    assert run_waiting(app) == 0
    assert committed(app, seller)
    assert rows(app, tenant, select(func.count(Company.id))) == [(2,)]


def test_the_import_is_done_by_a_job_and_shown_with_its_rows(app, tenant, seller):
    public_id = committed(app, seller)
    page = seller.get(f"/infosoc/imports/{public_id}").get_data(as_text=True)
    assert "Åkerö Omsorg AB" in page
    assert "Mässan" in page
    assert rows(app, tenant, select(CompanyRelation.source).distinct()) == [("Mässan",)]


def test_the_refused_rows_come_back_as_files_with_the_reason_beside(app, tenant, seller):
    public_id = committed(app, seller)
    answer = seller.get(f"/infosoc/imports/{public_id}/refused", headers={"Accept-Language": "en"})
    text = answer.data.decode("utf-8-sig")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    heading, line = text.splitlines()
    assert heading == "Företag;Org.nr;Kontaktperson;E-post;Telefon;Ort;Reason"
    assert line.startswith("Felkontroll AB;559123-4567;Eva Fel;fel@fel.example;;Umeå;Organisation number: ")
    workbook = seller.get(f"/infosoc/imports/{public_id}/refused?format=xlsx").data
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        assert (
            "Felkontroll AB"
            in archive.read("xl/worksheets/sheet1.xml").decode() + archive.read("xl/sharedStrings.xml").decode()
            if "xl/sharedStrings.xml" in archive.namelist()
            else archive.read("xl/worksheets/sheet1.xml").decode()
        )


def test_a_personal_number_is_kept_nowhere_and_shown_nowhere(app, tenant, seller):
    content = "Namn;Anteckning;Övrigt\r\nAlfa AB;hans nummer 19121212-1212;\r\nBeta AB;;\r\n".encode()
    public_id = committed(app, seller, content)
    page = seller.get(f"/infosoc/imports/{public_id}?show=refused").get_data(as_text=True)
    file = seller.get(f"/infosoc/imports/{public_id}/refused").data.decode()
    assert "Alfa AB" in page
    kept = repr(rows(app, tenant, select(ImportRow.cells, ImportRow.reason)))
    for text in (page, file, kept):
        assert "1212-1212" not in text
        assert "19121212" not in text


def test_an_import_is_taken_back_from_its_page(app, tenant, seller):
    public_id = committed(app, seller)
    assert "2" in seller.get(f"/infosoc/imports/{public_id}/revert").get_data(as_text=True)
    answer = seller.post(f"/infosoc/imports/{public_id}/revert", data={})
    assert answer.status_code == 303
    assert run_waiting(app) == 1
    assert rows(app, tenant, select(func.count(Company.id))) == [(0,)]
    assert rows(app, tenant, select(ImportBatch.state)) == [(State.REVERTED,)]
    assert seller.get(f"/infosoc/imports/{public_id}").status_code == 200


def test_the_file_is_gone_once_it_is_settled_and_nobody_else_could_read_it(app, seller):
    folder = app.extensions["settings"].data_dir / "imports"
    public_id = uploaded(seller)
    (file,) = folder.iterdir()
    assert (file.stat().st_mode & 0o777, re.fullmatch(r"[0-9a-f]{32}", file.name) is not None) == (0o600, True)
    seller.post(f"/infosoc/imports/{public_id}/discard")
    assert list(folder.iterdir()) == []
    committed(app, seller)
    assert list(folder.iterdir()) == []


def test_a_mapping_is_remembered_for_the_next_file_with_these_headings(app, tenant, seller):
    previewed(seller, **{"column-5": "ignore"})
    assert len(rows(app, tenant, select(ImportMapping.id))) == 1
    page = seller.get(f"/infosoc/imports/{uploaded(seller)}/columns").get_data(as_text=True)
    assert fields_of(page)["column-5"] == "ignore"


def test_a_column_chosen_twice_is_refused_beside_the_columns(seller):
    public_id = uploaded(seller)
    data = {"column-0": "name", "column-1": "name", "policy": "fill"}
    answer = seller.post(f"/infosoc/imports/{public_id}/columns", data=data)
    assert answer.status_code == 422
    assert "Åkerö" in answer.get_data(as_text=True)


def test_the_file_can_be_read_in_another_way(seller):
    public_id = uploaded(seller)
    data = {"encoding": "cp850", "delimiter": "semicolon", "heading_row": "1"}
    assert seller.post(f"/infosoc/imports/{public_id}/reading", data=data).status_code == 303
    page = seller.get(f"/infosoc/imports/{public_id}/columns").get_data(as_text=True)
    assert "Åkerö" not in page
    wrong = seller.post(f"/infosoc/imports/{public_id}/reading", data={**data, "encoding": "utf-8"})
    assert wrong.status_code == 422


def test_a_large_file_is_checked_by_a_job(app, seller):
    content = LIST + b"".join(f"Bolag {n} AB;;;;;\r\n".encode() for n in range(20_000))
    public_id = previewed(seller, content)
    page = seller.get(f"/infosoc/imports/{public_id}/preview").get_data(as_text=True)
    assert 'id="import-progress"' in page
    assert run_waiting(app) == 1
    page = seller.get(f"/infosoc/imports/{public_id}/preview").get_data(as_text=True)
    assert "20" in page
    assert 'id="import-progress"' not in page
    answer = seller.get(f"/infosoc/imports/{public_id}/progress", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"].endswith(f"/infosoc/imports/{public_id}")


def zip_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 500 * 1024 * 1024)
    return file.getvalue()


BAD = {
    "empty": b"",
    "blanks": b"\r\n\r\n   \r\n",
    "random bytes": bytes(range(256)) * 40,
    "a broken workbook": b"PK\x03\x04" + bytes(range(256)) * 10,
    "an old workbook": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
    "a zip bomb": None,
}


@pytest.mark.sqlite_only
@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_answered_with_one_clear_message(app, seller, what):
    answer = upload(seller, BAD[what] if BAD[what] is not None else zip_bomb(), "fil.xlsx")
    assert answer.status_code == 422
    assert answer.get_data(as_text=True).count('class="field-error"') == 1
    folder = app.extensions["settings"].data_dir / "imports"
    assert list(folder.iterdir()) == []


ODD = {
    "only headings": "Företag;Org.nr\r\n",
    "one column": "Företag\r\nAlfa AB\r\nBeta AB\r\n",
    "300 columns": ";".join(f"Kolumn {n}" for n in range(300)) + "\r\n" + ";".join(["x"] * 300) + "\r\n",
    "a cell of five megabytes": "Företag;Anteckning\r\nAlfa AB;" + "å" * 5_000_000 + "\r\n",
    "no headings": "Alfa AB;559724-6270\r\nBeta AB;969029-7321\r\n",
}


@pytest.mark.sqlite_only
@pytest.mark.parametrize("what", ODD)
def test_an_odd_file_never_breaks_a_page(seller, what):
    answer = upload(seller, ODD[what].encode())
    assert answer.status_code in {303, 422}
    if answer.status_code == 303:
        public_id = answer.location.rsplit("/", 2)[1]
        page = seller.get(f"/infosoc/imports/{public_id}/columns")
        assert page.status_code == 200
        fields = {**fields_of(page.get_data(as_text=True)), "column-0": "name", "policy": "fill"}
        answer = seller.post(f"/infosoc/imports/{public_id}/columns", data=fields)
        assert answer.status_code in {303, 422}
        assert seller.get(f"/infosoc/imports/{public_id}/preview", follow_redirects=True).status_code == 200


def test_t05_an_import_of_another_tenant_does_not_exist(app, tenant, seller):
    public_id = uploaded(seller)
    with app.app_context(), transaction() as session:
        other = make_member(session, make_tenant(session, "rattsdata"), None, Role.ADMINISTRATOR)
    client = app.test_client()
    sign_in(client, other)
    for path in ("", "/columns", "/preview", "/refused", "/revert", "/rows", "/progress"):
        assert client.get(f"/rattsdata/imports/{public_id}{path}").status_code == 404, path


def test_a_reader_may_not_import(app, tenant):
    with app.app_context(), transaction() as session:
        from infosoc.tenancy.models import Tenant

        reader = make_member(session, session.get_one(Tenant, tenant), None, Role.READER)
    client = app.test_client()
    sign_in(client, reader)
    assert client.get("/infosoc/imports").status_code == 403
    assert upload(client, LIST).status_code == 403


def test_the_limits_of_a_file_are_named():
    assert MAX_SIZE > 32 * 1024 * 1024  # what a request may hold is less than what the command line reads
