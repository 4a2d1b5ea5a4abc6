// @openai/agents-realtime never calls the endpoint itself: it is given a client secret, or a function
// that fetches one. So these tests give it such a function, and look at what becomes of the answer.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { RealtimeAgent, RealtimeSession } from "@openai/agents-realtime";
import OpenAI from "openai";
import { WebSocketServer } from "ws";

import { assertWaited, counts, provoke, rows, withoutWaiting } from "./stacks.mjs";

const BROWSER_BUNDLE = fileURLToPath(import.meta.resolve("@openai/agents-realtime")).replace(
  /index\.m?js$/,
  "bundle/openai-realtime-agents.mjs",
);
const agent = new RealtimeAgent({ name: "Front desk", instructions: "Speak slowly." });

/** What an app hands to `connect`: its own call to the endpoint, made when a session starts. */
function fetchesClientSecret({ baseURL, apiKey, body }) {
  const client = new OpenAI({ baseURL, apiKey });
  return async () => (await client.realtime.clientSecrets.create(body)).value;
}

let realtime, url;
before(async () => {
  realtime = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(realtime, "listening");
  url = `ws://127.0.0.1:${realtime.address().port}`;
});
after(() => realtime.close());

test("it takes the secret as it is, and opens a session with it", async () => {
  const given = await provoke({});
  const connected = once(realtime, "connection");
  const session = new RealtimeSession(agent, { transport: "websocket", model: "gpt-realtime-2.1" });

  const connecting = session.connect({ apiKey: fetchesClientSecret(given), url });
  const [socket, request] = await connected;
  const [firstMessage] = await once(socket, "message");
  await connecting;
  session.close();

  assert.match(request.headers.authorization, /^Bearer ek_/);
  assert.deepEqual(Object.values(await counts()).slice(0, 2), [1, 1]);
  // Whatever session the secret is bound to, the agent's own configuration is sent over it.
  const update = JSON.parse(firstMessage);
  assert.equal(update.type, "session.update");
  assert.equal(update.session.instructions, "Speak slowly.");
});

test("its browser build takes our value for an ephemeral key, and no API key", async () => {
  const value = await fetchesClientSecret(await provoke({}))();
  const opened = [];
  globalThis.WebSocket = class {
    constructor(address, protocols) {
      opened.push(protocols);
      throw new Error("opened, as far as this test goes");
    }
  };
  globalThis.RTCPeerConnection = class {};
  const browser = await import(BROWSER_BUNDLE);

  for (const transport of ["websocket", "webrtc"]) {
    const session = new browser.RealtimeSession(new browser.RealtimeAgent({ name: "it" }), { transport });
    await assert.rejects(session.connect({ apiKey: "sk-test-not-ephemeral" }), /ephemeral client key/);
  }
  const session = new browser.RealtimeSession(new browser.RealtimeAgent({ name: "it" }), {
    transport: "websocket",
  });
  await assert.rejects(session.connect({ apiKey: value }), /as far as this test goes/);

  assert.equal(opened.length, 1);
  assert.ok(opened[0].includes(`openai-insecure-api-key.${value}`));
});

for (const row of rows) {
  test(`${row.name}: connect rejects with the error of the call it waits for`, async () => {
    const given = await provoke({ name: row.name });
    const session = new RealtimeSession(agent, { transport: "websocket" });

    const { outcome, waits } = await withoutWaiting(() =>
      session.connect({ apiKey: fetchesClientSecret(given), url }),
    );
    session.close();

    assert.ok(outcome.error, "it was not refused");
    assert.equal(outcome.error.constructor.name, row.raises.node);
    assert.equal(outcome.error.status, row.status);
    assert.equal(outcome.error.code ?? null, row.code ?? null);
    const made = await counts();
    assert.deepEqual([made.gateway, made.openai], [row.requests ?? 1, row.upstream_requests ?? 0]);
    assertWaited(assert, row, waits);
    assert.equal(realtime.clients.size, 0);
  });
}
