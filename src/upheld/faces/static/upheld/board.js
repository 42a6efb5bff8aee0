// Moving a card of the board: by the keys, by the mouse, or by a tap on the card and a tap on the day. The server decides;
// here is only shown to which days a promise may go.
"use strict";

(() => {
  let chosen = null;

  const board = () => document.getElementById("board");
  const say = (words) => { const place = document.querySelector("[data-board-says]"); if (place) place.textContent = words; };
  const within = (card, day) => day >= card.dataset.from && day <= card.dataset.due;
  const inWords = (day) => new Date(`${day}T00:00`).toLocaleDateString(document.documentElement.lang, { month: "short", day: "numeric", weekday: "short" });

  function plus(day, days) {
    const at = new Date(`${day}T00:00Z`);
    at.setUTCDate(at.getUTCDate() + days);
    return at.toISOString().slice(0, 10);
  }

  // The day that the keys have reached is written on the card until Enter or Escape.
  function aim(card, day) {
    card.dataset.aim = day;
    let to = card.querySelector(".to");
    if (!to) { to = document.createElement("span"); to.className = "to"; card.append(to); }
    const isInside = within(card, day);
    const words = board().dataset[isInside ? "wordsTo" : "wordsOutside"].replace("{day}", inWords(day));
    to.classList.toggle("outside", !isInside);
    to.textContent = words;
    say(words);
  }

  function leave(card) {
    delete card.dataset.aim;
    const to = card.querySelector(".to");
    if (to) to.remove();
    if (chosen === card) choose(null);
  }

  function send(card, day) {
    const form = card.querySelector("form");
    form.elements.day.value = day;
    form.requestSubmit();
  }

  // A chosen card shows the days that take it.
  function choose(card) {
    chosen = card;
    document.querySelectorAll(".board-card.chosen").forEach((one) => one.classList.remove("chosen"));
    if (card) card.classList.add("chosen");
    document.querySelectorAll("[data-drop-day]").forEach((column) => {
      const may = Boolean(card) && within(card, column.dataset.dropDay) && column.dataset.dropDay !== card.dataset.day;
      column.classList.toggle("may-go", may);
      column.querySelector("[data-drop]").hidden = !may;
    });
  }

  document.addEventListener("keydown", (event) => {
    const card = event.target.closest && event.target.closest("[data-board-card]");
    if (!card || event.target !== card) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) {
      event.preventDefault();
      const from = card.dataset.aim || card.dataset.day;
      aim(card, from ? plus(from, step) : card.dataset.from);
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (card.dataset.aim) send(card, card.dataset.aim); else choose(chosen === card ? null : card);
    } else if (event.key === "Escape") leave(card);
  });

  document.addEventListener("click", (event) => {
    const drop = event.target.closest("[data-drop]");
    if (drop && chosen) { send(chosen, drop.closest("[data-drop-day]").dataset.dropDay); return; }
    const card = event.target.closest("[data-board-card]");
    if (!card || event.target.closest("a, input, button")) return;
    // A finger finds "Move" where it aimed at the card: that opens the date, and shows the days all the same.
    choose(chosen === card && !event.target.closest("summary") ? null : card);
  });

  document.addEventListener("dragstart", (event) => {
    const card = event.target.closest && event.target.closest("[data-board-card]");
    if (!card) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.id);
    choose(card);
  });
  document.addEventListener("dragover", (event) => {
    const column = event.target.closest("[data-drop-day]");
    document.querySelectorAll(".board-day.over").forEach((one) => one.classList.toggle("over", one === column));
    if (column && chosen) { event.preventDefault(); column.classList.add("over"); }
  });
  // A day outside of its time is sent all the same: the answer says why not, and whom to ask.
  document.addEventListener("drop", (event) => {
    const column = event.target.closest("[data-drop-day]");
    if (!column || !chosen) return;
    event.preventDefault();
    if (column.dataset.dropDay !== chosen.dataset.day) send(chosen, column.dataset.dropDay);
  });
  document.addEventListener("dragend", () => {
    document.querySelectorAll(".board-day.over").forEach((one) => one.classList.remove("over"));
  });

  document.addEventListener("htmx:afterSwap", () => {
    chosen = null;
    const shown = board();
    const moved = shown && shown.dataset.moved && document.getElementById(`card-${shown.dataset.moved}`);
    if (moved) { moved.focus(); moved.scrollIntoView({ block: "nearest" }); }
  });
})();
