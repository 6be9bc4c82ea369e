// Menus, type-to-find fields, keys, marking rows, writing. Attributes tell it all.
"use strict";

// --- menus and chips

const floating = "details.menu[open], details.chip[open]";

on("click", closeOthers);
on("focusin", closeOthers);

function closeOthers({ target }) {
  for (const open of all(floating)) if (!open.contains(target)) open.open = false;
}

on("submit", ({ target }) => target.querySelector?.("details.chip[open]")?.removeAttribute("open"));

function closeFloating() {
  const open = document.querySelector(floating);
  if (!open) return false;
  open.open = false;
  open.querySelector("summary").focus();
  return true;
}

// A chip says what is chosen in it; its cross lets go of it.
on("change", ({ target }) => target.closest?.("details.chip") && nameChip(target.closest("details.chip")));

function nameChip(chip) {
  const words = all("input", chip).map(wordsOf).filter(Boolean);
  const value = chip.querySelector(".chip-value");
  if (!value) return;
  value.textContent = words.length > 2 ? `${words[0]} +${words.length - 1}` : words.join(", ");
  chip.toggleAttribute("data-active", words.length > 0);
}

function wordsOf(field) {
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked && field.value ? field.nextElementSibling.textContent : "";
  return field.form && field.type !== "hidden" ? field.value.trim() : "";
}

onPress(".chip-clear", (clear, event) => {
  const chip = clear.previousElementSibling;
  if (!chip || !window.htmx) return;
  event.preventDefault();
  for (const field of all("input", chip)) {
    if (field.matches("[type=checkbox], [type=radio]")) field.checked = field.type === "radio" && !field.value;
    else field.value = "";
  }
  chip.querySelector("summary").focus();
  nameChip(chip);
  (chip.querySelector("input") || chip).dispatchEvent(new Event("change", { bubbles: true }));
});

// --- type to find

const OPTIONS = "[role=option]:not([aria-disabled])"; // a line that only says something cannot be chosen

on("keydown", (event) => {
  const input = event.target.closest?.("[role=combobox]");
  if (!input) return;
  const list = byId(input.getAttribute("aria-controls"));
  const options = all(OPTIONS, list);
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
  if ((event.key === "ArrowDown" || event.key === "ArrowUp") && options.length) {
    event.preventDefault();
    const step = event.key === "ArrowDown" ? 1 : -1;
    choose(input, options, (at + step + options.length) % options.length);
  } else if (event.key === "Enter" && at >= 0 && input.getAttribute("aria-expanded") === "true") {
    event.preventDefault();
    options[at].click();
  } else if (event.key === "Escape" && input.getAttribute("aria-expanded") === "true") {
    event.preventDefault();
    event.stopPropagation();
    expand(input, false);
  }
});

on("htmx:afterSwap", ({ detail }) => {
  if (detail.target?.getAttribute("role") !== "listbox") return;
  const input = document.querySelector(`[role=combobox][aria-controls="${detail.target.id}"]`);
  const options = all(OPTIONS, detail.target);
  if (input) expand(input, input.value.trim() !== "" && detail.target.childElementCount > 0);
  if (input?.closest("[data-palette]") && options.length) choose(input, options, 0);
});

on("input", ({ target }) => {
  if (target.getAttribute?.("role") !== "combobox") return;
  const value = target.closest("[data-combobox]")?.querySelector("[data-combobox-value]");
  if (value) value.value = ""; // what was picked is no longer what stands in the field
  if (!target.value.trim()) expand(target, false);
});

on("click", (event) => {
  const option = event.target.closest?.(`[data-combobox] ${OPTIONS}`);
  if (!option) {
    const inside = event.target.closest?.("[data-combobox]");
    for (const input of all("[role=combobox][aria-expanded=true]")) if (input.closest("[data-combobox]") !== inside) expand(input, false);
    return;
  }
  if (option.matches("a")) return; // it leads somewhere by itself
  const box = option.closest("[data-combobox]");
  const input = box.querySelector("[role=combobox]");
  input.value = option.dataset.label || option.textContent.trim();
  const value = box.querySelector("[data-combobox-value]");
  if (value) value.value = option.dataset.value;
  expand(input, false);
  input.focus();
  (value || input).dispatchEvent(new Event("change", { bubbles: true }));
});

on("focusout", ({ target, relatedTarget }) => {
  if (target.getAttribute?.("role") !== "combobox" || !relatedTarget) return;
  if (!target.closest("[data-combobox]").contains(relatedTarget)) expand(target, false);
});

function choose(input, options, index) {
  options.forEach((option, at) => option.setAttribute("aria-selected", String(at === index)));
  if (!options[index].id) options[index].id = `${input.id}-option-${index}`;
  input.setAttribute("aria-activedescendant", options[index].id);
  options[index].scrollIntoView({ block: "nearest" });
}

function expand(input, open) {
  input.setAttribute("aria-expanded", String(open));
  if (!open) input.removeAttribute("aria-activedescendant");
}

// A quick pick fills the field beside it.
onPress("[data-fill]", (pick) => {
  const field = byId(pick.dataset.fill);
  field.value = pick.dataset.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

// --- keys that press visible controls

let going = false; // g was pressed: the next key is a place

on("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === "Escape") return escapeKey(event);
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

function escapeKey(event) {
  if (document.querySelector("dialog:modal")) return; // the dialog asks for itself
  if (closeFloating()) return event.preventDefault();
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

// --- rows

const linkOf = (row) => (row.matches("a") ? row : row.querySelector("[data-cell=main] > a, .row-link, [data-row-link]"));
const rows = () => all("main [data-row]").filter(linkOf);
const currentRow = () => document.activeElement?.closest("[data-row]");

function moveRow(event, step) {
  event.preventDefault();
  const list = rows();
  const at = list.indexOf(currentRow());
  const next = list[at < 0 ? (step > 0 ? 0 : list.length - 1) : Math.min(list.length - 1, Math.max(0, at + step))];
  linkOf(next).focus();
  next.scrollIntoView({ block: "nearest" });
}

// --- marking

const marks = () => all("[name=ids]");
let lastMark = null;

on("click", (event) => {
  const mark = event.target.closest?.("[name=ids]");
  if (mark) {
    const list = marks();
    const from = list.indexOf(lastMark);
    const to = list.indexOf(mark);
    if (event.shiftKey && from >= 0) list.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((box) => (box.checked = mark.checked));
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
on("htmx:afterSettle", showMarks);
window.addEventListener("pageshow", showMarks);

function clearSelection() {
  const stood = document.activeElement?.closest(".selection-bar");
  marks().forEach((box) => (box.checked = false));
  const every = document.querySelector("[data-select-matching]");
  if (every) every.checked = false;
  showMarks();
  if (stood) focusOn((lastMark?.isConnected && lastMark) || marks()[0] || firstOf(["h1"], document));
}

function showMarks() {
  const list = marks();
  const count = list.filter((box) => box.checked).length;
  const head = document.querySelector("[data-select-all]");
  if (head) {
    head.checked = count > 0 && count === list.length;
    head.indeterminate = count > 0 && count < list.length;
  }
  const words = document.querySelector("[data-selection-count]");
  if (!words) return;
  const text = count === 1 ? words.dataset.one : words.dataset.many.replace("{n}", count);
  if (count && words.textContent !== text) {
    words.textContent = text;
    byId("live").textContent = text;
  }
}

// The phone's search: to the field.
onPress("[data-focus]", (link, event) => {
  const field = byId(link.dataset.focus);
  if (!field) return;
  event.preventDefault();
  field.focus();
});

// --- the buttons above a letter

onPress(".writing button", ({ dataset }) => {
  const { around = "", begin = "", insert = "", link } = dataset;
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
all(".writing [hidden]").forEach((one) => (one.hidden = false));
