// Keeps the page fresh: at each tick it takes over what has changed, and leaves alone what has not.
"use strict";
(() => {
  const POLL = 30000; // while there is no stream
  const LATE_TICKS = 4; // so many ticks without an event: something is wrong
  const parts = ["clock", "verdict", "alerts", "feeds", "exporter"];
  const lost = document.getElementById("lost");
  const filter = document.getElementById("filter");
  const words = document.getElementById("words");
  const cards = document.getElementById("cards");
  let stream = null, poll = 0, watch = 0, busy = false, again = false, state = "all";

  function tell(text) {
    if (lost.textContent !== text) lost.textContent = text;
    lost.hidden = text === "";
  }

  function replace(old, fresh) {
    if (old.innerHTML !== fresh.innerHTML) old.replaceChildren(...document.importNode(fresh, true).childNodes);
  }

  function merge(fresh) {
    for (const name of parts) replace(document.getElementById(name), fresh.getElementById(name));
    filter.querySelectorAll("button").forEach((button) => {
      const same = fresh.querySelector(`#filter button[data-state="${button.dataset.state}"]`);
      if (!same) return;
      button.textContent = same.textContent;
      button.hidden = same.hidden;
    });
    filter.hidden = fresh.getElementById("filter").dataset.wanted !== "yes";
    const focused = document.activeElement && document.activeElement.closest(".card");
    const known = new Map([...cards.querySelectorAll(".card")].map((card) => [card.dataset.key, card]));
    const wanted = document.importNode(fresh.getElementById("cards"), true);
    wanted.querySelectorAll(".card").forEach((card) => {
      const old = known.get(card.dataset.key);
      if (!old) return;
      const plain = old.cloneNode(true);
      plain.hidden = false;
      plain.classList.remove("fresh");
      if (plain.outerHTML === card.outerHTML) card.replaceWith(old);
      else if (old.dataset.state !== card.dataset.state) card.classList.add("fresh");
    });
    cards.replaceChildren(...wanted.childNodes);
    if (focused) {
      const card = [...cards.querySelectorAll(".card")].find((one) => one.dataset.key === focused.dataset.key);
      const link = card && card.querySelector("a");
      if (link && document.activeElement !== link) link.focus({ preventScroll: true });
    }
    sift();
  }

  function sift() {
    const wanted = words.value.trim().toLowerCase();
    let shown = 0;
    cards.querySelectorAll(".card").forEach((card) => {
      const fits = card.dataset.key.toLowerCase().includes(wanted) && (state === "all" || card.dataset.state === state);
      card.hidden = !fits;
      shown += fits;
    });
    document.getElementById("found").textContent = wanted || state !== "all" ? `${shown} shown` : "";
  }

  async function refresh() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      const response = await fetch(location.pathname, { cache: "no-store", signal: AbortSignal.timeout(20000) });
      if (!response.ok) throw new Error(response.statusText);
      merge(new DOMParser().parseFromString(await response.text(), "text/html"));
      tell("");
    } catch {
      tell("The exporter does not answer; this is what was known last.");
    } finally {
      busy = false;
      if (again) { again = false; refresh(); }
    }
  }

  function expect() {
    clearTimeout(watch);
    const tick = Number(document.body.dataset.tick) * 1000;
    watch = setTimeout(() => tell("No new tick has come; this is what was known last."), LATE_TICKS * tick + 5000);
  }

  function listen() {
    if (stream || document.hidden) return;
    stream = new EventSource("api/v1/stream");
    stream.addEventListener("tick", (event) => {
      expect();
      clearInterval(poll);
      poll = 0;
      if (event.lastEventId !== document.getElementById("clock").dataset.at) refresh();
      document.getElementById("clock").dataset.at = event.lastEventId;
    });
    stream.addEventListener("error", () => {
      if (stream && stream.readyState === EventSource.CLOSED) rest(); // refused: it tries again by itself otherwise
      if (!poll) poll = setInterval(() => { refresh(); listen(); }, POLL);
      refresh();
    });
  }

  function rest() {
    if (stream) stream.close();
    stream = null;
    clearTimeout(watch);
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { rest(); return; }
    refresh();
    listen();
  });
  words.addEventListener("input", sift);
  filter.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    state = button.dataset.state;
    filter.querySelectorAll("button").forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
    sift();
  });
  filter.hidden = filter.dataset.wanted !== "yes";
  listen();
})();
