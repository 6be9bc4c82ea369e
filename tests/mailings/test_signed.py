"""Letters signed by a mail server: both headers for leaving are covered; and what the DNS needs to hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from infosoc.mailings import deliverability
from tests.support.dkim import SIGNED, Signer

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def signer(tmp_path) -> Signer:
    return Signer(tmp_path)


@pytest.mark.sqlite_only
def test_m04_a_really_signed_letter_covers_both_headers_for_leaving(raw, signer):
    signed = signer.sign(raw)
    assert signer.is_good(signed)
    (signature,) = deliverability.signatures(signed)
    assert {"list-unsubscribe", "list-unsubscribe-post"} <= set(signature.headers)
    assert deliverability.problems_of(signed, "infosoc.example") == []
    changed = signed.replace(b"One-Click", b"Two-Click")
    assert not signer.is_good(changed)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("left_out", ["list-unsubscribe", "list-unsubscribe-post", "from"])
def test_m04_a_signature_that_leaves_one_out_is_found(raw, signer, left_out):
    signed = signer.sign(raw, tuple(name for name in SIGNED if name != left_out))
    (problem,) = deliverability.problems_of(signed, "infosoc.example")
    assert left_out in problem


@pytest.mark.sqlite_only
def test_m04_the_check_on_the_command_line(mailing_app, raw, signer, tmp_path):
    good, bad = tmp_path / "good.eml", tmp_path / "bad.eml"
    good.write_bytes(signer.sign(raw))
    bad.write_bytes(raw)
    run = mailing_app.test_cli_runner().invoke
    said = run(args=["mail", "check", "--sample", str(good), "--key", str(signer.public)])
    assert said.exit_code == 0, said.output
    assert "covers both headers" in said.output
    assert 'infosoc._domainkey.infosoc.example. IN TXT "v=DKIM1; k=rsa; p=MIIB' in said.output
    assert 'infosoc.example. IN TXT "v=spf1 mx a:kund.infosoc.example -all"' in said.output
    assert '_dmarc.infosoc.example. IN TXT "v=DMARC1; p=quarantine' in said.output
    assert "infosoc.example. IN MX 10 kund.infosoc.example." in said.output
    said = run(args=["mail", "check", "--sample", str(bad)])
    assert said.exit_code == 1
    assert "not signed" in said.output


@pytest.mark.parametrize("signed_by", ["infosoc.example", "mail.infosoc.example"])
def test_m08_a_signature_of_the_same_organisation_is_aligned(signed_by):
    raw = f"DKIM-Signature: d={signed_by}; s=a; h=From:List-Unsubscribe:\r\n List-Unsubscribe-Post\r\n\r\n".encode()
    assert deliverability.problems_of(raw, "infosoc.example") == []
    assert deliverability.problems_of(raw, "other.example") != []


def test_m08_the_return_domain_gets_its_own_lines():
    lines = deliverability.records(mail_domain="a.example", bounce_domain="studs.a.example", mail_host="mx.a.example")
    assert ("studs.a.example", "MX") in {(one.name, one.kind) for one in lines}
    assert ("studs.a.example", "TXT") in {(one.name, one.kind) for one in lines}


@pytest.mark.parametrize(
    ("mail_host", "spf", "mx"),
    [("mx.a.example", "a:mx.a.example", "mx.a.example"), ("localhost", "a:kund.a.example", "kund.a.example"),
     ("127.0.0.1", "a:kund.a.example", "kund.a.example"), ("::1", "a:kund.a.example", "kund.a.example"),
     ("192.0.2.7", "ip4:192.0.2.7", "kund.a.example"), ("2001:db8::7", "ip6:2001:db8::7", "kund.a.example")],
)  # fmt: skip
def test_m08_a_server_without_a_name_of_its_own_has_lines_that_the_dns_takes(mail_host, spf, mx):
    lines = deliverability.records(
        mail_domain="a.example", bounce_domain="studs.a.example", mail_host=mail_host, own_host="kund.a.example"
    )
    assert {one.value for one in lines if "spf1" in one.value} == {f"v=spf1 mx {spf} -all"}
    assert {one.value for one in lines if one.kind == "MX"} == {f"10 {mx}."}


def test_a_key_is_read_from_pem_from_a_line_of_the_dns_and_bare(signer):
    pem = signer.public.read_text()
    bare = deliverability.key_of(pem)
    line = f'infosoc._domainkey IN TXT ( "v=DKIM1; k=rsa; " "p={bare[:200]}" "{bare[200:]}" )'
    assert deliverability.key_of(bare) == deliverability.key_of(line) == bare
    with pytest.raises(ValueError):
        deliverability.key_of("nothing of the kind")


def test_m04_the_examples_in_deploy_sign_both_headers():
    for name in ("rspamd-dkim_signing.conf.example", "opendkim.conf.example"):
        text = (ROOT / "deploy" / name).read_text().lower()
        assert "list-unsubscribe-post" in text, name
        assert "list-unsubscribe" in text.replace("list-unsubscribe-post", ""), name
