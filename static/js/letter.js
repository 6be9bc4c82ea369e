// The buttons above a letter: they write the signs that one can write by hand. Without this file nothing is missed.
"use strict";

on("click", ({ target }) => {
  const { around = "", begin = "", insert = "", link } = target.closest(".writing button")?.dataset || {};
  const text = document.querySelector("[data-letter]");
  if (!(around || begin || insert || link)) return;
  const { selectionStart, selectionEnd, value } = text;
  const start = begin ? value.lastIndexOf("\n", selectionStart - 1) + 1 : selectionStart;
  const chosen = value.slice(start, selectionEnd);
  text.focus();
  text.setSelectionRange(start, selectionEnd);
  // The editor's own command, so that Ctrl-Z takes it back.
  document.execCommand("insertText", false, link ? `[${chosen}](${link})` : insert || around + begin + chosen.replaceAll("\n", "\n" + begin) + around);
});
document.querySelectorAll(".writing [hidden]").forEach((one) => (one.hidden = false));
