"""A small real IMAP server: one mailbox, one user, the few commands that a reader of unseen mail sends."""

from __future__ import annotations

import re
import socketserver
import threading

USER, PASSWORD = "studs", "hem ligt"


class Mailbox:
    """Mails by their number, and which have been seen."""

    def __init__(self, *mails: bytes) -> None:
        self.mails = dict(enumerate(mails, 1))
        self.seen: set[int] = set()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"imap://{USER}:hem%20ligt@127.0.0.1:{self._server.server_address[1]}/INBOX"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _handler(self) -> type[socketserver.StreamRequestHandler]:
        box = self

        class Handler(socketserver.StreamRequestHandler):
            def say(self, text: str | bytes) -> None:
                self.wfile.write((text if isinstance(text, bytes) else text.encode()) + b"\r\n")

            def handle(self) -> None:
                self.say("* OK ready")
                while line := self.rfile.readline().decode().strip():
                    tag, _, command = line.partition(" ")
                    self.say(f"{tag} {self.answer(command)}")
                    if command.upper() == "LOGOUT":
                        return

            def answer(self, command: str) -> str:
                word = command.upper()
                if word.startswith("CAPABILITY"):
                    self.say("* CAPABILITY IMAP4rev1")
                elif word.startswith("LOGIN"):
                    if command != f'LOGIN {USER} "{PASSWORD}"':
                        return "NO wrong password"
                elif word.startswith("SELECT"):
                    self.say(f"* {len(box.mails)} EXISTS")
                    return "OK [READ-WRITE] selected"
                elif word.startswith("UID SEARCH UNSEEN"):
                    unseen = [str(number) for number in box.mails if number not in box.seen]
                    self.say(f"* SEARCH {' '.join(unseen)}".rstrip())
                elif found := re.match(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", word):
                    raw = box.mails[int(found[1])][: int(found[2])]
                    self.say(
                        f"* {found[1]} FETCH (UID {found[1]} BODY[]<0> {{{len(raw)}}}".encode() + b"\r\n" + raw + b")"
                    )
                elif found := re.match(r"UID STORE (\d+) \+FLAGS", word):
                    box.seen.add(int(found[1]))
                elif not word.startswith("LOGOUT"):
                    return "BAD unknown"
                return "OK done"

        return Handler
