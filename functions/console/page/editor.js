// The request body: a plain text area, with its text coloured and its errors marked behind it.

import { element } from "./elements.js";
import { placesOf, rangeOf, tokensOf } from "./places.js";

export class Editor {
  #area;
  #shown;
  #list;
  #errors = [];

  constructor(area, shown, list) {
    this.#area = area;
    this.#shown = shown;
    this.#list = list;
    area.addEventListener("input", () => {
      this.#errors = [];
      this.#draw();
    });
    area.addEventListener("scroll", () => { shown.scrollLeft = area.scrollLeft; });
  }

  get text() {
    return this.#area.value;
  }

  set text(text) {
    this.#area.value = text;
    this.#errors = [];
    this.#draw();
  }

  /** Show the endpoint's violations ({param, message}), each where it belongs. */
  show(violations) {
    const places = placesOf(this.text);
    this.#errors = violations.map((one) => ({ ...one, range: rangeOf(places, one.param ?? "") }));
    this.#draw();
  }

  #draw() {
    const ranges = this.#errors.map((error) => error.range).filter(Boolean);
    const text = this.text;
    this.#area.rows = text.split("\n").length;
    this.#area.toggleAttribute("aria-invalid", false);
    if (this.#errors.length) this.#area.setAttribute("aria-invalid", "true");
    this.#shown.replaceChildren(...lines(text, ranges));
    this.#list.replaceChildren(...this.#errors.map((error) => this.#entry(error)));
  }

  #entry({ param, message, range }) {
    const name = element(range ? "button" : "code", "path", param || "body");
    if (range) {
      name.type = "button";
      name.addEventListener("click", () => {
        this.#area.focus();
        this.#area.setSelectionRange(range.start, range.end);
      });
    }
    return element("li", "", name, " ", element("span", "", message));
  }
}

/** One element per line, its tokens coloured; a line with an error, and the field in it, are marked. */
function lines(text, ranges) {
  const tokens = tokensOf(text);
  let start = 0;
  return text.split("\n").map((line) => {
    const end = start + line.length;
    const wrong = ranges.some((range) => range.start >= start && range.start <= end);
    const made = element("span", wrong ? "line wrong" : "line");
    let at = start;
    for (const token of tokens.filter((one) => one.start >= start && one.end <= end)) {
      const marked = ranges.some((range) => token.start >= range.start && token.end <= range.end);
      made.append(text.slice(at, token.start));
      made.append(element("span", marked ? `${token.kind} marked` : token.kind, token.text));
      at = token.end;
    }
    made.append(`${text.slice(at, end)}\n`);
    start = end + 1;
    return made;
  });
}
