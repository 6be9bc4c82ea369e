"""The example in deploy/ for OpenDKIM, run: what it signs of our letters, and what `flask mail check` says of that."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infosoc.mailings import deliverability

EXAMPLE = Path(__file__).resolve().parents[2] / "deploy" / "opendkim.conf.example"
PROGRAMS = "/usr/sbin:/usr/bin:/usr/local/sbin"
OPENDKIM, GENKEY = (shutil.which(name, path=PROGRAMS) for name in ("opendkim", "opendkim-genkey"))
DOMAIN = "infosoc.example"

pytestmark = [
    pytest.mark.sqlite_only,
    pytest.mark.skipif(not (OPENDKIM and GENKEY), reason="opendkim and opendkim-tools are not installed"),
]


@pytest.fixture
def keys(tmp_path) -> Path:
    """A folder with a key, made as the example says."""
    command = re.search(r"opendkim-genkey -b 2048 -d example\.se -s infosoc -D /etc/dkimkeys", EXAMPLE.read_text())[0]
    words = command.replace("example.se", DOMAIN).replace("/etc/dkimkeys", str(tmp_path)).split()
    subprocess.run([GENKEY, *words[1:]], check=True, capture_output=True)
    return tmp_path


def sign(raw: bytes, keys: Path, *, left_out: str = "") -> bytes:
    """The letter with the header that the example adds to it, or one with a name less in the list of what is signed."""
    text = EXAMPLE.read_text().replace("example.se", DOMAIN).replace("/etc/dkimkeys", str(keys))
    if left_out:
        text = re.sub(rf",{left_out}(?=[,\n])", "", text)
    # Only what belongs to a server's machine is otherwise: who it runs as, and folders that others may write to.
    text = re.sub(r"^(UserID|PidFile|Syslog)\s.*\n", "", text, flags=re.M) + "RequireSafeKeys no\n"
    said = run(keys, text, raw, "-vvv")
    value = re.search(r"INSHEADER: idx=0 hname='DKIM-Signature' hvalue='(.*?)'$", said, re.S | re.M)[1]
    return b"DKIM-Signature: " + value.replace("\n", "\r\n").encode() + b"\r\n" + raw


def is_good(letter: bytes, keys: Path, record: str) -> bool:
    """Whether a receiver that finds this in the DNS takes the signature."""
    known = keys / "dns"
    known.write_text(f"infosoc._domainkey.{DOMAIN} {record}\n")
    said = run(keys, f"Mode v\nTestPublicKeys {known}\n", letter, "-v")
    assert "succeeded" in said or "failed" in said, said
    return "succeeded" in said


def run(folder: Path, configuration: str, letter: bytes, *arguments: str) -> str:
    conf, file = folder / "opendkim.conf", folder / "letter.eml"
    conf.write_text(configuration)
    file.write_bytes(letter)
    command = [str(OPENDKIM), "-x", str(conf), "-t", str(file), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def check(app, letter: bytes, keys: Path):
    sample = keys / "sample.eml"
    sample.write_bytes(letter)
    arguments = ["mail", "check", "--sample", str(sample), "--key", str(keys / "infosoc.txt")]
    return app.test_cli_runner().invoke(args=arguments)


def test_m04_opendkim_signs_both_headers_as_the_example_has_it(mailing_app, raw, keys):
    signed = sign(raw, keys)
    (signature,) = deliverability.signatures(signed)
    assert signature.headers.count("list-unsubscribe") == signature.headers.count("list-unsubscribe-post") == 2
    said = check(mailing_app, signed, keys)
    assert said.exit_code == 0, said.output
    assert "covers both headers" in said.output
    (line,) = (one for one in said.output.splitlines() if f"infosoc._domainkey.{DOMAIN}. IN TXT" in one)
    strings = re.findall(r'"([^"]*)"', line)
    assert max(map(len, strings)) <= 255
    assert is_good(signed, keys, "".join(strings))
    for changed in (
        signed.replace(b"One-Click", b"Two-Click"),
        signed.replace(b"/unsubscribe/", b"/unsubscribe/x", 1),
        signed.replace(b"\r\nList-Help:", b"\r\nList-Unsubscribe: <https://other.example/>\r\nList-Help:", 1),
    ):
        assert changed != signed
        assert not is_good(changed, keys, "".join(strings))


@pytest.mark.parametrize("left_out", ["List-Unsubscribe", "List-Unsubscribe-Post"])
def test_m04_what_opendkim_leaves_out_is_found(mailing_app, raw, keys, left_out):
    said = check(mailing_app, sign(raw, keys, left_out=left_out), keys)
    assert said.exit_code == 1
    assert f"does not cover {left_out.lower()}." in said.output
