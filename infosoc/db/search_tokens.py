"""What is put into the search index and what is asked of it. Pure.

Every token carries a code of its tenant and group in front, so that a look-up in the index itself reaches only what the
asking tenant may read: isolation needs no filter afterwards, and one tenant's million rows cannot crowd out another's
ten. Words are folded (`lonn` finds Lönn); digits of phone numbers are kept forwards and, marked with `q`, backwards, so
that the last four are enough.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from string import ascii_lowercase

from infosoc.kernel import phone
from infosoc.kernel.text import fold

CODE_LETTERS = 3
LONGEST_TOKEN = 30
MOST_TOKENS = 400
SHORTEST_PREFIX = 2
# A shorter word has too many neighbours to tell what was meant, a longer one is asked for in too many spellings.
MISSPELT_LETTERS = range(4, 17)
MOST_MISSPELT = 3

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_PLAIN = re.compile(r"[^a-z0-9]+")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_BEFORE_AT = re.compile(r"([^\W_]+)@", re.UNICODE)


class Group(StrEnum):
    """What is asked for, and shown to others, apart: companies, persons, the log; a company's tags are shown nobody."""

    COMPANY = "c"
    PERSON = "p"
    LOG = "l"
    OWN = "o"


class WholeWord(str):
    """A word that is asked for as it stands, not as the beginning of a longer one."""

    __slots__ = ()


@lru_cache(maxsize=1024)
def code(tenant_id: int, group: Group) -> str:
    """Three letters for the tenant and one for the group."""
    letters = ""
    for _ in range(CODE_LETTERS):
        tenant_id, digit = divmod(tenant_id, 26)
        letters = chr(ord("a") + digit) + letters
    if tenant_id:
        raise ValueError("more tenants than the code has room for")
    return letters + group.value


def without_codes(tokens: str) -> str:
    """The words of a document as people can read them."""
    return " ".join(one[CODE_LETTERS + 1 :] for one in tokens.split())


def words(text: str) -> list[str]:
    """The folded words of a text, in order, each once."""
    folded = fold(text)
    if folded.isascii():  # nearly always, and then one look is enough
        return [word[:LONGEST_TOKEN] for word in dict.fromkeys(_ASCII_WORD.findall(folded))]
    found = dict.fromkeys(_PLAIN.sub("", word)[:LONGEST_TOKEN] for word in _WORD.findall(folded))
    found.pop("", None)
    return list(found)


def name_key(text: str) -> str:
    """A folded name, by which names that begin alike stand together; letters and digits with single spaces."""
    return " ".join(_PLAIN.sub(" ", fold(text)).split())[:200]


def phone_tokens(e164: str) -> list[str]:
    """The forms a number is found by: national, international, and backwards."""
    digits = e164.lstrip("+")
    return [*phone.search_digits(e164).split(), "q" + digits[::-1]]


def tokens(prefix: str, texts: list[str], phones: list[str]) -> list[str]:
    """The tokens of a record, marked with the code of its group."""
    if not texts and not phones:
        return []
    found = dict.fromkeys(words("\n".join(texts)))
    for number in phones:
        found.update(dict.fromkeys(phone_tokens(number)))
    return [prefix + token for token in list(found)[:MOST_TOKENS]]


def asked(query: str) -> list[list[str]]:
    """What a query asks for: every item must be found, each by any of its alternatives.

    A word is the beginning of one, unless `@` follows it: it is written out then, and looked up at once, where as a
    beginning (`kontakt7@…`) it would be put together from all the longer ones there are.
    """
    digits = phone.query_digits(query)
    if len(digits) >= 4:
        return [_number(digits)]
    found = words(query)
    if not found or max(map(len, found)) < SHORTEST_PREFIX:
        return []
    written_out = {word for one in _BEFORE_AT.findall(query) for word in words(one)}
    return [[WholeWord(word) if word in written_out else word] for word in found[:8]]


def misspelt(query: str) -> list[list[list[str]]]:
    """The readings of a query in which one of its words, in turn, is spelt otherwise; none for numbers."""
    items = asked(query)
    doubtful = [at for at, item in enumerate(items) if len(item) == 1 and _may_be_misspelt(item[0])]
    return [[*items[:at], spellings(items[at][0]), *items[at + 1 :]] for at in doubtful[:MOST_MISSPELT]]


def _may_be_misspelt(word: str) -> bool:
    return word.isalpha() and len(word) in MISSPELT_LETTERS and not isinstance(word, WholeWord)


def spellings(word: str) -> list[str]:
    """The words one slip away: a letter left out, put in, taken for another, or two that changed places.

    One put in at the end is not among them: such words begin with what was typed, and are found by it.
    """
    halves = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    # Without its last letter a word is a beginning of too much: it is meant as it stands then.
    found = [WholeWord(word[:-1]), *(a + b[1:] for a, b in halves if len(b) > 1)]
    found += [a + b[1] + b[0] + b[2:] for a, b in halves if len(b) > 1]
    found += [a + letter + b[1:] for a, b in halves if b for letter in ascii_lowercase]
    found += [a + letter + b for a, b in halves if b for letter in ascii_lowercase]
    return [one for one in dict.fromkeys(found) if one != word]


def _number(digits: str) -> list[str]:
    """A number is found from its start in either form, or by its end."""
    national = digits[1:] if digits.startswith("0") and len(digits) > 4 else digits
    return [digits, "q" + national[::-1]]


Reach = list[list[str]]


def reach(groups: tuple[Group, ...], shown: tuple[int, ...], own: int) -> Reach:
    """The codes a query may reach: the groups of every tenant that shows them, and what is the own tenant's alone."""
    return [[code(tenant, group) for group in groups if group is not Group.OWN or tenant == own] for tenant in shown]


def fts_query(reached: Reach, items: list[list[str]], *, whole: bool) -> str:
    """The query in FTS5's language; tokens hold only a-z and 0-9, so nothing needs escaping."""
    return _query(reached, items, " AND ", " OR ", "" if whole else "*")


def ts_query(reached: Reach, items: list[list[str]], *, whole: bool) -> str:
    """The query in PostgreSQL's tsquery language."""
    return _query(reached, items, " & ", " | ", "" if whole else ":*")


def patterns(codes: list[str], items: list[list[str]]) -> list[list[str]]:
    """The same query for one tenant's record, as LIKE patterns on its tokens with a space at either end."""
    return [[f"% {one}{word}{_end(word)}%" for word in item for one in codes] for item in items]


def _end(word: str) -> str:
    return " " if isinstance(word, WholeWord) else ""


def _query(reached: Reach, items: list[list[str]], both: str, either: str, star: str) -> str:
    """One tenant's record answers every item; tenants are alternatives."""
    alternatives = []
    for codes in reached:
        each = [either.join(one + _written(word, star) for word in item for one in codes) for item in items]
        alternatives.append("(" + both.join(f"({one})" for one in each) + ")")
    return either.join(alternatives)


def _written(word: str, star: str) -> str:
    return word if isinstance(word, WholeWord) else word + star
