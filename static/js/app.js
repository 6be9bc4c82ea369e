// Requests, focus, toasts, the dialog, lists. Pages work without any of this.
"use strict";

// Both scripts share these; htmx alone may be missing.
const on = (name, act) => document.addEventListener(name, act);
const byId = (id) => document.getElementById(id);
const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
const texts = () => byId("texts");
const token = () => document.querySelector("meta[name=csrf-token]");
const idle = () => !document.activeElement || document.activeElement === document.body;
const onPress = (selector, act) => on("click", (event) => {
  const found = event.target.closest(selector);
  if (found) act(found, event);
});
const safeMethods = ["get", "head", "options"];
// The browser follows it: no htmx, or another window.
const leaves = (event) => !window.htmx || event.ctrlKey || event.metaKey || event.shiftKey;

// --- requests

on("htmx:configRequest", (event) => {
  const request = event.detail;
  request.headers["X-CSRFToken"] = token().content;
  request.focused = document.activeElement;
  request.row = document.activeElement.closest("[data-row]")?.id;
});

on("htmx:beforeRequest", ({ detail }) => detail.target?.setAttribute("aria-busy", "true"));

// An answer that is no success: where does it belong?
on("htmx:beforeSwap", (event) => {
  const { detail } = event;
  const { xhr, requestConfig } = detail;
  if (detail.target.id === "dialog") detail.swapOverride = "innerHTML"; // the dialog itself must stay
  if (xhr.status === 401 && !safeMethods.includes(requestConfig.verb)) {
    event.preventDefault();
    requestConfig.swap = detail.etc.swapOverride;
    signInAgain(xhr.responseText, requestConfig);
    return;
  }
  if (xhr.status >= 400 && xhr.getResponseHeader("HX-Retarget")) {
    detail.shouldSwap = true;
    return;
  }
  if (xhr.status !== 422 && xhr.status !== 409) return;
  if (/<html/i.test(xhr.responseText)) {
    detail.shouldSwap = false;
    toast(texts().dataset[xhr.status === 409 ? "stale" : "error"], { kind: "error" });
    return;
  }
  const place = formPlace(requestConfig.elt);
  if (!place) return;
  detail.target = place;
  detail.swapOverride = place.id === "dialog" ? "innerHTML" : "outerHTML";
});

// A form with faults comes back in its own place, whatever its target is.
function formPlace(element) {
  const form = element.closest("form");
  if (!form) return null;
  return form.closest("dialog#dialog") || form.closest("[data-fragment], .fact[data-editing]") || form;
}

on("htmx:afterRequest", ({ detail }) => {
  const { xhr, requestConfig } = detail;
  detail.target?.removeAttribute("aria-busy");
  requestConfig.target?.removeAttribute?.("aria-busy");
  if (detail.failed && !xhr.getResponseHeader("HX-Retarget")) tellFailure(xhr.status);
  if (!requestConfig.landed && xhr.status) {
    requestConfig.landed = true;
    landFocus(detail);
  }
});

function tellFailure(status) {
  const names = { 403: "forbidden", 404: "missing", 409: "stale", 429: "slowDown" };
  if (status && status !== 401) toast(texts().dataset[names[status] || "error"], { kind: "error" });
}

for (const name of ["htmx:sendError", "htmx:timeout"]) {
  on(name, () => toast(texts().dataset.offline, { kind: "error" }));
}

// Page numbers: the fragment, and the page's own address in the bar.
onPress("[data-pages] a[href]", (link, event) => {
  if (leaves(event)) return;
  event.preventDefault();
  const { pages, target } = link.closest("[data-pages]").dataset;
  link.setAttribute("hx-push-url", link.getAttribute("href"));
  htmx.ajax("get", pages + link.search, { source: link, target, event, swap: "outerHTML show:window:top" });
});

// A deed on one row: the answer takes the row's place.
on("submit", (event) => {
  const button = event.submitter;
  if (event.target.id !== "deeds" || !button || !window.htmx) return;
  event.preventDefault();
  if (button.getAttribute("aria-disabled")) return;
  button.setAttribute("aria-disabled", "true");
  const { target, swap } = (button.closest("[data-target]") || button).dataset;
  htmx.ajax("post", button.getAttribute("formaction"), { source: button, target: target || button.closest("[data-row]"), event, swap: swap || "outerHTML" })
    .finally(() => button.removeAttribute("aria-disabled"));
});

// htmx notes the address, which may hold a name: nothing is kept in the browser.
function forgetAddress() {
  try {
    sessionStorage.removeItem("htmx-current-path-for-history");
  } catch {
    // closed: nothing was noted
  }
}
on("htmx:pushedIntoHistory", forgetAddress);
on("htmx:replacedInHistory", forgetAddress);
window.addEventListener("load", forgetAddress);

// --- focus

const wanted = [".error-summary", "[aria-invalid=true]", "[data-autofocus]", "[autofocus]"];
const places = [...wanted, "h1, h2, h3", "a[href], button, input:not([type=hidden]), select, textarea"];

const byHand = ["click", "submit", "change", "input", "keydown"];

function landFocus({ xhr, target, requestConfig }) {
  const before = requestConfig.focused;
  const swapped = target?.isConnected ? target : byId(target?.id || "");
  announce(swapped);
  const faults = xhr.status === 422 || xhr.status === 409;
  // Polls and panels take no focus from somebody who had none.
  if (before === document.body && !byHand.includes(requestConfig.triggeringEvent?.type)) return;
  if (!faults && !idle()) return;
  const again = (before?.id && byId(before.id)) || (requestConfig.row && byId(requestConfig.row)?.querySelector("a"));
  const first = (faults && firstOf(wanted, swapped, document.querySelector("main"))) || null;
  focusOn(first || (before?.isConnected && before !== document.body && before) || again || firstOf(wanted, swapped) || firstOf(places, swapped) || document.querySelector("main h1"));
}

// The first that can be seen; an earlier selector goes before an earlier place.
function firstOf(selectors, ...roots) {
  for (const root of roots) {
    for (const selector of selectors) {
      const seen = root && all(selector, root).find((found) => found.checkVisibility({ visibilityProperty: true }));
      if (seen) return seen;
    }
  }
  return null;
}

function focusOn(element) {
  if (!element) return;
  if (!element.matches("a[href], button, input, select, textarea, summary, [tabindex]")) element.tabIndex = -1;
  element.focus({ preventScroll: element.matches("h1, main") });
}

// Read out what an answer says of itself.
function announce(root) {
  const words = root?.querySelector?.("[data-announce]")?.textContent.trim();
  if (words) byId("live").textContent = words;
}

// Links in an error summary lead to the field itself.
onPress(".error-summary a[href^='#']", (link, event) => {
  const field = byId(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  focusOn(field.matches("fieldset") ? field.querySelector("input") : field);
});

// --- toasts

function toast(text, { undoUrl, kind } = {}) {
  const made = texts().content.firstElementChild.cloneNode(true);
  made.querySelector(".toast-text").textContent = text;
  const form = made.querySelector("form");
  if (undoUrl) {
    form.action = undoUrl;
    form.setAttribute("hx-post", undoUrl);
    form.elements.csrf_token.value = token().content;
  } else form.remove();
  if (kind === "error") made.dataset.kind = kind;
  const region = byId("toasts");
  const passing = region.querySelectorAll(".toast:not([data-kind=error])");
  if (passing.length > 2) passing[0].remove();
  region.append(made);
  window.htmx?.process(made);
}

// Ten seconds, not while somebody points at it; errors stay.
function expire(made) {
  if (made.dataset.kind === "error" || made.dataset.timed) return;
  made.dataset.timed = "true";
  const later = () => (made.matches(":hover, :focus-within") ? setTimeout(later, 2000) : made.remove());
  setTimeout(later, 10000);
}

const toasts = byId("toasts");
new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) if (node.matches?.(".toast")) expire(node);
}).observe(toasts, { childList: true });
all(".toast", toasts).forEach(expire);

on("toast", ({ detail }) => toast(detail.text, { undoUrl: detail.undoUrl || detail.undo_url, kind: detail.kind }));
toasts.addEventListener("click", (event) => {
  if (event.target.closest("[data-toast-close]")) event.target.closest(".toast").remove();
});
toasts.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) event.target.closest(".toast")?.remove();
});

// --- the dialog

const dialog = byId("dialog");
const firstPlaces = ["[data-autofocus]", "[autofocus]", "[aria-invalid=true]", "input:checked, input:not([type=hidden], [type=radio]), textarea, select", "h2"];
let opener = null;
let waiting = null; // the request that is sent again after signing in
let kept = null; // what the dialog held when the session ended

on("htmx:afterSwap", (event) => {
  if (event.detail.target !== dialog || dialog.open || !dialog.firstElementChild) return;
  opener = event.detail.requestConfig.focused;
  dialog.showModal();
  focusOn(firstOf(firstPlaces, dialog));
});

// A link that opens here.
onPress("a[data-dialog]", (link, event) => {
  if (leaves(event)) return;
  event.preventDefault();
  link.closest("details")?.removeAttribute("open");
  htmx.ajax("get", link.href, { source: link, target: dialog, swap: "innerHTML" });
});

// A form that did its work elsewhere has nothing more to say.
on("htmx:afterRequest", ({ detail }) => {
  const inside = dialog.contains(detail.requestConfig.elt);
  if (!inside || !dialog.open || !detail.successful) return;
  const { target, verb } = detail.requestConfig;
  if (verb !== "get" && target && !dialog.contains(target)) dialog.close();
});
on("close-dialog", () => dialog.open && dialog.close());

dialog.addEventListener("cancel", (event) => {
  if (hasTyped(dialog) && !window.confirm(texts().dataset.discard)) event.preventDefault();
});
dialog.addEventListener("click", (event) => {
  const cancel = event.target.closest("[data-cancel]");
  if (!cancel) return;
  event.preventDefault();
  dialog.close();
});
dialog.addEventListener("close", () => {
  if (putBack()) return dialog.showModal();
  dialog.replaceChildren();
  waiting = null;
  if (opener === document.body) opener = null; // a key opened it
  const back = opener?.isConnected ? opener : opener?.id && byId(opener.id);
  if (idle()) focusOn(back || firstOf(places, document.querySelector("main")));
  opener = null;
});

function hasTyped(root) {
  return all("textarea, input:is([type=text], [type=email], [type=tel], [type=url], [type=search], :not([type]))", root)
    .some((field) => field.value.trim() !== field.defaultValue.trim());
}

onPress("[data-open]", (open) => {
  open.closest("details")?.removeAttribute("open");
  byId(open.dataset.open)?.showModal();
});

// --- signing in again

function signInAgain(html, request) {
  waiting = request;
  if (dialog.contains(request.elt)) kept = Array.from(dialog.childNodes);
  dialog.replaceChildren();
  dialog.insertAdjacentHTML("afterbegin", html);
  htmx.process(dialog);
  if (!dialog.open) {
    opener = request.focused;
    dialog.showModal();
  }
  focusOn(firstOf(firstPlaces, dialog));
}

function putBack() {
  if (!kept) return false;
  dialog.replaceChildren(...kept);
  kept = waiting = null;
  return true;
}

// The typed text never left the page: new token in, same request again.
on("signed-in", ({ detail }) => {
  const request = waiting;
  if (!putBack()) dialog.close();
  token().content = detail.csrf;
  for (const field of all("input[name=csrf_token]")) field.value = detail.csrf;
  focusOn(request?.focused);
  if (request) htmx.ajax(request.verb, request.path, { source: request.elt, event: request.triggeringEvent, target: request.target, swap: request.swap });
});

// --- lists: further actions of rows, and rows renewed

const hole = "00000000000";
const idOf = (row) => row.querySelector(".row-link").id.slice(2);
// The company that a row is about: its own, or the one its actions name.
const companyOf = (row) => row.querySelector("td.row-actions > a")?.pathname.split("/").at(-3) || idOf(row);

// What differs by the id stands once.
function complete(root) {
  const rows = document.querySelector("[data-list]");
  if (!rows) return;
  const deeds = byId("row-deeds")?.innerHTML || "";
  for (const row of all("tr[data-row]:not([data-complete])", root)) {
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

const parts = (row) => all("a, button, input", row);

// Marks and focus stay when a row is renewed.
function renew(row, url) {
  const link = row.querySelector(".row-link").id;
  const isMarked = row.querySelector("[data-select]")?.checked;
  let at; // as the row goes: a dialog gives the focus back meanwhile
  row.addEventListener("htmx:beforeSwap", () => (at = parts(row).indexOf(document.activeElement)));
  window.htmx.ajax("get", url + idOf(row), { source: row, target: row, swap: "outerHTML" }).then(() => {
    const made = byId(link)?.closest("tr");
    if (!made) return;
    complete(made.parentElement);
    const box = made.querySelector("[data-select]");
    if (box && isMarked) box.checked = true;
    parts(made)[at]?.focus();
  });
}

on("activity", ({ detail }) => {
  const rows = document.querySelector("[data-row-url]");
  if (!rows || !detail?.company || !window.htmx) return;
  for (const row of all("tr[data-row]", rows)) if (companyOf(row) === detail.company) renew(row, rows.dataset.rowUrl);
});

on("htmx:afterSwap", () => complete(document));
complete(document);
