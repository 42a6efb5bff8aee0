// The keyboard of the hotline desk. Nothing here is needed to work: each key has a visible link or button as its twin.
// Clocks count by clocks.js, forms are saved and lists walked to the search by keys.js.
"use strict";

(() => {
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const writing = (element) => element && /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);

  // --- What to say: one line at a time -------------------------------------------------------------------
  const say = one("[data-lines]");
  const lines = say ? all("[data-line]", say) : [];
  let line = 0;

  function show(index) {
    if (!lines.length) return;
    line = (index + lines.length) % lines.length;
    lines.forEach((item, place) => item.classList.toggle("now", place === line));
    all("[data-part-of]", say).forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.partOf === lines[line].dataset.part)));
  }

  function showPart(part) {
    const here = lines[line].dataset.part === part;
    const first = lines.findIndex((item) => item.dataset.part === part);
    // The same part again steps through it.
    const next = here && lines[line + 1] && lines[line + 1].dataset.part === part ? line + 1 : first;
    if (first !== -1) show(next);
  }

  if (say) {
    say.classList.add("stepping");
    one(".say-lines", say).setAttribute("aria-live", "polite");
    show(0);
  }

  // --- Cases and call-backs ------------------------------------------------------------------------------
  const rows = () => all("[data-desk-row]");
  const here = () => rows().find((row) => row.contains(document.activeElement)) || one("[data-desk-row].at") || rows()[0];

  function move(by) {
    const list = rows();
    if (!list.length) return;
    const current = list.findIndex((row) => row.classList.contains("at"));
    const next = Math.max(0, Math.min(list.length - 1, current === -1 ? 0 : current + by));
    list.forEach((row, place) => row.classList.toggle("at", place === next));
    const link = one("[data-open]", list[next]) || one("a, button", list[next]);
    if (link) link.focus({ preventScroll: true });
    list[next].scrollIntoView({ block: "nearest" });
  }

  function act(key) {
    const row = here();
    const button = row && one(`[data-key="${key}"]`, row);
    if (!button) return false;
    button.click();
    return true;
  }

  // --- The new case: it may be put away and keeps what was written -----------------------------------------
  const sheet = () => one("#new-case");

  function openCase() {
    const form = sheet();
    if (!form) return false;
    form.hidden = false;
    const kind = one("[data-kinds] input:checked", form) || one("[data-kinds] input", form);
    kind.focus();
    form.scrollIntoView({ block: "nearest" });
    preview();
    return true;
  }

  function preview() {
    const form = one("[data-case-form]");
    if (form && one("[data-kinds] input:checked", form) && window.htmx) window.htmx.trigger(one("[data-preview]", form), "preview");
  }

  function putAway() {
    sheet().hidden = true;
    const button = one("[data-new-case]");
    if (button) button.focus();
  }

  function choose(letter) {
    const radio = one(`[data-kinds] input[data-letter="${letter}"]`);
    if (!radio) return false;
    radio.checked = true;
    radio.focus();
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }

  function closeSheet() {
    const open = one("[data-sheet]");
    if (!open || !one("#desk-sheet")) return false;
    const row = one("[data-desk-row].at");
    open.remove();
    const back = row && one("[data-open], a, button", row);
    if (back) back.focus();
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const help = one("#keys-help");
    if (event.key === "Escape") {
      if (help && help.open) return;
      if (closeSheet()) return event.preventDefault();
      if (sheet() && !sheet().hidden && !(event.target.matches && event.target.matches("[data-search]"))) { event.preventDefault(); putAway(); }
      return;
    }
    const inKinds = event.target.closest && event.target.closest("[data-kinds]");
    if (inKinds) {
      if (/^[a-z]$/.test(event.key) && choose(event.key)) event.preventDefault();
      return;
    }
    if (writing(event.target) || (help && help.open)) return;
    const keys = {
      n: openCase,
      j: () => { move(1); return true; },
      k: () => { move(-1); return true; },
      h: () => act("h"),
      b: () => act("b"),
      t: () => act("t"),
      r: () => act("r"),
      d: () => { if (one("[data-desk-home]")) window.location.href = one("[data-desk-home]").href; return true; },
      ArrowRight: () => { show(line + 1); return lines.length > 0; },
      ArrowLeft: () => { show(line - 1); return lines.length > 0; },
      "?": () => { if (help) help.showModal(); return Boolean(help); },
    };
    if (keys[event.key]) { if (keys[event.key]()) event.preventDefault(); return; }
    if (/^[1-9]$/.test(event.key) && say) {
      const button = all("[data-part-of]", say)[Number(event.key) - 1];
      if (button) { event.preventDefault(); showPart(button.dataset.partOf); }
    }
  });

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest && event.target.closest(selector);
    if (at("[data-line-step]")) show(line + Number(at("[data-line-step]").dataset.lineStep));
    if (at("[data-part-of]")) showPart(at("[data-part-of]").dataset.partOf);
    if (at("[data-help]")) one("#keys-help").showModal();
    if (at("[data-new-case]") && openCase()) event.preventDefault();
    if (at("[data-close-case]")) { event.preventDefault(); putAway(); }
    if (at("[data-close-sheet]") && one(".desk-rows") && closeSheet()) event.preventDefault();
    const row = at("[data-desk-row]");
    if (row) rows().forEach((other) => other.classList.toggle("at", other === row));
  });

  // Enter in the search with nobody in the list asks the desk, which offers to register the caller.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "desk-sheet") return;
    const field = one("select, input:not([type=hidden]), textarea, [data-done]", event.target);
    if (field) field.focus();
    event.target.scrollIntoView({ block: "nearest" });
  });

  // A second press of a button that has begun to save would send the form again; its key makes that harmless anyway.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-case-form]")) return;
    const button = one("button[type=submit]", event.target);
    if (button) button.disabled = true;
  });
  window.addEventListener("pageshow", () => all("[data-case-form] button[type=submit]").forEach((button) => { button.disabled = false; }));

  if (sheet() && !sheet().hidden) openCase();
})();
