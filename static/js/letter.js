// The buttons above a letter: they write the same signs that one can write by hand. Without this file nothing is missed.
"use strict";

(() => {
  const text = document.querySelector("[data-letter]");
  if (!text) return;
  document.querySelectorAll(".writing-tools, .writing-pictures button[data-insert]").forEach((one) => one.removeAttribute("hidden"));

  // Through the editor's own command, so that Ctrl-Z takes it back.
  function replace(start, end, words, from, to) {
    text.focus();
    text.setSelectionRange(start, end);
    if (!document.execCommand("insertText", false, words)) text.setRangeText(words, start, end, "end");
    text.setSelectionRange(from, to);
  }

  function around(sign) {
    const { selectionStart: start, selectionEnd: end, value } = text;
    const chosen = value.slice(start, end);
    replace(start, end, sign + chosen + sign, start + sign.length, end + sign.length);
  }

  function begin(sign) {
    const { selectionStart: start, selectionEnd: end, value } = text;
    const first = value.lastIndexOf("\n", start - 1) + 1;
    const lines = value.slice(first, end).split("\n").map((line, at) => (sign === "1. " ? `${at + 1}. ` : sign) + line);
    const words = lines.join("\n");
    replace(first, end, words, first + words.length, first + words.length);
  }

  function link(address) {
    const { selectionStart: start, selectionEnd: end, value } = text;
    const chosen = value.slice(start, end);
    const at = start + chosen.length + 3;
    replace(start, end, `[${chosen}](${address})`, chosen ? at : start + 1, chosen ? at + address.length : start + 1);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-around], [data-begin], [data-link], [data-insert]");
    if (!button || !button.closest(".writing")) return;
    const { around: sign, begin: start, link: address, insert } = button.dataset;
    if (sign) around(sign);
    else if (start) begin(start);
    else if (address) link(address);
    else replace(text.selectionStart, text.selectionEnd, insert, text.selectionStart + insert.length, text.selectionStart + insert.length);
  });

  text.addEventListener("keydown", (event) => {
    const sign = { b: "**", i: "*" }[event.key];
    if (!sign || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    event.preventDefault();
    around(sign);
  });
})();
