"""The pages of mailings: without JavaScript from the first word to the sending, for who may, in one's own company."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from infosoc.accounts.roles import Role
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import Scope, tenant_scope
from infosoc.kernel import clock
from infosoc.mailings.commands import freezing
from infosoc.mailings.models import Mailing, MailingImage, MailingList, MailingRecipient
from infosoc.outbox import letter
from infosoc.outbox.models import OutboxMessage
from infosoc.suppression import pepper
from infosoc.suppression.commands import Evidence, suppress
from infosoc.suppression.rules import Channel, Kind
from tests.builders import NOW, csrf_token, make_company, make_member, make_tenant, make_user, sign_in
from tests.mailings.builders import make_list, make_mailing, make_person, reader

JPEG = b"\xff\xd8\xff"


@pytest.fixture
def place(app, client):
    """A tenant with a list, two persons and somebody with the right to send, signed in; and another tenant."""
    with app.app_context(), transaction() as session:
        tenant, other = make_tenant(session), make_tenant(session, "rattsdata")
        user = make_member(session, tenant, None, Role.SELLER, Role.PRIVACY_OFFICER)
        seller = make_member(session, tenant, make_user(session, "Sälj Are"), Role.SELLER)
        stranger = make_member(session, other, make_user(session, "Annan Firma"), Role.PRIVACY_OFFICER)
        found = SimpleNamespace(
            tenant_id=tenant.id, user=user, user_id=user.id, email=user.email, seller=seller, stranger=stranger
        )
        with tenant_scope(Scope.alone(tenant.id)):
            of_list = make_list(session, by=user.id)
            company = make_company(session, "Åkeri AB", org_number="5560160680")
            make_person(session, company, "Får Brev", email="far@aker.example")
            make_person(session, company, "Har Avböjt", marketing="opted_out")
            found.list_id = of_list.public_id
            found.mailing_id = make_mailing(session, of_list, by=user.id).public_id
        session.expunge_all()
    sign_in(client, found.user)
    return found


def post(client: FlaskClient, path: str, page: str | None = None, **fields):
    token = csrf_token(client, page or "/infosoc/mailings")
    return client.post(path, data={"csrf_token": token, "submission": str(clock.now().timestamp()), **fields})


def at(place, path: str = "") -> str:
    return f"/infosoc/mailings/{place.mailing_id}{path}"


def stored(app, place) -> Mailing:
    with app.app_context(), tenant_scope(Scope.alone(place.tenant_id)):
        return db.session.scalar(select(Mailing).where(Mailing.public_id == place.mailing_id))


def seen_in(client: FlaskClient, path: str) -> str:
    return re.search(r'name="seen" value="([^"]+)"', client.get(path).get_data(as_text=True))[1]


def test_a_mailing_is_written_chosen_fixed_approved_and_begun_without_javascript(app, client, place):
    made = post(client, "/infosoc/mailings", title="Brev", list_id=place.list_id, language="sv")
    assert made.status_code == 303
    place.mailing_id = re.search(r"mailings/(\w+)/letter", made.location)[1]
    letter = {"title": "Brev", "list_id": place.list_id, "language": "sv", "tells_source": "y"}
    written = post(client, at(place, "/letter"), subject="Hej", body="Hej [förnamn]", then="recipients", **letter)
    assert written.location.endswith("/recipients")
    chosen = post(client, at(place, "/recipients"), query="q=&status=prospect&status=bogus&evil=1")
    assert chosen.location.endswith("/preview")
    assert stored(app, place).query == "status=prospect"
    post(client, at(place, "/recipients"), query="")
    assert post(client, at(place, "/freeze")).location.endswith("/approval")
    mailing = stored(app, place)
    assert (mailing.state, mailing.recipients, mailing.skipped) == ("frozen", 1, 1)
    approved = post(
        client, at(place, "/approval"), seen=seen_in(client, at(place, "/approval")), when="now", at="09:00"
    )
    assert (approved.status_code, approved.location) == (303, at(place))
    assert stored(app, place).state == "sending"


def test_m28_who_is_skipped_is_shown_with_the_reason_before_anything_is_fixed(client, place):
    page = client.get(at(place, "/recipients")).get_data(as_text=True)
    assert "Har Avböjt" in page
    assert "Har avböjt utskick" in page
    assert "Får Brev" not in page
    assert "Får Brev" in client.get(at(place, "/recipients?chosen=1&why=letters")).get_data(as_text=True)


def test_the_filters_of_the_address_win_over_those_that_are_kept(app, client, place):
    post(client, at(place, "/recipients"), query="status=customer")
    nobody = client.get(at(place, "/recipients")).get_data(as_text=True)
    everybody = client.get(at(place, "/recipients?chosen=1")).get_data(as_text=True)
    assert "Har Avböjt" not in nobody
    assert "Har Avböjt" in everybody
    assert stored(app, place).query == "status=customer"


def test_the_rows_alone_are_a_page_when_opened_by_hand(client, place):
    path = at(place, "/recipients/rows?chosen=1")
    assert "<html" in client.get(path).get_data(as_text=True)
    piece = client.get(path, headers={"HX-Request": "true"})
    assert "<html" not in piece.get_data(as_text=True)
    assert piece.headers["HX-Push-Url"].startswith(at(place, "/recipients?chosen=1"))


def test_wrong_input_answers_422_with_what_was_written(client, place):
    letter = {"list_id": place.list_id, "language": "sv", "subject": "Hej"}
    answer = post(client, at(place, "/letter"), title="", body="Behåll mina ord", **letter)
    assert answer.status_code == 422
    assert "Behåll mina ord" in answer.get_data(as_text=True)


def test_p05_a_personal_number_in_a_letter_is_refused(app, client, place):
    letter = {"title": "Brev", "list_id": place.list_id, "language": "sv", "subject": "Hej"}
    answer = post(client, at(place, "/letter"), body="Ring 19811218-9876", **letter)
    assert answer.status_code == 422
    assert "9876" not in stored(app, place).body


def test_a_letter_changed_by_somebody_else_is_not_overwritten(app, client, place):
    letter = {"title": "Brev", "list_id": place.list_id, "language": "sv", "subject": "Hej"}
    assert post(client, at(place, "/letter"), body="Mitt", version="0", **letter).status_code == 422
    assert "Mitt" not in stored(app, place).body


@pytest.mark.parametrize("path", ["", "/letter", "/recipients", "/preview", "/preview/letter", "/approval", "/results"])
def test_t05_another_company_finds_nothing_there(client, place, path):
    sign_in(client, place.stranger)
    assert client.get(at(place, path)).status_code == 404
    assert client.get(at(place, path).replace("/infosoc/", "/rattsdata/")).status_code == 404


def test_a_seller_writes_and_fixes_but_does_not_send(app, client, place):
    sign_in(client, place.seller)
    assert post(client, at(place, "/freeze")).status_code == 303
    page = client.get(at(place, "/approval")).get_data(as_text=True)
    assert "Väntar på godkännande" in page
    answer = post(client, at(place, "/approval"), seen="x", when="now")
    assert answer.status_code == 403
    assert stored(app, place).state == "frozen"


def test_approving_what_has_changed_meanwhile_answers_409(app, client, place):
    post(client, at(place, "/freeze"))
    answer = post(client, at(place, "/approval"), seen="1.1.1", when="now", at="09:00")
    assert answer.status_code == 409
    assert stored(app, place).state == "frozen"


def test_a_later_time_is_kept_and_a_past_one_refused(app, client, place):
    post(client, at(place, "/freeze"))
    seen = seen_in(client, at(place, "/approval"))
    assert post(client, at(place, "/approval"), seen=seen, when="later", on="2020-01-01", at="09:00").status_code == 422
    assert post(client, at(place, "/approval"), seen=seen, when="later", on="", at="09:00").status_code == 422
    assert post(client, at(place, "/approval"), seen=seen, when="later", on="+2", at="14").status_code == 303
    mailing = stored(app, place)
    assert mailing.state == "approved"
    assert clock.local(mailing.scheduled_at).strftime("%H:%M") == "14:00"


def test_pausing_resuming_and_ending(app, client, place):
    post(client, at(place, "/freeze"))
    post(client, at(place, "/approval"), seen=seen_in(client, at(place, "/approval")), when="now", at="09:00")
    for step, state in (("/pause", "paused"), ("/resume", "sending"), ("/stop", "cancelled")):
        assert post(client, at(place, step)).status_code == 303
        assert stored(app, place).state == state
    assert "Avbrutet" in client.get(at(place)).get_data(as_text=True)


def test_the_progress_alone_sends_the_browser_on_when_the_mailing_has_ended(client, place):
    gone = client.get(at(place, "/progress"), headers={"HX-Request": "true"})
    assert gone.headers["HX-Redirect"] == at(place)


def test_the_result_page_tells_what_became_of_everybody(client, place):
    post(client, at(place, "/freeze"))
    page = client.get(at(place, "/results")).get_data(as_text=True)
    assert all(word in page for word in ("Får Brev", "far@aker.example", "Har Avböjt", "Har avböjt utskick"))
    skipped = client.get(at(place, "/results?show=skipped&why=opted_out")).get_data(as_text=True)
    assert "Har Avböjt" in skipped
    assert "Får Brev" not in skipped


def test_m25_the_letter_of_the_preview_can_reach_nothing(client, place):
    answer = client.get(at(place, "/preview/letter"))
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script" not in policy
    assert "Anna" in answer.get_data(as_text=True)


@pytest.mark.parametrize("way", ["mail", "phone", "text"])
def test_each_way_of_the_preview_answers(client, place, way):
    assert client.get(at(place, f"/preview?as={way}")).status_code == 200


def messages(app, place) -> list[OutboxMessage]:
    with app.app_context(), tenant_scope(Scope.alone(place.tenant_id)):
        return list(db.session.scalars(select(OutboxMessage)))


def test_m27_a_test_letter_goes_to_oneself_marked_with_a_link_that_does_nothing(app, client, place):
    assert post(client, at(place, "/test")).status_code == 303
    (message,) = messages(app, place)
    assert message.recipient == place.email
    assert message.subject.startswith("[TEST] ")
    links = re.findall(r"/unsubscribe/(\S+?)[\"<\s]", message.html_body + message.text_body + " ")
    assert set(links) == {"test"}


def test_m27_a_test_letter_shows_the_pictures_as_the_real_one_does(app, client, place):
    with app.app_context(), transaction() as session, tenant_scope(Scope.alone(place.tenant_id)):
        content = picture("PNG", (30, 20)).getvalue()
        image = MailingImage(name="logga", mime="image/png", width=30, height=20, content=content, added_at=NOW)
        session.add(image)
        session.flush()
        session.scalars(select(Mailing)).one().body = f"Hej\n\n![Vår logga](bild:{image.public_id})"
        session.flush()
    assert post(client, at(place, "/test")).status_code == 303
    (message,) = messages(app, place)
    sent = letter.compose(
        sender="kund@infosoc.example", sender_name="Infosoc", recipient=message.recipient, subject=message.subject,
        text=message.text_body, html=message.html_body, message_id="<a@b.example>", written_at=NOW,
    )  # fmt: skip
    html = sent.get_body(("html",)).get_content()
    assert ('src="cid:0@pictures"' in html, "data:" in html) == (True, False)
    (part,) = [one for one in sent.walk() if one.get_content_type() == "image/png"]
    assert (part["Content-ID"], part.get_content()) == ("<0@pictures>", content)


def test_m27_no_test_letter_goes_to_a_suppressed_address(app, client, place):
    with app.app_context(), transaction() as session, tenant_scope(Scope.alone(place.tenant_id)):
        suppress(session, pepper.digest(place.email), Kind.NO_MAILINGS, Evidence(Channel.STAFF), now=NOW)
    assert post(client, at(place, "/test")).status_code == 303
    assert messages(app, place) == []


def picture(kind: str, size=(2000, 500), **more) -> io.BytesIO:
    made = io.BytesIO()
    Image.new("RGB", size, "green").save(made, kind, **more)
    made.seek(0)
    return made


def test_a_picture_is_drawn_anew_without_what_the_camera_noted(app, client, place):
    exif = Image.Exif()
    exif[0x010F] = "Kameran hos Bo Lönn"
    file = picture("JPEG", exif=exif.tobytes())
    assert "Bo L" in file.getvalue().decode("latin-1")
    token = csrf_token(client, "/infosoc/mailing-images")
    data = {"csrf_token": token, "submission": "a", "file": (file, "vår logga.jpg")}
    assert client.post("/infosoc/mailing-images", data=data).status_code == 303
    with app.app_context(), tenant_scope(Scope.alone(place.tenant_id)):
        image = db.session.scalar(select(MailingImage))
        content, size = image.content, (image.width, image.height)
    assert b"Bo L" not in content
    assert size == (1120, 280)
    shown = client.get(f"/infosoc/mailing-images/{image.public_id}/file")
    assert (shown.mimetype, shown.data) == ("image/jpeg", content)
    assert "sandbox" in shown.headers["Content-Security-Policy"]


@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", b"<html>", b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, JPEG])
def test_what_is_no_picture_is_refused(client, place, content):
    token = csrf_token(client, "/infosoc/mailing-images")
    data = {"csrf_token": token, "submission": "a", "file": (io.BytesIO(content), "x.png")}
    assert client.post("/infosoc/mailing-images", data=data).status_code == 422


def test_m02_a_list_keeps_its_list_id_when_it_gets_another_name(app, client, place):
    edit = f"/infosoc/mailing-lists/{place.list_id}"
    assert post(client, edit, name="Helt annat", description="", version="1").status_code == 303
    with app.app_context(), tenant_scope(Scope.alone(place.tenant_id)):
        found = db.session.scalar(select(MailingList))
        assert (found.name, found.slug) == ("Helt annat", "nyheter")
    assert post(client, "/infosoc/mailing-lists", name="Helt annat").status_code == 422


def test_p02_the_mailing_stands_in_the_timeline_of_the_person_and_of_the_company(app, client, place):
    with app.app_context(), transaction() as session, tenant_scope(Scope.alone(place.tenant_id)):
        freezing.freeze(session, place.mailing_id, reader=reader(place.user_id), by=place.user_id, now=NOW)
        row = session.scalar(select(MailingRecipient).where(MailingRecipient.state == "queued"))
        row.state, row.handed_over_at, row.unsubscribed_at = "sent", clock.now(), clock.now()
        session.flush()
    for kind in ("contacts", "companies"):
        page = client.get(f"/infosoc/{kind}").get_data(as_text=True)
        names = {"contacts": "Får Brev", "companies": "Åkeri AB"}
        record = re.search(rf'href="?([^">\s]+)"?[^>]*>{names[kind]}', page)[1]
        # A company's page asks for mailings alone when they are chosen: it has eight questions.
        asked = "" if kind == "contacts" else "?kind=mailing"
        shown = client.get(record.partition("?")[0] + asked).get_data(as_text=True)
        assert "Novemberbrevet" in shown, kind
        assert "tackade nej till fler utskick" in shown, kind


def test_a_copy_has_the_letter_and_none_of_the_recipients(app, client, place):
    post(client, at(place, "/freeze"))
    made = post(client, at(place, "/copy"), title="Igen")
    place.mailing_id = re.search(r"mailings/(\w+)/letter", made.location)[1]
    copy = stored(app, place)
    assert (copy.state, copy.subject, copy.recipients) == ("draft", "Nytt i november", 0)
