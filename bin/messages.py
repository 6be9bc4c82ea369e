"""Keep the Swedish catalogue: extract, merge the parts, compile, and name what is missing.

English is the msgid itself, so Swedish is the only catalogue. Somebody who works in one area writes the Swedish in
`infosoc/translations/parts/<area>.po`; what is there wins over what the catalogue says.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "infosoc" / "translations"
CATALOGUE = FOLDER / "sv" / "LC_MESSAGES" / "messages.po"

# Header lines that change with every run or say nothing.
NOISE = tuple(
    f'"{name}'.encode()
    for name in (
        *("Project-Id-Version", "Report-Msgid-Bugs-To", "POT-Creation-Date", "PO-Revision-Date"),
        *("Last-Translator", "Language-Team", "Generated-By"),
    )
)

KEYWORDS = {
    "_": None,
    "_l": None,
    "_n": (1, 2),
    "N_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def main(arguments: list[str]) -> int:
    """Run one of the three modes; the exit status says whether the catalogue is whole."""
    if unknown := set(arguments) - {"--check", "--fold"}:
        print(f"bin/messages: unknown argument {' '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    parts = sorted((FOLDER / "parts").glob("*.po"))
    translated, conflicts = _translations(parts)
    catalogue = _merge(_used_messages(), translated)
    faults = [*conflicts, *_faults(catalogue)]
    if "--check" not in arguments:
        _write(catalogue)
        for part in parts if "--fold" in arguments else []:
            part.unlink()
        _report_unused(translated, catalogue)
    elif _po(catalogue) != (CATALOGUE.read_bytes() if CATALOGUE.exists() else b""):
        faults.append("the catalogue is not up to date: run bin/messages")
    for fault in faults:
        print(fault)
    print(f"{len(catalogue)} messages, {len(faults)} to put right")
    return 1 if faults else 0


def _used_messages() -> Catalog:
    """Every text in the code and the templates."""
    used = Catalog()
    for folder, pattern in (("infosoc", "python"), ("templates", "jinja2")):
        method_map = [("**.py" if pattern == "python" else "**.*", pattern)]
        # The extension that templates may use; and a template that cannot be read is an error, not an empty one.
        options = {"**.*": {"extensions": "jinja2.ext.do", "silent": "false"}} if pattern == "jinja2" else {}
        found = extract_from_dir(
            ROOT / folder, method_map=method_map, options_map=options, keywords=KEYWORDS, comment_tags=("Translators:",)
        )
        for path, _line, message, comments, context in found:
            used.add(message, locations=[(f"{folder}/{path}", 0)], auto_comments=comments, context=context)
    return used


def _translations(parts: list[Path]) -> tuple[dict, list[str]]:
    """What is translated, by text and context: the catalogue first, then the parts over it."""
    translated: dict = {}
    said_in: dict = {}
    conflicts = []
    for path in [CATALOGUE, *parts]:
        if not path.exists():
            continue
        with path.open("rb") as file:
            catalogue = read_po(file, locale="sv", abort_invalid=True)
        for message in catalogue:
            if not message.id or not _is_filled(message):
                continue
            key = _key(message)
            if path != CATALOGUE and key in said_in and translated[key].string != message.string:
                conflicts.append(f"two translations of {key[0]!r}: in {said_in[key].name} and {path.name}")
            if path != CATALOGUE:
                said_in[key] = path
            translated[key] = message
    return translated, conflicts


def _merge(used: Catalog, translated: dict) -> Catalog:
    """The texts in use with their translation; what is no longer used is left out."""
    merged = Catalog(locale="sv", project="Infosoc", fuzzy=False)
    merged.header_comment = (
        "# Swedish texts of Infosoc. Kept by bin/messages; SPDX-License-Identifier: AGPL-3.0-or-later"
    )
    for message in sorted((m for m in used if m.id), key=lambda m: (str(_key(m)[0]).lower(), _key(m))):
        known = translated.get(_key(message))
        string = known.string if known is not None else ""
        if message.pluralizable and not isinstance(string, tuple):
            string = (string, string) if string else ("", "")
        flags = set(known.flags if known is not None else ()) | set(message.flags)
        merged.add(
            message.id,
            string=string,
            locations=sorted(set(message.locations)),
            flags=flags,
            auto_comments=message.auto_comments,
            context=message.context,
        )
    return merged


def _faults(catalogue: Catalog) -> Iterator[str]:
    for message in catalogue:
        if not message.id:
            continue
        where = message.locations[0][0] if message.locations else "?"
        if not _is_filled(message):
            yield f"missing: {message.id!r} ({where})"
        elif message.fuzzy:
            yield f"fuzzy: {message.id!r} ({where})"
        else:
            for error in message.check(catalogue):
                yield f"wrong: {message.id!r} ({where}): {error}"


def _report_unused(translated: dict, catalogue: Catalog) -> None:
    used = {_key(message) for message in catalogue}
    for key in sorted((key for key in translated if key not in used), key=str):
        print(f"not used any more: {key[0]!r}")


def _write(catalogue: Catalog) -> None:
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_bytes(_po(catalogue))
    with CATALOGUE.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)


def _po(catalogue: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=100, include_lineno=False)
    lines = buffer.getvalue().splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(NOISE))


def _is_filled(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def _key(message: Message) -> tuple[str, str]:
    text = message.id[0] if isinstance(message.id, tuple | list) else message.id
    return text, message.context or ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
