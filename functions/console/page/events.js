// Every event, both ways, as it was sent.

import { element } from "./elements.js";

const MOST = 500;

export class EventLog {
  #list;
  #count;
  #filter = "";
  #events = [];
  #total = 0;
  #startedAt = 0;

  constructor(list, count, filter) {
    this.#list = list;
    this.#count = count;
    filter.addEventListener("input", () => {
      this.#filter = filter.value.trim().toLowerCase();
      this.#list.replaceChildren(...this.#events.filter((one) => this.#isShown(one)).map(entry));
      this.#showCount();
    });
  }

  clear() {
    this.#events = [];
    this.#total = 0;
    this.#startedAt = performance.now();
    this.#list.replaceChildren();
    this.#showCount();
  }

  add(direction, event) {
    const one = { direction, event, atMs: performance.now() - this.#startedAt };
    this.#events.push(one);
    this.#total += 1;
    if (this.#events.length > MOST && this.#isShown(this.#events.shift())) this.#list.firstChild?.remove();
    if (this.#isShown(one)) this.#list.append(entry(one));
    this.#showCount();
  }

  #isShown({ event }) {
    return event.type.toLowerCase().includes(this.#filter);
  }

  #showCount() {
    const shown = this.#list.childElementCount;
    this.#count.textContent = shown === this.#total ? String(shown) : `${shown} of ${this.#total}`;
  }
}

function entry({ direction, event, atMs }) {
  const arrow = element("span", `arrow ${direction}`, direction === "sent" ? "→" : "←");
  arrow.setAttribute("role", "img");
  arrow.setAttribute("aria-label", direction);
  const time = element("span", "at", (atMs / 1000).toFixed(2));
  const body = element("details", "", element("summary", "", time, arrow, element("code", "", event.type)));
  body.addEventListener("toggle", () => {
    if (!body.open || body.childElementCount > 1) return;
    const shown = element("pre", "block", JSON.stringify(event, null, 2));
    // It scrolls, so a keyboard must reach it.
    shown.tabIndex = 0;
    body.append(shown);
  });
  return element("li", "", body);
}
