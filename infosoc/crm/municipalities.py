"""Sweden's municipalities: their names, codes and counties. Pure; read once from the data file beside it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from infosoc.kernel.text import clean, fold, sort_key

_FILE = Path(__file__).resolve().parent / "data" / "municipalities.txt"

# The first two digits of a code. Source: SCB, Län och kommuner i kodnummerordning.
COUNTIES = {
    "01": "Stockholms län", "03": "Uppsala län", "04": "Södermanlands län", "05": "Östergötlands län",
    "06": "Jönköpings län", "07": "Kronobergs län", "08": "Kalmar län", "09": "Gotlands län", "10": "Blekinge län",
    "12": "Skåne län", "13": "Hallands län", "14": "Västra Götalands län", "17": "Värmlands län",
    "18": "Örebro län", "19": "Västmanlands län", "20": "Dalarnas län", "21": "Gävleborgs län",
    "22": "Västernorrlands län", "23": "Jämtlands län", "24": "Västerbottens län", "25": "Norrbottens län",
}  # fmt: skip


@lru_cache(maxsize=1)
def by_code() -> dict[str, str]:
    """Code to name."""
    rows = (line.partition(" ") for line in _FILE.read_text(encoding="utf-8").splitlines() if line[:1].isdigit())
    return {code: name.strip() for code, _, name in rows}


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """All names in Swedish order."""
    return tuple(sorted(by_code().values(), key=sort_key))


def named(text: str) -> str | None:
    """The municipality somebody means: `gnosjo`, `Gnosjö kommun`, `Stockholms stad`, `0617`; else None."""
    word = clean(text)
    if word.isdigit():
        return by_code().get(word.zfill(4))
    word = word.lower()
    return _match(word, _as_spelt()) or _match(fold(word), _folded())


def _match(word: str, known: dict[str, str]) -> str | None:
    for ending in ("", " kommun", "s kommun", " stad", "s stad"):
        if word.endswith(ending) and (found := known.get(word.removesuffix(ending))):
            return found
    return None


def county_of(name: str) -> str | None:
    """The county a municipality lies in."""
    code = _codes().get(name)
    return COUNTIES[code[:2]] if code else None


def code_of(name: str) -> str | None:
    return _codes().get(name)


@lru_cache(maxsize=1)
def _as_spelt() -> dict[str, str]:
    return {name.lower(): name for name in by_code().values()}


@lru_cache(maxsize=1)
def _folded() -> dict[str, str]:
    # Håbo and Habo fold alike: the one whose name is already plain wins.
    found = {fold(name): name for name in by_code().values()}
    found.update({name.lower(): name for name in by_code().values() if name.isascii()})
    return found


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    return {name: code for code, name in by_code().items()}
