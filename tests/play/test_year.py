"""The year 2024, played and counted over again: the books and the raw events agree to the öre."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path

from infosoc.cli.worker import load_jobs
from tests.invoicing.world import make_house
from tests.play import recount
from tests.play.year import Year

CUSTOMERS = 200
load_jobs()


def test_the_books_of_a_year_agree_with_its_raw_events(app, tmp_path):
    year = Year(make_house(app), CUSTOMERS)
    year.play()
    assert recount.differences(year.events, year.told) == []
    for day, figures in year.told.items():
        if not day.startswith("letters"):
            assert figures["claims"] == figures["1510"] + figures["1560"]
            assert figures["unearned"] == -figures["2979"]
            assert figures.get("1680", 0) == figures["costs"]
    assert_all_kinds_of_letters(year)
    assert _said_by_the_script(year, tmp_path) == (0, "the same to the öre\n")
    for place in ("paid", "signed", "books", "letter", "late_paid"):
        assert _said_by_the_script(_planted(year, place), tmp_path)[0] == 1, place


def assert_all_kinds_of_letters(year: Year) -> None:
    """The year has held what is to be counted over: fees, compensation, interest of both years, money for costs."""
    letters = {
        name: ore for day, asked in year.told.items() if day.startswith("letters") for name, ore in asked.items()
    }
    costs = {ore for name, ore in letters.items() if name.endswith("costs")}
    assert {0, 6_000, 18_000, 24_000, 45_000} <= costs, costs
    assert any(ore for name, ore in year.told["letters 2025-01-15"].items() if name.endswith("2 interest"))
    assert len(year.events["late_paid"]) > 10
    assert len(letters) > 300, len(letters)


def _said_by_the_script(year: Year, folder: Path) -> tuple[int, str]:
    """The script as anybody would run it: by itself, in a process that does not know the package."""
    events, books = folder / "events.json", folder / "books.json"
    events.write_text(json.dumps(year.events))
    books.write_text(json.dumps(year.told))
    done = subprocess.run(
        [sys.executable, "-I", recount.__file__, str(events), str(books)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def _planted(year: Year, place: str) -> Year:
    """The same year with one öre wrong: in a price, in a payment, in a letter, or in what the books say."""
    wrong = copy.copy(year)
    wrong.events, wrong.told = copy.deepcopy(year.events), copy.deepcopy(year.told)
    if place == "paid":
        wrong.events["paid"][7]["ore"] += 1
    elif place == "signed":
        lines = (line for one in wrong.events["signed"] for line in one["lines"])
        next(line for line in lines if line["per_months"] == 1 and line["thousandths"] >= 1000)["price_ore"] += 1
    elif place == "letter":
        letters = wrong.told["letters 2025-01-15"]
        letters[next(iter(letters))] += 1
    elif place == "late_paid":
        wrong.events["late_paid"][0]["ore"] += 1
    else:
        wrong.told["2024-06-30"]["2611"] += 1
    return wrong
