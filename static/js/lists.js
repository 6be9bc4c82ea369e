// A row of a list is fetched anew when something has been done about its company; marks and focus stay.
"use strict";

document.addEventListener("activity", ({ detail }) => {
  const rows = document.querySelector("[data-row-url]");
  if (!rows || !detail?.company || !window.htmx) return;
  for (const row of rows.querySelectorAll(`#c-${CSS.escape(detail.company)}, [data-company="${CSS.escape(detail.company)}"]`)) {
    const link = row.querySelector(".row-link");
    const place = new URL(link.href).searchParams.get("pos") || "1";
    const isMarked = row.querySelector("[data-select]")?.checked;
    const url = `${rows.dataset.rowUrl}${row.id.slice(2)}&pos=${place}`;
    window.htmx.ajax("get", url, { source: row, target: row, swap: "outerHTML" }).then(() => {
      const box = document.getElementById(row.id)?.querySelector("[data-select]");
      if (box && isMarked) box.checked = true;
    });
  }
});
