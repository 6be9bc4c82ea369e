// Keys that press visible controls, and marking rows. Nothing here knows a page: attributes tell it all.
"use strict";

let going = false; // g was pressed: the next key is a place

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === "Escape") return escape(event);
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return saveForm(event);
  if (event.ctrlKey || event.metaKey || event.altKey || document.body.dataset.shortcuts === "off") return;
  if (isTyping(event.target) || document.querySelector("dialog:modal")) return;
  if (going) {
    going = false;
    return press(event, document.querySelector(`[data-goto="${CSS.escape(event.key)}"]`));
  }
  if (event.key === "g") going = Boolean(setTimeout(() => (going = false), 1500));
  else if (event.key === "x") press(event, currentRow()?.querySelector("[name=ids]"));
  else if ((event.key === "j" || event.key === "k") && rows().length) moveRow(event, event.key === "j" ? 1 : -1);
  else if (event.key.length === 1) press(event, control(event.key));
});

function isTyping(target) {
  return target.isContentEditable || target.matches?.("textarea, select, input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=reset])");
}

// The control in the row one stands in goes first, then the page's own.
function control(key) {
  const selector = `[data-shortcut="${CSS.escape(key)}"]`;
  const row = currentRow();
  return row?.querySelector(selector) || (key === "c" && row?.querySelector("a[data-dialog]")) || document.querySelector(`main ${selector}`) || document.querySelector(selector);
}

function press(event, element) {
  if (!element) return;
  event.preventDefault();
  if (element.matches("input:not([type=checkbox]), textarea")) {
    element.focus();
    element.select();
  } else element.click();
}

function escape(event) {
  if (document.querySelector("dialog:modal")) return; // the dialog asks for itself
  if (window.closeFloating?.()) return event.preventDefault();
  const form = event.target.closest?.("form[data-inline]");
  if (form) return press(event, form.querySelector("[data-cancel]"));
  if (event.target.matches?.("input[type=search]")) return event.target.blur();
  document.querySelector("[name=ids]:checked") && clearSelection();
}

function saveForm(event) {
  const form = event.target.closest?.("form");
  if (!form || form.method !== "post") return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[type=submit]"));
}

// --- rows -----------------------------------------------------------------------------------------------------------

const linkOf = (row) => (row.matches("a") ? row : row.querySelector("[data-cell=main] > a, .row-link, [data-row-link]"));
const rows = () => Array.from(document.querySelectorAll("main [data-row]")).filter(linkOf);
const currentRow = () => document.activeElement?.closest("[data-row]");

function moveRow(event, step) {
  event.preventDefault();
  const all = rows();
  const at = all.indexOf(currentRow());
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))];
  linkOf(next).focus();
  next.scrollIntoView({ block: "nearest" });
}

// --- marking --------------------------------------------------------------------------------------------------------

const marks = () => Array.from(document.querySelectorAll("[name=ids]"));
let lastMark = null;

document.addEventListener("click", (event) => {
  const mark = event.target.closest?.("[name=ids]");
  if (mark) {
    const all = marks();
    const from = all.indexOf(lastMark);
    const to = all.indexOf(mark);
    if (event.shiftKey && from >= 0) all.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((box) => (box.checked = mark.checked));
    lastMark = mark;
    showMarks();
  } else if (event.target.matches?.("[data-select-all]")) {
    marks().forEach((box) => (box.checked = event.target.checked));
    showMarks();
  } else if (event.target.matches?.("[data-select-none]")) {
    event.preventDefault();
    clearSelection();
  }
});
document.addEventListener("htmx:afterSettle", showMarks);
window.addEventListener("pageshow", showMarks);

function clearSelection() {
  const stood = document.activeElement?.closest(".selection-bar");
  marks().forEach((box) => (box.checked = false));
  const every = document.querySelector("[data-select-matching]");
  if (every) every.checked = false;
  showMarks();
  if (stood) window.focusOn((lastMark?.isConnected && lastMark) || marks()[0] || document.querySelector("main h1"));
}

function showMarks() {
  const all = marks();
  const count = all.filter((box) => box.checked).length;
  const head = document.querySelector("[data-select-all]");
  if (head) {
    head.checked = count > 0 && count === all.length;
    head.indeterminate = count > 0 && count < all.length;
  }
  const words = document.querySelector("[data-selection-count]");
  if (!words) return;
  const text = count === 1 ? words.dataset.one : words.dataset.many.replace("{n}", count);
  if (count && words.textContent !== text) {
    words.textContent = text;
    document.getElementById("live").textContent = text;
  }
}

// The bar's search on a phone: to the field, not to the page.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-focus]");
  const field = link && document.getElementById(link.dataset.focus);
  if (!field) return;
  event.preventDefault();
  field.focus();
});
