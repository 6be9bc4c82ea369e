"""The jobs page and the health address."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from infosoc.accounts.roles import Role
from infosoc.db.session import db, transaction
from infosoc.db.tenancy import every_tenant, tenant_scope
from infosoc.jobs import commands
from infosoc.jobs.models import Job
from infosoc.jobs.rules import JobState
from infosoc.jobs.worker import Worker
from infosoc.tenancy.models import Tenant
from infosoc.tenancy.queries import scope_numbered
from tests.builders import NOW, csrf_token, make_member, make_tenant, sign_in


@pytest.fixture
def signed_in(app, client):
    """A client whose seller belongs to infosoc; each company has a job of its own."""
    with app.app_context():
        with transaction() as session:
            tenants = {slug: make_tenant(session, slug).id for slug in ("infosoc", "rattsdata")}
            seller = make_member(session, session.get_one(Tenant, tenants["infosoc"]), None, Role.SELLER)
            reader = make_member(session, session.get_one(Tenant, tenants["infosoc"]), None, Role.READER)
            for slug, tenant_id in tenants.items():
                with tenant_scope(scope_numbered(session, tenant_id)):
                    commands.enqueue(
                        session, "test.x", args={}, unique_key="k", title="Import of %(name)s",
                        title_values={"name": f"{slug}.csv"}, total=4000, now=NOW,
                    )  # fmt: skip
        client.reader = reader
        sign_in(client, seller)
    return client


def set_job(app, **values) -> str:
    with app.app_context(), transaction() as session, every_tenant("a test"):
        job = session.query(Job).order_by(Job.id).first()
        for name, value in values.items():
            setattr(job, name, value)
        session.flush()
        return job.public_id


def test_the_page_shows_the_tenants_jobs_and_that_nobody_works(signed_in):
    page = signed_in.get("/infosoc/jobs").get_data(as_text=True)
    assert "infosoc.csv" in page
    assert "rattsdata.csv" not in page
    assert 'class="notice" data-kind="warning"' in page
    assert "every 2s" in page


def test_the_list_stops_asking_when_nothing_moves(app, signed_in):
    set_job(app, state=JobState.DONE)
    answer = signed_in.get("/infosoc/jobs/rows", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert answer.strip().startswith('<div id="job-rows"')
    assert "every 2s" not in answer


def test_the_fragments_address_opened_by_hand_is_a_whole_page(signed_in):
    assert "<html" in signed_in.get("/infosoc/jobs/rows").get_data(as_text=True)


def test_a_failed_job_is_started_again_by_a_plain_form(app, signed_in):
    public_id = set_job(app, state=JobState.FAILED, problem={"message": "Broken %(x)s", "values": {"x": "leg"}})
    assert "Broken leg" in signed_in.get("/infosoc/jobs").get_data(as_text=True)
    form = {"csrf_token": csrf_token(signed_in, "/infosoc/jobs")}
    answer = signed_in.post(f"/infosoc/jobs/{public_id}/again", data=form)
    assert (answer.status_code, answer.location) == (303, "/infosoc/jobs")
    assert signed_in.post(f"/infosoc/jobs/{public_id}/again", data=form).status_code == 409


def test_another_tenants_job_is_not_there(app, signed_in):
    with app.app_context(), every_tenant("a test"):
        theirs = db.session().query(Job).order_by(Job.id.desc()).first().public_id
    form = {"csrf_token": csrf_token(signed_in, "/infosoc/jobs")}
    assert signed_in.post(f"/infosoc/jobs/{theirs}/again", data=form).status_code == 404


def test_a_reader_may_not_see_jobs(app, signed_in):
    sign_in(signed_in, signed_in.reader)
    assert signed_in.get("/infosoc/jobs").status_code == 403


def test_health_names_a_missing_worker_and_still_serves(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json == {
        "status": "degraded", "checks": {"database": "ok", "migrations": "ok", "jobs": "no worker"}
    }  # fmt: skip


def test_health_is_ok_with_a_worker(app, client):
    worker = Worker(app)
    worker.beat()
    assert client.get("/healthz").json["status"] == "ok"
    worker.leave()
    assert client.get("/healthz").json["status"] == "degraded"


def test_health_fails_when_a_migration_is_pending(app, client):
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '0001'"))
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json["checks"]["migrations"]) == (503, "pending")


def test_health_fails_without_details_when_the_database_does(app, client):
    with app.app_context(), db.engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("set local role infosoc"))
        connection.execute(text("alter table alembic_version rename column version_num to other"))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json == {
        "status": "failing", "checks": {"database": "failing", "migrations": "unknown", "jobs": "unknown"}
    }  # fmt: skip
