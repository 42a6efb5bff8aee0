// What the keyboard does on every page. Nothing here is needed to work: each key has a visible link or button as its twin.
"use strict";

const typing = (element) => element && /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) && element.type !== "checkbox";
const rows = () => [...document.querySelectorAll(".owed[data-row]")];
let at = -1;

function moveTo(index) {
  const all = rows();
  if (!all.length) return;
  at = Math.max(0, Math.min(index, all.length - 1));
  all.forEach((row, place) => row.classList.toggle("at", place === at));
  const button = all[at].querySelector("[data-record]");
  (button || all[at]).focus({ preventScroll: true });
  all[at].scrollIntoView({ block: "center", behavior: "auto" });
}

function place() {
  const here = rows().findIndex((row) => row.contains(document.activeElement) || row.classList.contains("at"));
  return here === -1 ? at : here;
}

document.addEventListener("keydown", (event) => {
  const search = document.querySelector("[data-search]");
  if (event.target.matches && event.target.matches("[data-search]")) return inSearch(event);
  if (event.key === "Escape") {
    const cancel = event.target.closest && event.target.closest("form.record, .many-sheet");
    if (cancel) { event.preventDefault(); closeForm(cancel); }
    document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; });
    return;
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) {
    event.target.form.requestSubmit();
    return;
  }
  if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && search) { event.preventDefault(); search.focus(); search.select(); }
  if (event.key === "j") moveTo(place() + 1);
  if (event.key === "k") moveTo(place() - 1);
  if (event.key === "x") pick(event);
  if (event.key === "R") {
    const many = document.querySelector("[data-record-many]");
    if (many) { event.preventDefault(); many.click(); }
  }
  if (event.key === "r") {
    const all = rows();
    const row = all[Math.max(place(), 0)];
    const button = row && row.querySelector("[data-record]");
    if (button) { event.preventDefault(); moveTo(all.indexOf(row)); button.click(); }
  }
});

// The key x ticks the row that the cursor is on.
function pick(event) {
  const all = rows();
  const row = all[Math.max(place(), 0)];
  const box = row && row.querySelector("[data-pick]");
  if (!box) return;
  event.preventDefault();
  if (!row.classList.contains("at")) moveTo(all.indexOf(row));
  box.checked = !box.checked;
  countPicked();
}

function countPicked() {
  const boxes = [...document.querySelectorAll("[data-pick]")];
  const number = boxes.filter((box) => box.checked).length;
  const shown = document.querySelector("[data-picked]");
  const whole = document.querySelector("[data-pick-all]");
  if (shown) shown.textContent = String(number);
  if (whole) {
    whole.checked = number > 0 && number === boxes.length;
    whole.indeterminate = number > 0 && number < boxes.length;
  }
  boxes.forEach((box) => box.closest(".owed").classList.toggle("picked", box.checked));
}

// Arrow keys walk through what the search found; Enter opens the first of it.
function inSearch(event) {
  const found = [...document.querySelectorAll(".found a")];
  const here = found.findIndex((link) => link.classList.contains("at"));
  if (event.key === "Escape") {
    event.target.value = "";
    const list = document.querySelector(".found");
    if (list) list.replaceChildren();
    event.target.blur();
    return;
  }
  if (!found.length) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    const next = (here + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
    found.forEach((link, index) => link.classList.toggle("at", index === next));
    found[next].scrollIntoView({ block: "nearest" });
    event.target.setAttribute("aria-activedescendant", found[next].id);
  }
  if (event.key === "Enter") {
    event.preventDefault();
    if (here >= 0 || isAnswered(event.target)) found[Math.max(here, 0)].click();
    else opening = event.target;
  }
}

// A list for what stood there before is no answer: whoever types a number and Enter in one go would open somebody else.
// Enter then waits for the list that is on its way.
let opening = null;
function isAnswered(field) {
  const list = document.querySelector(".found ul");
  return Boolean(list) && list.dataset.q === field.value.trim();
}
document.addEventListener("input", (event) => { if (event.target === opening) opening = null; });
document.addEventListener("htmx:afterSwap", (event) => {
  if (!opening || event.target.id !== "found") return;
  const field = opening;
  if (isAnswered(field)) document.querySelector(".found a").click();
  else if (document.querySelector(".found ul")) return;
  else field.form.requestSubmit();
  opening = null;
});

function closeForm(form) {
  const sheet = form.closest("#many-form");
  if (sheet) {
    sheet.replaceChildren();
    const many = document.querySelector("[data-record-many]");
    if (many) many.focus();
    return;
  }
  const slot = form.closest("[data-slot]");
  if (slot) {
    slot.replaceChildren();
    const opener = document.querySelector("[data-opens-slot].at");
    if (opener) opener.focus();
    return;
  }
  const row = form.closest(".owed");
  if (!row) return;
  row.querySelector(".form").replaceChildren();
  const button = row.querySelector("[data-record]");
  if (button) button.focus();
}

document.addEventListener("click", (event) => {
  const cancel = event.target.closest("[data-cancel]");
  if (cancel && cancel.closest(".owed, #many-form, [data-slot]")) { event.preventDefault(); closeForm(cancel); }
  const opener = event.target.closest("[data-opens-slot]");
  if (opener) document.querySelectorAll("[data-opens-slot]").forEach((one) => one.classList.toggle("at", one === opener));
  document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  const found = document.querySelector(".found");
  if (found && !event.target.closest(".search")) found.replaceChildren();
});

// The check list follows the channel. On a phone it waits folded, so that the form comes first.
function showReminders(within, channel) {
  const narrow = window.matchMedia("(max-width: 46rem)").matches;
  within.querySelectorAll(".reminders [data-place]").forEach((list, index) => {
    list.open = !narrow && (channel ? list.dataset.place === channel : index === 0);
  });
}

document.addEventListener("change", (event) => {
  const around = event.target.matches("form.record select[name=channel]") && event.target.closest(".with-reminders");
  if (around) showReminders(around, event.target.value);
  if (event.target.matches("[data-pick-all]")) {
    document.querySelectorAll("[data-pick]").forEach((box) => { box.checked = event.target.checked; });
  }
  if (event.target.matches("[data-pick], [data-pick-all]")) countPicked();
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
  // A named period needs no days; days of one's own make it one's own period.
  const days = document.querySelectorAll("[data-day]");
  const period = document.querySelector("[data-period]");
  if (event.target === period && period.value !== "custom") {
    days.forEach((day) => { day.disabled = true; });
    period.form.requestSubmit();
    days.forEach((day) => { day.disabled = false; });
  }
  if (event.target.matches("[data-day]") && period) period.value = "custom";
});

// After a record the row turns into its own confirmation, and the hand rests on the next one.
document.addEventListener("htmx:afterSwap", (event) => {
  // Channel, time and outcome are filled in already: what is left to write is the report.
  const report = event.target.querySelector && event.target.querySelector("form.record textarea");
  if (event.target.querySelectorAll) showReminders(event.target);
  // A form in its slot begins with its first field, a refused one with why; the panel after it says what was done.
  const slot = event.target.matches && event.target.matches("[data-slot]") && event.target;
  const refused = slot && slot.querySelector("[role=alert]");
  if (refused) { refused.tabIndex = -1; refused.focus(); return; }
  const first = slot && slot.querySelector("select, input:not([type=hidden]), textarea, button");
  if (first) { first.focus(); event.target.scrollIntoView({ block: "nearest" }); return; }
  const panel = document.querySelector("#entitlements:has([role=status])");
  if (panel && event.detail.target && event.detail.target.id === "entitlements") { panel.focus(); return; }
  if (report) {
    report.focus();
    if (report.closest("#many-form")) report.closest("#many-form").scrollIntoView({ block: "center" });
    return;
  }
  countPicked();
  const done = document.querySelector(".owed.done[data-fresh]");
  if (done) {
    done.removeAttribute("data-fresh");
    const next = rows().find((row) => done.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING);
    if (next) moveTo(rows().indexOf(next)); else done.focus();
  }
});

showReminders(document);
document.querySelectorAll("[data-with-script]").forEach((part) => { part.hidden = false; });
// Coming back by the browser's own button may find boxes ticked already.
window.addEventListener("pageshow", countPicked);

// A failed small swap is said aloud in the page instead of being swallowed.
for (const kind of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(kind, () => {
    const place = document.querySelector("[data-failures]");
    if (place) place.hidden = false;
  });
}

// Who signs out leaves no page behind on the device: what the reports from the road kept for lost connections goes first.
async function forgetPages() {
  if (!("caches" in window)) return;
  for (const name of await caches.keys()) if (name.startsWith("upheld-")) await caches.delete(name);
}
document.addEventListener("submit", async (event) => {
  // By its attribute: of a form with a field named action, the property is that field.
  if (!event.target.getAttribute("action")?.endsWith("/sign-out/")) return;
  event.preventDefault();
  try { await forgetPages(); } finally { event.target.submit(); }
});
if (location.pathname.endsWith("/sign-in/")) forgetPages().catch(() => {});

// A row of tabs may be wider than a phone; the one that is open is brought into sight.
document.querySelectorAll(".tabs [aria-current]").forEach((tab) => {
  const bar = tab.closest(".tabs");
  const beyond = tab.getBoundingClientRect().right - bar.getBoundingClientRect().right;
  if (beyond > 0) bar.scrollLeft = beyond + 24;
});
