"""camt.053 and camt.054 (ISO 20022), every version alike, read as a stream by the names of the elements.

The parser is fed piece by piece, and what belongs to one payment is let go when it has been given: memory does not
grow with the file. A document type is refused, and with it every entity and every way to a file outside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO
from xml.parsers import expat

from infosoc.payments.readers import errors
from infosoc.payments.readers.camt_statement import Statement
from infosoc.payments.readers.camt_values import Values, first
from infosoc.payments.readers.records import BankFormat, Event, Head

_PIECE = 64 * 1024
_DEEPEST, _LONGEST_TEXT, _MOST_VALUES = 60, 20_000, 5000
_ENCODINGS = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})
_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:((\w+\.\d{3})\.\d{3}\.(\d{2}))")
_FORMATS = {"camt.053": BankFormat.CAMT_053, "camt.054": BankFormat.CAMT_054}
_BODIES = {"BkToCstmrStmt": BankFormat.CAMT_053, "BkToCstmrDbtCdtNtfctn": BankFormat.CAMT_054}
# Elements whose values belong together, and how deep they stand; elsewhere the same names mean other things.
_FRAMES = {
    "GrpHdr": 3, "Stmt": 3, "Ntfctn": 3, "Acct": 4, "Bal": 4, "TxsSummry": 4, "Ntry": 4, "TxDtls": 6, "Strd": 8,
}  # fmt: skip


def read(stream: BinaryIO) -> Iterator[Event]:
    """Every record of the file, checked as it goes; raises a `BankFileError` that names the line."""
    file = _File()
    while piece := stream.read(_PIECE):
        file.feed(piece)
        yield from file.given()
    file.feed(b"", is_last=True)
    yield from file.given()


class _Frame:
    """An element whose values are gathered: `Amt` -> its texts, `Amt@Ccy` -> its currency."""

    __slots__ = ("depth", "line", "name", "values")

    def __init__(self, name: str, depth: int, line: int) -> None:
        self.name, self.depth, self.line = name, depth, line
        self.values: Values = {}


class _File:
    """Where in the document the parser is."""

    def __init__(self) -> None:
        self.parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.XmlDeclHandler = self._declare
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = self._forbid
        self.path: list[str] = []
        self.frames: list[_Frame] = []
        self.locals: dict[str, str] = {}
        self.text: list[str] = []
        self.text_length = 0
        self.format: BankFormat | None = None
        self.version = ""
        self.root_closed = False
        self.statement = Statement()
        self.has_head = False

    def feed(self, piece: bytes, *, is_last: bool = False) -> None:
        """Parse a piece of the file."""
        try:
            self.parser.Parse(piece, is_last)
        except expat.ExpatError as error:
            raise self._named(error, is_last) from error

    def given(self) -> list[Event]:
        """What has been read since last."""
        events, self.statement.events = self.statement.events, []
        return events

    def _named(self, error: expat.ExpatError, is_last: bool) -> errors.BankFileError:
        line = error.lineno
        if self.root_closed:
            return errors.SecondFile(line)
        if is_last:
            return errors.CutOff(line)
        return errors.NotXml(line, reason=expat.errors.messages[error.code])

    def _forbid(self, *_: object) -> None:
        raise errors.ForbiddenXml(self.parser.CurrentLineNumber)

    def _declare(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding and encoding.lower() not in _ENCODINGS:
            raise errors.NotXml(self.parser.CurrentLineNumber, reason=f"encoding {encoding[:40]}")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = self.locals.get(name)
        if local is None:
            if len(self.locals) > _MOST_VALUES:
                raise errors.TooMuch(self.parser.CurrentLineNumber)
            local = self.locals[name] = name.rpartition(" ")[2]
        path = self.path
        path.append(local)
        self.text = []
        self.text_length = 0
        if len(path) <= 2:
            self._check_root(name)
        elif _FRAMES.get(local) == len(path):
            self._open_frame(local)
        elif attributes and "Ccy" in attributes and self.frames:
            frame = self.frames[-1]
            frame.values.setdefault("/".join(path[frame.depth :]) + "@Ccy", []).append(attributes["Ccy"])
        if len(path) > _DEEPEST:
            raise errors.TooMuch(self.parser.CurrentLineNumber)

    def _check_root(self, name: str) -> None:
        line, namespace = self.parser.CurrentLineNumber, name.rpartition(" ")[0]
        if len(self.path) == 1:
            if found := _NAMESPACE.fullmatch(namespace):
                self.format, self.version = _FORMATS.get(found[2]), found[3]
                if self.format is None:
                    raise errors.OtherMessage(line, found=found[1])
            elif name.rpartition(" ")[2] != "Document":
                raise errors.UnknownBankFile(line)
            return
        body = _BODIES.get(self.path[1])
        if body is None or (self.format is not None and body is not self.format):
            raise errors.UnknownBankFile(line)
        self.format = body

    def _open_frame(self, name: str) -> None:
        frame = _Frame(name, len(self.path), self.parser.CurrentLineNumber)
        if name == "TxDtls" and self.frames:
            self.statement.begin_details(self.frames[-1].values, self.frames[-1].line)
        elif name in ("Stmt", "Ntfctn"):
            self._head({})
            self.statement.begin(frame.values)
        self.frames.append(frame)

    def _text(self, text: str) -> None:
        self.text.append(text)
        self.text_length += len(text)
        if self.text_length > _LONGEST_TEXT:
            raise errors.TooMuch(self.parser.CurrentLineNumber)

    def _end(self, name: str) -> None:
        path = self.path
        if self.frames:
            frame = self.frames[-1]
            if len(path) == frame.depth:
                self.frames.pop()
                self._close_frame(frame)
            elif self.text and (text := "".join(self.text).strip()):
                self._keep(frame, text)
        path.pop()
        self.text = []
        self.text_length = 0
        if not path:
            self.root_closed = True

    def _keep(self, frame: _Frame, text: str) -> None:
        key = "/".join(self.path[frame.depth :])
        values = frame.values.get(key)
        if values is None:
            frame.values[key] = [text]
        else:
            values.append(text)
        if len(frame.values) > _MOST_VALUES or (values and len(values) > _MOST_VALUES):
            raise errors.TooMuch(self.parser.CurrentLineNumber)

    def _close_frame(self, frame: _Frame) -> None:
        values, line, statement = frame.values, frame.line, self.statement
        match frame.name:
            case "GrpHdr":
                self._head(values)
            case "Stmt" | "Ntfctn":
                statement.end(self.parser.CurrentLineNumber)
            case "Acct":
                statement.take_account(values)
            case "Bal":
                statement.take_balance(values, line)
            case "TxsSummry":
                statement.take_summary(values, line)
            case "Ntry":
                statement.take_entry(values, line)
            case "TxDtls":
                statement.take_details(values, line)
            case "Strd":
                statement.take_structured(values, line)

    def _head(self, values: Values) -> None:
        if self.format and not self.has_head:
            self.has_head = True
            file_id = first(values, "MsgId")
            self.statement.events.append(Head(self.format, self.version, file_id))
