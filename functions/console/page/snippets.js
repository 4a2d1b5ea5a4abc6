// The request on the page, as code to copy. No credential is ever part of it: TOKEN stands for the caller's.

import { authMode, baseUrl, callingUrl, mintingUrl, region } from "./settings.js";

const compact = (body) => JSON.stringify(body);
const shellQuoted = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
const path = (kind) => (kind === "translation" ? "realtime/translations/client_secrets" : "realtime/client_secrets");

/** A literal of another language: `open`, `close`, how a member is written, and the words for true, false and null. */
function literal(value, style, depth = 0) {
  if (value === null) return style.words[2];
  if (typeof value === "boolean") return style.words[value ? 0 : 1];
  if (typeof value === "string") return style.string(value);
  if (typeof value !== "object") return String(value);
  const pad = style.indent.repeat(depth + 1);
  const isArray = Array.isArray(value);
  const [open, close] = isArray ? "[]" : "{}";
  const parts = isArray
    ? value.map((one) => literal(one, style, depth + 1))
    : Object.entries(value).map(([key, one]) => style.member(key, literal(one, style, depth + 1)));
  if (!parts.length) return open + close;
  return `${open}\n${parts.map((part) => pad + part).join(",\n")}\n${style.indent.repeat(depth)}${close}`;
}

const PYTHON = {
  indent: "    ",
  words: ["True", "False", "None"],
  string: JSON.stringify,
  member: (key, value) => `${JSON.stringify(key)}: ${value}`,
};
const JAVASCRIPT = {
  indent: "  ",
  words: ["true", "false", "null"],
  string: JSON.stringify,
  member: (key, value) => `${/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key)}: ${value}`,
};
const RUBY = {
  indent: "  ",
  words: ["true", "false", "nil"],
  // A hash sign would begin an interpolation.
  string: (text) => JSON.stringify(text).replaceAll("#", "\\#"),
  member: (key, value) => `${/^[a-z_]\w*$/.test(key) ? key : JSON.stringify(key)}: ${value}`,
};

/** `{a: 1}` as the keyword arguments of a call. */
function keywords(body, style, joint) {
  return Object.entries(body)
    .map(([name, value]) => `${style.indent}${name}${joint}${literal(value, style, 1)},\n`)
    .join("");
}

function curl({ profile, kind, body }) {
  const lines = [`curl -s ${shellQuoted(mintingUrl(profile, kind))}`];
  if (authMode === "IAM") {
    lines.push(`--aws-sigv4 aws:amz:${region}:execute-api --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"`);
    // Long-lived keys have no session token, and curl would sign an empty header that it does not send. One
    // word, as zsh does not split what it expands.
    lines.push("${AWS_SESSION_TOKEN:+-Hx-amz-security-token:$AWS_SESSION_TOKEN}");
  }
  if (authMode === "JWT") lines.push('-H "authorization: Bearer $TOKEN"');
  lines.push("-H 'content-type: application/json'", `-d ${shellQuoted(compact(body))}`);
  return lines.join(" \\\n  ");
}

function python({ profile, kind, body }) {
  const apiKey = authMode === "JWT" ? 'os.environ["TOKEN"]' : '"local"';
  const start = authMode === "JWT" ? "import os\n\n" : "";
  const client = `client = OpenAI(base_url=${JSON.stringify(baseUrl(profile))}, api_key=${apiKey})\n`;
  const call =
    kind === "translation"
      ? `client_secret = client.post(\n    "/${path(kind)}",\n    cast_to=ClientSecretCreateResponse,\n    body=${literal(body, PYTHON, 1)},\n)\n`
      : `client_secret = client.realtime.client_secrets.create(\n${keywords(body, PYTHON, "=")})\n`;
  const type = kind === "translation" ? "from openai.types.realtime import ClientSecretCreateResponse\n" : "";
  return `${start}from openai import OpenAI\n${type}\n${client}${call}print(client_secret.value)\n`;
}

function javascript({ profile, kind, body }) {
  const token = authMode === "JWT" ? "    authorization: `Bearer ${token}`,\n" : "";
  const note = authMode === "JWT" ? 'const token = "…"; // of your signed-in user\n' : "";
  return `${note}const answer = await fetch(${JSON.stringify(mintingUrl(profile, kind))}, {
  method: "POST",
  headers: {
${token}    "content-type": "application/json",
  },
  body: JSON.stringify(${literal(body, JAVASCRIPT, 1)}),
});
const clientSecret = await answer.json();
if (!answer.ok) throw new Error(clientSecret.error?.message ?? clientSecret.message);
console.log(clientSecret.value);
`;
}

function ruby({ profile, kind, body }) {
  const apiKey = authMode === "JWT" ? 'ENV.fetch("TOKEN")' : '"local"';
  const client = `client = OpenAI::Client.new(base_url: ${JSON.stringify(baseUrl(profile))}, api_key: ${apiKey})\n`;
  const call =
    kind === "translation"
      ? `client_secret = client.request(\n  method: :post,\n  path: "${path(kind)}",\n  body: ${literal(body, RUBY, 1)}\n)\nputs client_secret[:value]\n`
      : `client_secret = client.realtime.client_secrets.create(\n${keywords(body, RUBY, ": ").replace(/,\n$/, "\n")})\nputs client_secret.value\n`;
  return `require "openai"\n\n${client}${call}`;
}

function webrtc({ kind }) {
  return `// clientSecret: the answer of this endpoint
const peer = new RTCPeerConnection();
const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
for (const track of microphone.getTracks()) peer.addTrack(track, microphone);

const audio = new Audio();
audio.autoplay = true;
peer.ontrack = ({ streams }) => { audio.srcObject = streams[0]; };

const events = peer.createDataChannel("oai-events");
events.onmessage = ({ data }) => console.log(JSON.parse(data));

await peer.setLocalDescription();
const call = await fetch(${JSON.stringify(callingUrl(kind))}, {
  method: "POST",
  headers: {
    authorization: \`Bearer \${clientSecret.value}\`,
    "content-type": "application/sdp",
  },
  body: peer.localDescription.sdp,
});
if (!call.ok) throw new Error(await call.text());
await peer.setRemoteDescription({ type: "answer", sdp: await call.text() });
`;
}

const ALL = { curl, Python: python, JavaScript: javascript, Ruby: ruby, WebRTC: webrtc };

/** Name to the function that writes it. An SDK cannot sign for IAM, so there only curl and the call are shown. */
export const SNIPPETS = authMode === "IAM" ? { curl, WebRTC: webrtc } : ALL;

/** What the snippet needs beside itself. */
export const NOTES = {
  curl: authMode === "JWT" ? "TOKEN is your user's access token." : "",
  Python: "pip install openai",
  JavaScript: "In a page of another origin, AllowedOrigins must name it.",
  Ruby: "gem install openai",
  WebRTC: "In the page, with the client secret from the JavaScript beside.",
};
