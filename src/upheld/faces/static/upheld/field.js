// Taps on a telephone that may have no connection: what cannot be sent is kept here with its key and the instant of the
// tap, and sent again by itself. The key lets the server count it once, however often it arrives.
"use strict";

(() => {
  const STORE = "upheld-kept-taps";
  const bar = document.querySelector("[data-kept-bar]");
  let sending = false;

  const kept = () => { try { return JSON.parse(localStorage.getItem(STORE)) || []; } catch { return []; } };
  const keep = (taps) => { try { localStorage.setItem(STORE, JSON.stringify(taps)); return true; } catch { return false; } };

  function tell(refused) {
    if (!bar) return;
    const waiting = kept().length;
    const words = waiting ? bar.dataset.waiting.replace("{n}", String(waiting)) : "";
    bar.textContent = [refused && `${bar.dataset.refused} ${refused}`, words].filter(Boolean).join(" ");
    bar.hidden = !bar.textContent;
  }

  // The page's own token is the one that holds now; a kept one may be of yesterday.
  function bodyOf(tap) {
    const body = new URLSearchParams(tap.body);
    const token = document.querySelector("[name=csrfmiddlewaretoken]");
    if (token) body.set("csrfmiddlewaretoken", token.value);
    return body;
  }

  const post = (tap) => fetch(tap.action, { method: "POST", body: bodyOf(tap), credentials: "same-origin" });

  async function reasonIn(answer) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const told = page.querySelector(".errors li, .errors, main p");
    return told ? told.textContent.trim() : String(answer.status);
  }

  // Whether the server has decided: what it did not take stays kept only where it might yet take it.
  const decided = (answer) => answer.status < 500 && answer.status !== 401 && answer.status !== 429;

  async function sendKept() {
    if (sending || !kept().length) return;
    sending = true;
    let done = 0;
    let refused = "";
    try {
      while (kept().length) {
        const [first, ...rest] = kept();
        const answer = await post(first);
        if (!decided(answer) || answer.url.includes("/sign-in/")) break;
        if (!answer.ok) refused = await reasonIn(answer);
        keep(rest);
        done += 1;
      }
    } catch { /* still no connection */ }
    sending = false;
    tell(refused);
    if (done && !refused && !kept().length) location.reload();
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("form[data-keeps]") || event.defaultPrevented) return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    body.set("pressed_at", new Date().toISOString());
    const tap = { action: form.action, body: body.toString() };
    const buttons = form.querySelectorAll("button");
    buttons.forEach((button) => { button.disabled = true; });
    try {
      const answer = await post(tap);
      if (answer.ok) { location.assign(answer.url); return; }
      if (decided(answer)) { tell(await reasonIn(answer)); bar?.scrollIntoView({ block: "center" }); }
      else throw new Error(String(answer.status));
    } catch {
      // Storage may be full or forbidden: then the form goes the plain way, and the browser tells what went wrong.
      if (!keep([...kept(), tap])) { form.submit(); return; }
      tell("");
      bar?.scrollIntoView({ block: "center" });
      return;
    } finally {
      setTimeout(() => buttons.forEach((button) => { button.disabled = false; }), 1500);
    }
  });

  window.addEventListener("online", sendKept);
  setInterval(sendKept, 20000);
  tell("");
  sendKept();
})();
