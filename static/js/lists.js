// Lists: rows get their further actions, and are renewed when something is done about them.
"use strict";

const hole = "00000000000";
const idOf = (row) => row.querySelector(".row-link").id.slice(2);
// The company that a row is about: its own, or the one its actions name.
const companyOf = (row) => row.querySelector("td.row-actions > a")?.pathname.split("/").at(-3) || idOf(row);

// What differs by the id stands once.
function complete(root) {
  const rows = document.querySelector("[data-list]");
  if (!rows) return;
  const deeds = document.getElementById("row-deeds")?.innerHTML || "";
  for (const row of root.querySelectorAll("tr[data-row]:not([data-complete])")) {
    row.dataset.complete = "";
    if (rows.dataset.list) row.querySelector(".row-link").search = rows.dataset.list;
    const log = row.querySelector("td.row-actions > a");
    if (!log) continue;
    log.parentElement.insertAdjacentHTML("beforeend", deeds.replaceAll(hole, companyOf(row)));
    for (const action of log.parentElement.children) {
      if (action.tagName === "A") action.dataset.dialog = "";
      else action.setAttribute("formaction", action.getAttribute("formaction") + log.search);
    }
  }
}

const parts = (row) => Array.from(row.querySelectorAll("a, button, input"));

// Marks and focus stay when a row is renewed.
function renew(row, url) {
  const link = row.querySelector(".row-link").id;
  const isMarked = row.querySelector("[data-select]")?.checked;
  let at; // as the row goes: a dialog gives the focus back meanwhile
  row.addEventListener("htmx:beforeSwap", () => (at = parts(row).indexOf(document.activeElement)));
  window.htmx.ajax("get", url + idOf(row), { source: row, target: row, swap: "outerHTML" }).then(() => {
    const made = document.getElementById(link)?.closest("tr");
    if (!made) return;
    complete(made.parentElement);
    const box = made.querySelector("[data-select]");
    if (box && isMarked) box.checked = true;
    parts(made)[at]?.focus();
  });
}

document.addEventListener("activity", ({ detail }) => {
  const rows = document.querySelector("[data-row-url]");
  if (!rows || !detail?.company || !window.htmx) return;
  for (const row of rows.querySelectorAll("tr[data-row]")) if (companyOf(row) === detail.company) renew(row, rows.dataset.rowUrl);
});

document.addEventListener("htmx:afterSwap", () => complete(document));
complete(document);
