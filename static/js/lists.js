// Lists: each row gets its further actions, and is fetched anew when something has been done about its company.
"use strict";

const hole = "00000000000";
const idOf = (row) => row.querySelector(".row-link").id.slice(2);
const aboutOf = (row) => row.querySelector("[data-company]")?.dataset.company || idOf(row);

// The actions differ by the id alone, so the page holds them once.
function fillActions(root) {
  const deeds = document.getElementById("row-deeds")?.innerHTML;
  if (!deeds) return;
  for (const cell of root.querySelectorAll("td.row-actions:not([data-filled]):has(a)")) {
    const row = cell.closest("tr");
    const contact = row.querySelector("[data-company]") ? `?contact=${idOf(row)}` : "";
    cell.dataset.filled = "";
    cell.insertAdjacentHTML("beforeend", deeds.replaceAll(hole, aboutOf(row)));
    for (const button of cell.querySelectorAll("button[formaction]")) button.setAttribute("formaction", button.getAttribute("formaction") + contact);
  }
}

// Marks and focus stay when a row is made anew.
function renew(row, url) {
  const isMarked = row.querySelector("[data-select]")?.checked;
  const parts = Array.from(row.querySelectorAll("a, button, input"));
  const at = parts.indexOf(document.activeElement);
  const id = row.querySelector(".row-link").id;
  window.htmx.ajax("get", url + idOf(row), { source: row, target: row, swap: "outerHTML" }).then(() => {
    const made = document.getElementById(id)?.closest("tr");
    if (!made) return;
    fillActions(made.parentElement);
    const box = made.querySelector("[data-select]");
    if (box && isMarked) box.checked = true;
    if (at >= 0) made.querySelectorAll("a, button, input")[at]?.focus();
  });
}

document.addEventListener("activity", ({ detail }) => {
  const rows = document.querySelector("[data-row-url]");
  if (!rows || !detail?.company || !window.htmx) return;
  for (const row of rows.querySelectorAll("tr[data-row]")) if (aboutOf(row) === detail.company) renew(row, rows.dataset.rowUrl);
});

document.addEventListener("htmx:afterSwap", () => fillActions(document));
fillActions(document);
