// Reports from the road. A report gets its key here, is put into the device's own store first and sent from there, so that
// neither a lost connection nor a closed page loses it, and however often it arrives it is stored once.
"use strict";

(() => {
  const road = document.querySelector("[data-road]");
  if (!road) return;
  const CACHE = "upheld-road-1";
  const form = document.querySelector("[data-report-form]");
  const words = road.dataset;
  const part = (name) => document.querySelector(`[data-${name}]`);
  let sending = false;
  let again = false;

  // --- what waits, in IndexedDB; each report belongs to who wrote it ---
  const store = new Promise((found, failed) => {
    const opening = indexedDB.open("upheld-reports", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("reports", { keyPath: "key" });
    opening.onsuccess = () => found(opening.result);
    opening.onerror = () => failed(opening.error);
  });
  async function ask(mode, act) {
    const open = await store;
    return new Promise((found, failed) => {
      const all = open.transaction("reports", mode);
      const asked = act(all.objectStore("reports"));
      all.oncomplete = () => found(asked.result);
      all.onerror = all.onabort = () => failed(all.error);
    });
  }
  const keep = (report) => ask("readwrite", (reports) => reports.put(report));
  const forget = (key) => ask("readwrite", (reports) => reports.delete(key));
  const mine = async () => (await ask("readonly", (reports) => reports.getAll()))
    .filter((one) => one.owner === words.owner).sort((a, b) => a.happenedAt - b.happenedAt);

  function tell(name, text) {
    const place = part(name);
    place.textContent = text;
    place.hidden = !text;
  }

  async function show() {
    const waiting = await mine();
    part("waiting-paper").hidden = !waiting.length;
    part("waiting-count").textContent = String(waiting.length);
    part("waiting").replaceChildren(...waiting.map(row));
    part("offline").hidden = navigator.onLine;
  }

  function row(report) {
    const box = document.createElement("div");
    box.className = "waiting-report";
    const title = document.createElement("strong");
    title.textContent = report.title;
    const said = document.createElement("div");
    said.textContent = report.report;
    box.append(title, said);
    if (report.refused) {
      const why = document.createElement("div");
      why.className = "errors";
      why.textContent = `${words.wordsRefused} ${report.refused}`;
      box.append(why, button(words.wordsEdit, () => edit(report)), button(words.wordsDiscard, async () => {
        if (!window.confirm(words.wordsSure)) return;
        await forget(report.key);
        await show();
      }));
    }
    return box;
  }

  function button(text, act) {
    const one = document.createElement("button");
    one.type = "button";
    one.className = "btn btn-quiet btn-small";
    one.textContent = text;
    one.addEventListener("click", act);
    return one;
  }

  // --- sending: one after the other; what the server refuses stays here with the reason ---
  const token = () => (document.cookie.split("; ").find((one) => one.startsWith("csrftoken=")) || "").slice(10);

  async function post(report) {
    const body = new URLSearchParams({
      key: report.key, owner: report.owner, promise: report.promise, channel: report.channel, outcome: report.outcome,
      report: report.report,
      seconds_ago: String(Math.max(0, Math.round((Date.now() - report.happenedAt) / 1000))),
    });
    const answer = await fetch(words.send, {
      method: "POST", body, credentials: "same-origin", headers: { "X-CSRFToken": token() },
    });
    if (answer.redirected || answer.status === 401) return { signedOut: true };
    if (!(answer.headers.get("Content-Type") || "").includes("json")) return { later: true };
    return answer.json();
  }

  async function send() {
    if (sending) { again = true; return; }
    sending = true;
    try {
      for (const report of await mine()) {
        if (report.refused) continue;
        const answer = await post(report);
        if (answer.signedOut) { tell("problem", words.wordsSignIn); break; }
        if (answer.later) break;
        if (answer.done) { await forget(report.key); tell("sent", answer.words); tell("problem", ""); strike(report.promise); }
        else await keep({ ...report, refused: answer.words });
      }
    } catch { /* no connection: it waits */ }
    sending = false;
    await show();
    if (again) { again = false; await send(); }
  }

  function strike(promise) {
    const done = document.querySelector(`[data-promise="${promise}"]`);
    if (done) done.closest("li").remove();
  }

  // --- the form ---
  const pad = (number) => String(number).padStart(2, "0");
  function clock(at) {
    return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
  }
  const newKey = () => (crypto.randomUUID ? crypto.randomUUID()
    : [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join(""));

  function open(promise, title, channels, report) {
    document.querySelectorAll("[data-promise]").forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.promise === String(promise))));
    part("form-paper").hidden = false;
    part("chosen").textContent = title;
    const choice = form.elements.channel;
    const known = [...part("channel-words").content.cloneNode(true).querySelectorAll("option")];
    choice.replaceChildren(...channels.map((code) => known.find((one) => one.value === code) || new Option(code, code)));
    form.elements.promise.value = promise;
    form.elements.key.value = report ? report.key : newKey();
    form.elements.report.value = report ? report.report : "";
    form.elements.when.value = clock(report ? new Date(report.happenedAt) : new Date());
    if (report) { choice.value = report.channel; form.elements.outcome.value = report.outcome; }
    form.dataset.channels = channels.join(",");
    part("chosen").focus();
    part("form-paper").scrollIntoView({ block: "start" });
  }
  const edit = (report) => open(report.promise, report.title, report.channels.split(","), report);

  document.addEventListener("click", (event) => {
    const chosen = event.target.closest("[data-promise]");
    if (chosen) open(chosen.dataset.promise, chosen.dataset.title, chosen.dataset.channels.split(","), null);
    if (event.target.closest("[data-send-now]")) send();
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const given = form.elements;
    // The minute on the form may lie some seconds ahead of the clock; nothing is reported before it happened.
    const happenedAt = Math.min(new Date(given.when.value).getTime(), Date.now());
    const report = {
      key: given.key.value, owner: words.owner, promise: given.promise.value, title: part("chosen").textContent,
      channels: form.dataset.channels, channel: given.channel.value, outcome: given.outcome.value, happenedAt,
      report: given.report.value,
    };
    try {
      await keep(report);
    } catch {
      // Nothing can be kept here: it goes straight to the server, and the form stays as it is until it is there.
      tell("problem", words.wordsFull);
      try {
        const answer = await post(report);
        if (answer.done) { tell("problem", ""); tell("sent", answer.words); part("form-paper").hidden = true; strike(report.promise); }
        else if (answer.words) tell("problem", answer.words);
      } catch { /* the words stand there already */ }
      return;
    }
    form.reset();
    part("form-paper").hidden = true;
    tell("sent", words.wordsWaiting);
    await send();
  });

  // --- the page itself without a connection ---
  async function beThereOffline() {
    if (!("serviceWorker" in navigator)) return;
    await navigator.serviceWorker.register(words.worker, { scope: words.scope });
    await navigator.serviceWorker.ready;
    if (!navigator.onLine) return;
    const files = [...document.querySelectorAll("link[href], script[src], img[src]")].map((one) => one.href || one.src);
    const icon = document.querySelector("svg use");
    if (icon) files.push(icon.getAttribute("href").split("#")[0]);
    const cache = await caches.open(CACHE);
    await cache.addAll([location.pathname, ...new Set(files)]);
    document.documentElement.dataset.kept = "yes";
  }

  window.addEventListener("online", () => { show(); send(); });
  window.addEventListener("offline", show);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
  setInterval(send, 20000);
  show();
  send();
  beThereOffline().catch(() => { /* then the page needs a connection to be opened; what is saved waits all the same */ });
})();
