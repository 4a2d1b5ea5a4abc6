// The page: what each control does. Access token and client secret stay in memory, and are forgotten with the page.

import { Call } from "./call.js";
import { Editor } from "./editor.js";
import { byId, clock, copy, element } from "./elements.js";
import { createClientSecret, pastedClientSecret } from "./endpoint.js";
import { EventLog } from "./events.js";
import { Failure } from "./failures.js";
import { Levels } from "./levels.js";
import { SecretPanel } from "./secret.js";
import { authMode, baseUrl, callingUrl, firstBody, mintingUrl } from "./settings.js";
import { NOTES, SNIPPETS } from "./snippets.js";
import { Transcript } from "./transcript.js";

const bodies = new Map();
const editor = new Editor(byId("body"), byId("body-shown"), byId("body-errors"));
const secretPanel = new SecretPanel();
const events = new EventLog(byId("events"), byId("event-count"), byId("event-filter"));
const transcript = new Transcript(byId("transcript"), {
  say: (text) => { byId("said").textContent = text; },
  send,
});
let call = null;
let levels = null;
let language = Object.keys(SNIPPETS)[0];
// What the client secret at hand was asked for with; another request needs another one.
let mintedFor = "";
let tokens = null;
let askedAt = 0;
let waiting = 0;
let hasBegun = false;

const kind = () => document.querySelector("[name=kind]:checked").value;
const profile = () => byId("profile").value.trim();
const request = () => `${mintingUrl(profile(), kind())}\n${editor.text}`;

// ---- the request ---------------------------------------------------------------------------------

const bodyName = () => `${profile()} ${kind()}`;
let shownBody = "";

function showBody({ reset = false } = {}) {
  if (shownBody) bodies.set(shownBody, editor.text);
  shownBody = bodyName();
  if (reset) bodies.delete(shownBody);
  editor.text = bodies.get(shownBody) ?? JSON.stringify(firstBody(profile(), kind()), null, 2);
  showProfileError("");
  showSnippet();
}

function showProfileError(text) {
  byId("profile-error").textContent = text;
  byId("profile-error").hidden = !text;
  byId("profile").toggleAttribute("aria-invalid", false);
  if (text) byId("profile").setAttribute("aria-invalid", "true");
}

async function mint() {
  showFailure(null);
  showProfileError("");
  editor.show([]);
  if (authMode === "IAM") {
    const pasted = pastedClientSecret(byId("pasted").value);
    if (!pasted) throw new Failure("There is no client secret yet.", "Run the curl line and paste its answer.");
    return keep(pasted);
  }
  try {
    return keep(await createClientSecret(mintingUrl(profile(), kind()), editor.text, byId("token").value.trim()));
  } catch (failure) {
    if (failure.fields.length) editor.show(failure.fields);
    if (failure.kind === "profile_not_found") showProfileError("There is no profile of this name.");
    throw failure;
  }
}

function keep(secret) {
  mintedFor = request();
  secretPanel.show(secret);
  return secret;
}

// ---- the call ------------------------------------------------------------------------------------

async function connect({ withMicrophone = true } = {}) {
  const startedAt = performance.now();
  showFailure(null);
  showCall("connecting");
  // At once: some browsers let audio begin only while a click is being handled.
  levels = new Levels();
  try {
    const isCurrent = mintedFor === request() && authMode !== "IAM";
    say(isCurrent && secretPanel.usable ? "Opening a call …" : "Getting a client secret …");
    const secret = (isCurrent && secretPanel.usable) || (await mint());
    say("Opening a call …");
    await open(secret, withMicrophone);
    byId("connect-time").textContent = milliseconds(performance.now() - startedAt);
    showCall("connected");
    say(withMicrophone ? "Connected. Say something." : "Connected. Type something.");
  } catch (failure) {
    over(failure);
  }
}

async function open(secret, withMicrophone) {
  tokens = { in: 0, out: 0 };
  askedAt = 0;
  for (const id of ["connect-time", "first-audio", "tokens-in", "tokens-out"]) byId(id).textContent = "–";
  transcript.clear();
  byId("transcript-empty").hidden = false;
  events.clear();
  call = new Call();
  call.addEventListener("answer", ({ detail: stream }) => {
    byId("answer").srcObject = stream;
    levels.watch(stream, byId("level-them"), firstAudio);
  });
  call.addEventListener("event", ({ detail }) => received(detail));
  call.addEventListener("end", ({ detail }) => over(detail));
  await call.open(callingUrl(kind()), secret.value, { withMicrophone });
  levels.watch(call.microphone, byId("level-you"));
}

/** The call has ended, or never began. */
function over(failure) {
  levels?.close();
  levels = null;
  call = null;
  byId("answer").srcObject = null;
  showCall("idle");
  say(failure ? "Not connected." : "You hung up.");
  if (failure?.kind === "expired") {
    secretPanel.forget();
    mintedFor = "";
  }
  showFailure(failure);
}

function send(event) {
  if (call?.send(event)) events.add("sent", event);
}

function received(event) {
  events.add("received", event);
  transcript.apply(event);
  byId("transcript-empty").hidden = byId("transcript").childElementCount > 0;
  REACTIONS[event.type]?.(event);
}

const REACTIONS = {
  "session.created": ({ session }) => showSession(session),
  "session.updated": ({ session }) => showSession(session),
  "input_audio_buffer.speech_started": () => say("Listening …"),
  "input_audio_buffer.speech_stopped": () => {
    askedAt = performance.now();
    say("Thinking …");
  },
  "response.created": () => { askedAt ||= performance.now(); },
  "output_audio_buffer.started": () => say("Answering …"),
  "output_audio_buffer.stopped": () => say("Your turn."),
  "output_audio_buffer.cleared": () => say("Interrupted. Your turn."),
  "response.done": ({ response }) => {
    tokens.in += response.usage?.input_tokens ?? 0;
    tokens.out += response.usage?.output_tokens ?? 0;
    byId("tokens-in").textContent = tokens.in.toLocaleString("en");
    byId("tokens-out").textContent = tokens.out.toLocaleString("en");
    // A function was called and nothing said: the answer comes after its result.
    if (response.output?.every((item) => item.type === "function_call")) askedAt = 0;
    if (response.status === "failed") {
      const error = response.status_details?.error ?? {};
      showFailure(new Failure("OpenAI could not answer.", error.message ?? error.code ?? "", { kind: "response" }));
    }
  },
  error: ({ error }) => {
    // Interrupting what has just ended is no failure of anybody's.
    if (error.code === "response_cancel_not_active") return;
    showFailure(new Failure("OpenAI reports an error.", error.message, { kind: "event" }));
  },
};

function showSession(session) {
  byId("secret-session").textContent = JSON.stringify(session, null, 2);
}

/** The answer is audible: how long after the last word, or after the request? */
function firstAudio() {
  if (!askedAt) return;
  byId("first-audio").textContent = milliseconds(performance.now() - askedAt);
  askedAt = 0;
}

function interrupt() {
  send({ type: "response.cancel" });
  send({ type: "output_audio_buffer.clear" });
}

function mute() {
  const isMuted = !call.isMuted;
  call.mute(isMuted);
  byId("mute").setAttribute("aria-pressed", String(isMuted));
  say(isMuted ? "You are muted." : "You are heard again.");
}

function write(text) {
  const item = { type: "message", role: "user", content: [{ type: "input_text", text }] };
  askedAt = performance.now();
  send({ type: "conversation.item.create", item });
  send({ type: "response.create" });
}

// ---- what is shown -------------------------------------------------------------------------------

const milliseconds = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`);

function say(text) {
  byId("status").textContent = text;
}

/** "idle", "connecting" or "connected": which controls there are. The focus stays on one that is. */
function showCall(state) {
  document.body.dataset.call = state;
  const isConnected = state === "connected";
  const answers = isConnected && kind() === "conversation";
  const hadFocus = document.activeElement;
  byId("connect").hidden = isConnected;
  byId("connect").disabled = state === "connecting";
  byId("hang-up").hidden = byId("mute").hidden = !isConnected;
  byId("interrupt").hidden = byId("type").hidden = !answers;
  byId("mute").setAttribute("aria-pressed", "false");
  for (const control of document.querySelectorAll("#kinds input, #profile")) control.disabled = state !== "idle";
  // A control that is disabled or hidden loses the focus to the body.
  if (![document.body, byId("connect"), byId("hang-up")].includes(hadFocus)) return;
  if (isConnected) byId("hang-up").focus();
  if (state === "idle" && hasBegun) byId("connect").focus();
  hasBegun = true;
}

function showFailure(failure) {
  clearInterval(waiting);
  byId("connect").disabled = byId("mint").disabled = false;
  byId("failure").hidden = !failure;
  if (!failure) return;
  const known = failure instanceof Failure ? failure : new Failure("This page failed.", failure.message);
  byId("failure").dataset.kind = known.kind;
  byId("failure-title").textContent = known.title;
  byId("failure-help").textContent = known.help;
  byId("failure-request").textContent = `Request ${known.requestId}`;
  byId("failure-request").hidden = !known.requestId;
  byId("failure-action").hidden = known.kind !== "microphone";
  byId("failure-action").textContent = "Connect without a microphone";
  if (known.waitS) waitFor(known);
  byId("failure").scrollIntoView({ block: "nearest" });
}

/** Nothing can be asked for until then; the seconds are counted down. */
function waitFor({ help, waitS }) {
  const until = Date.now() + waitS * 1000;
  const tick = () => {
    const left = (until - Date.now()) / 1000;
    byId("connect").disabled = byId("mint").disabled = left > 0;
    byId("failure-help").textContent = `${help} ${left > 0 ? `Try again in ${clock(left)}.` : "You can try again now."}`.trim();
    if (left <= 0) clearInterval(waiting);
  };
  waiting = setInterval(tick, 1000);
  tick();
}

function showSnippet() {
  let body = null;
  try {
    body = JSON.parse(editor.text);
  } catch { /* Shown when it is JSON again. */ }
  byId("snippet").textContent = body
    ? SNIPPETS[language]({ profile: profile(), kind: kind(), body })
    : "The request body is not JSON yet.";
  byId("snippet-note").textContent = NOTES[language];
  byId("base-url").textContent = baseUrl(profile());
}

function choose(name) {
  language = name;
  for (const tab of byId("languages").children) {
    const isChosen = tab.textContent === name;
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
    if (isChosen) byId("snippet-panel").setAttribute("aria-labelledby", tab.id);
  }
  showSnippet();
}

function makeTabs() {
  const names = Object.keys(SNIPPETS);
  byId("languages").append(
    ...names.map((name) => {
      const tab = element("button", "", name);
      Object.assign(tab, { type: "button", id: `language-${name}`, role: "tab" });
      tab.setAttribute("aria-controls", "snippet-panel");
      tab.addEventListener("click", () => choose(name));
      return tab;
    }),
  );
  byId("languages").addEventListener("keydown", ({ key }) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!step) return;
    const next = names[(names.indexOf(language) + step + names.length) % names.length];
    choose(next);
    byId(`language-${next}`).focus();
  });
}

// ---- begin ---------------------------------------------------------------------------------------

byId("sign-in").hidden = authMode !== "JWT";
byId("signed").hidden = authMode !== "IAM";
byId("mint").textContent = authMode === "IAM" ? "Use client secret" : "Get client secret";
makeTabs();
choose(language);
showBody();
showCall("idle");

byId("kinds").addEventListener("change", () => showBody());
byId("profile").addEventListener("change", () => showBody());
byId("body").addEventListener("input", showSnippet);
byId("reset").addEventListener("click", () => showBody({ reset: true }));
byId("mint").addEventListener("click", async ({ currentTarget: button }) => {
  button.disabled = true;
  try {
    await mint();
    button.disabled = false;
  } catch (failure) {
    showFailure(failure);
  }
});
byId("connect").addEventListener("click", () => connect());
byId("failure-action").addEventListener("click", () => connect({ withMicrophone: false }));
byId("mute").addEventListener("click", mute);
byId("interrupt").addEventListener("click", interrupt);
byId("hang-up").addEventListener("click", () => call.hangUp());
byId("copy-snippet").addEventListener("click", ({ currentTarget }) => copy(byId("snippet").textContent, currentTarget));
byId("clear-events").addEventListener("click", () => events.clear());
byId("type").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = byId("message").value.trim();
  if (text) write(text);
  byId("message").value = "";
});
// Leaving ends the call and forgets the credentials, also where the browser would keep the page for "back".
window.addEventListener("pagehide", () => {
  call?.hangUp();
  secretPanel.forget();
  mintedFor = "";
  byId("token").value = byId("pasted").value = "";
});
