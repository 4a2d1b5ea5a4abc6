// What was said, from OpenAI's events: one line per item, growing while it is said.

import { element } from "./elements.js";

const WHO = { user: "You", assistant: "Answer", source: "Heard", translation: "Translation", tool: "Function", system: "Note" };
// In a translation no event ends a line; a pause does.
const PAUSE_MS = 2_500;

export class Transcript {
  #list;
  #say;
  #send;
  #lines = new Map();
  #continued = {};

  /** `say` announces a finished line; `send` takes events for OpenAI. */
  constructor(list, { say, send }) {
    this.#list = list;
    this.#say = say;
    this.#send = send;
  }

  clear() {
    this.#lines.clear();
    this.#continued = {};
    this.#list.replaceChildren();
  }

  apply(event) {
    const handler = HANDLERS[event.type];
    if (handler) handler(this, event);
  }

  /** The line of an item, made when it is first heard of. */
  line(id, who) {
    if (!this.#lines.has(id)) {
      const text = element("p", "text");
      const entry = element("li", who, element("span", "who", WHO[who] ?? who), text);
      this.#list.append(entry);
      this.#lines.set(id, { entry, text, who });
    }
    return this.#lines.get(id);
  }

  grow(id, who, delta) {
    const { text } = this.line(id, who);
    text.classList.remove("waiting");
    text.textContent += delta;
    this.#follow();
  }

  finish(id, who, whole) {
    const { text } = this.line(id, who);
    text.classList.remove("waiting");
    text.textContent = whole;
    this.#say(`${WHO[who]}: ${whole}`);
    this.#follow();
  }

  wait(id, who, what) {
    const { text } = this.line(id, who);
    if (text.textContent) return;
    text.textContent = what;
    text.classList.add("waiting");
    this.#follow();
  }

  /** Deltas without an item: they continue a line until there is a pause. */
  flow(who, delta) {
    const last = this.#continued[who];
    const now = performance.now();
    const id = last && now - last.at < PAUSE_MS ? last.id : `${who} ${now}`;
    this.#continued[who] = { id, at: now };
    this.grow(id, who, delta);
  }

  mark(id, note) {
    this.#lines.get(id)?.entry.append(element("span", "note", note));
  }

  /** A function that the model wants called: its arguments, and a field for the result. */
  called({ name, call_id: callId, arguments: given }) {
    if (this.#lines.has(callId)) return;
    const { entry, text } = this.line(callId, "tool");
    text.replaceChildren(element("code", "", `${name}(${given})`));
    const result = element("input");
    result.value = '{"ok": true}';
    result.setAttribute("aria-label", `Result of ${name}`);
    const button = element("button", "", "Send result");
    button.type = "submit";
    const form = element("form", "result", result, button);
    form.addEventListener("submit", (submitted) => {
      submitted.preventDefault();
      const item = { type: "function_call_output", call_id: callId, output: result.value };
      this.#send({ type: "conversation.item.create", item });
      this.#send({ type: "response.create" });
      form.replaceWith(element("p", "returned", element("code", "", result.value)));
    });
    entry.append(form);
    this.#say(`The model calls ${name}.`);
    this.#follow();
  }

  #follow() {
    this.#list.scrollTop = this.#list.scrollHeight;
  }
}

function itemAdded(transcript, { item }) {
  if (item.type !== "message") return;
  const typed = (item.content ?? []).find((part) => part.type === "input_text");
  if (typed) transcript.finish(item.id, item.role, typed.text);
  else if (item.role === "user") transcript.wait(item.id, "user", "(spoken)");
}

const grown = (who) => (transcript, { item_id: id, delta }) => {
  const { text } = transcript.line(id, who);
  if (text.classList.contains("waiting")) text.textContent = "";
  transcript.grow(id, who, delta);
};
const done = (who, key) => (transcript, event) => transcript.finish(event.item_id, who, event[key]);

const HANDLERS = {
  "conversation.item.added": itemAdded,
  "conversation.item.created": itemAdded,
  "conversation.item.input_audio_transcription.delta": grown("user"),
  "conversation.item.input_audio_transcription.completed": done("user", "transcript"),
  "conversation.item.input_audio_transcription.failed": (transcript, { item_id: id }) =>
    transcript.finish(id, "user", "(could not be transcribed)"),
  "response.output_audio_transcript.delta": grown("assistant"),
  "response.output_audio_transcript.done": done("assistant", "transcript"),
  "response.output_text.delta": grown("assistant"),
  "response.output_text.done": done("assistant", "text"),
  "response.output_item.done": (transcript, { item }) => {
    if (item.type === "function_call") transcript.called(item);
  },
  "response.done": (transcript, { response }) => {
    const last = response.output?.at(-1);
    if (response.status === "cancelled" && last) transcript.mark(last.id, "interrupted");
  },
  "session.input_transcript.delta": (transcript, { delta }) => transcript.flow("source", delta),
  "session.output_transcript.delta": (transcript, { delta }) => transcript.flow("translation", delta),
};
