"""The package lists are complete, locked by hash, and name no place to fetch from."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LISTS = ("requirements.lock", "requirements-dev.lock", "assets.lock")


def normal(requirement: str) -> str:
    """The package's name as indexes write it."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name, requirement
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def locked(name: str) -> set[str]:
    lines = (ROOT / name).read_text().splitlines()
    return {normal(line) for line in lines if re.match(r"[A-Za-z0-9]", line)}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_names_no_host_and_no_index(name):
    text = (ROOT / name).read_text()
    assert not re.search(r"://|^-", text, re.MULTILINE)


@pytest.mark.parametrize("name", LISTS)
def test_every_package_in_a_list_is_pinned_and_hashed(name):
    for entry in re.split(r"\n(?=[A-Za-z0-9])", (ROOT / name).read_text().strip()):
        assert "==" in entry.splitlines()[0], entry
        assert "--hash=sha256:" in entry, entry


def test_every_dependency_is_in_the_lists():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = {normal(requirement) for requirement in project["project"]["dependencies"]}
    assert wanted <= locked("requirements.lock"), "run bin/lock"
    wanted |= {normal(requirement) for requirement in project["dependency-groups"]["dev"]}
    assert wanted <= locked("requirements-dev.lock"), "run bin/lock"


def test_both_lists_agree_on_every_version():
    pins = [dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE)) for name in LISTS]
    assert not {name for name in pins[0] if pins[1].get(name) != pins[0][name]}
