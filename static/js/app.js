// Requests, toasts and focus. Pages work without any of this; it only makes them quicker to the hand.
"use strict";

// Both scripts share these names; htmx alone may be missing.
const on = (name, act) => document.addEventListener(name, act);
const texts = () => document.getElementById("texts");
const safeMethods = ["get", "head", "options"];

// --- requests

on("htmx:configRequest", (event) => {
  const request = event.detail;
  request.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]").content;
  request.focused = document.activeElement; // read again when the answer has been swapped in
  request.row = document.activeElement.closest("[data-row]")?.id;
});

on("htmx:beforeRequest", ({ detail }) => detail.target?.setAttribute("aria-busy", "true"));

// An answer that is not a success: where does it belong?
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

// Page numbers: the fragment with the same query string, and the page's own address in the bar.
on("click", (event) => {
  const link = event.target.closest("[data-pages] a[href]");
  if (!link || !window.htmx || event.ctrlKey || event.metaKey || event.shiftKey) return;
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

// htmx notes the last address in sessionStorage, and an address may hold a name: nothing is kept in the browser.
function forgetAddress() {
  try {
    sessionStorage.removeItem("htmx-current-path-for-history");
  } catch {
    // storage is closed: then nothing was noted
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
  const swapped = target?.isConnected ? target : document.getElementById(target?.id || "");
  announce(swapped);
  const faults = xhr.status === 422 || xhr.status === 409;
  // What the page fetches by itself (polls, panels) takes no focus from somebody who had none.
  if (before === document.body && !byHand.includes(requestConfig.triggeringEvent?.type)) return;
  const lost = !document.activeElement || document.activeElement === document.body;
  if (!faults && !lost) return;
  const again = (before?.id && document.getElementById(before.id)) || (requestConfig.row && document.getElementById(requestConfig.row)?.querySelector("a"));
  const first = (faults && firstOf(wanted, swapped, document.querySelector("main"))) || null;
  focusOn(first || (before?.isConnected && before !== document.body && before) || again || firstOf(wanted, swapped) || firstOf(places, swapped) || document.querySelector("main h1"));
}

// The first that can be seen (what a closed <details> holds cannot); an earlier selector goes before an earlier place.
function firstOf(selectors, ...roots) {
  for (const root of roots) {
    for (const selector of selectors) {
      const seen = Array.from(root?.querySelectorAll(selector) || []).find((found) => found.checkVisibility({ visibilityProperty: true }));
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

// Read out what an answer says of itself, such as the number of rows.
function announce(root) {
  const words = root?.querySelector?.("[data-announce]")?.textContent.trim();
  if (words) document.getElementById("live").textContent = words;
}

// Links in an error summary lead to the field itself.
on("click", (event) => {
  const link = event.target.closest(".error-summary a[href^='#']");
  const field = link && document.getElementById(link.hash.slice(1));
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
    form.elements.csrf_token.value = document.querySelector("meta[name=csrf-token]").content;
  } else form.remove();
  if (kind === "error") made.dataset.kind = kind;
  const region = document.getElementById("toasts");
  const passing = region.querySelectorAll(".toast:not([data-kind=error])");
  if (passing.length > 2) passing[0].remove();
  region.append(made);
  window.htmx?.process(made);
}

// Ten seconds, but not while somebody points at it or stands in it; errors stay until read.
function expire(made) {
  if (made.dataset.kind === "error" || made.dataset.timed) return;
  made.dataset.timed = "true";
  const later = () => (made.matches(":hover, :focus-within") ? setTimeout(later, 2000) : made.remove());
  setTimeout(later, 10000);
}

const toasts = document.getElementById("toasts");
new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) if (node.matches?.(".toast")) expire(node);
}).observe(toasts, { childList: true });
toasts.querySelectorAll(".toast").forEach(expire);

on("toast", ({ detail }) => toast(detail.text, { undoUrl: detail.undoUrl || detail.undo_url, kind: detail.kind }));
toasts.addEventListener("click", (event) => {
  if (event.target.closest("[data-toast-close]")) event.target.closest(".toast").remove();
});
toasts.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) event.target.closest(".toast")?.remove();
});
