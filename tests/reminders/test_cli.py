"""`flask reminders`: what it says, as words and as JSON; and that saying it twice writes nothing twice."""

from __future__ import annotations

import json

from tests.reminders.test_sending import DUE, FIRST, PAYABLE, owe, reminders, set_policy
from tests.subscriptions.world import World

OF = ("--tenant", "infosoc", "--on", FIRST.isoformat())


def told(house: World, *arguments: str, exit_code: int = 0) -> str:
    outcome = house.app.test_cli_runner().invoke(args=["reminders", *arguments])
    assert outcome.exit_code == exit_code, outcome.output
    return outcome.output.replace("\u00a0", " ")


def test_preview_and_run_say_the_same_letters(house: World):
    owe(house)
    set_policy(house, asks_compensation=True)
    assert f"1\tÅkeri AB\treminder\tdue {DUE}\t1 250,00 + interest 3,29 + costs 450,00 = 1 703,29" in told(
        house, "preview", *OF
    )
    previewed = json.loads(told(house, "preview", *OF, "--json"))
    (letter,) = previewed["letters"]
    assert (letter["invoice"], letter["step"], letter["pay_by"]) == (1, "reminder", "2024-03-20")
    assert (letter["open_ore"], letter["interest_ore"], letter["fees_ore"]) == (PAYABLE, 329, 0)
    assert (letter["compensation_ore"], letter["to_pay_ore"]) == (45_000, PAYABLE + 45_000 + 329)
    assert reminders(house) == []
    ran = json.loads(told(house, "run", *OF, "--json"))
    assert (ran["on"], ran["written"], ran["not_written"], ran["problems"]) == (FIRST.isoformat(), 1, 0, [])
    assert [one["to_pay_ore"] for one in ran["letters"]] == [letter["to_pay_ore"]]
    assert told(house, "run", *OF) == f"infosoc: nobody is to be reminded on {FIRST}.\n"
    assert len(reminders(house)) == 1


def test_a_rate_that_nobody_has_checked_is_named_until_it_has_been_entered(house: World):
    owe(house)
    late = ("--tenant", "infosoc", "--on", "2025-02-03")
    said = "Nobody has checked the reference rate for 2025-01-01–2025-06-30."
    assert said in told(house, "preview", *late)
    ran = json.loads(told(house, "run", *late, "--json"))
    assert (ran["written"], ran["not_written"], ran["letters"]) == (0, 1, [])
    assert ran["problems"][0]["reason"].startswith(said)
    rate = ("rate", "--tenant", "infosoc")
    assert "steps of half a per cent" in told(house, *rate, "2025-01-01", "2,90", "--source", "x", exit_code=1)
    assert "begins on 1 January or 1 July" in told(house, *rate, "2025-01-02", "3,00", "--source", "x", exit_code=1)
    told(house, *rate, "2025-01-01", "3,00", "--source", "riksbank.se 2025-01-02")
    assert told(house, "run", *late) == "infosoc: 1 letter of 2025-02-03; 0 invoices not reminded of.\n"
