// The official Node SDK, unmodified, against the stack that `make run` serves.
import assert from "node:assert/strict";
import { test } from "node:test";

import OpenAI from "openai";

import { assertWaited, counts, provoke, rows, withoutWaiting } from "./stacks.mjs";

const RICH = {
  type: "realtime",
  model: "gpt-realtime-2.1",
  instructions: "Speak slowly.",
  audio: {
    input: {
      transcription: { model: "gpt-4o-transcribe", language: "en" },
      noise_reduction: { type: "near_field" },
      turn_detection: { type: "semantic_vad", eagerness: "low" },
    },
    output: { voice: "marin", speed: 1.25 },
  },
  tools: [{ type: "function", name: "weather", parameters: { type: "object" } }],
  tool_choice: "auto",
  max_output_tokens: 512,
};
const TRANSCRIPTION = {
  type: "transcription",
  audio: { input: { transcription: { model: "gpt-4o-transcribe" } } },
};

async function working(changes = {}) {
  const { baseURL, apiKey } = await provoke(changes);
  return new OpenAI({ baseURL, apiKey });
}

for (const [name, body] of Object.entries({
  "an empty object": {},
  "no body at all": undefined,
})) {
  test(`create with ${name} gives a client secret`, async () => {
    const client = await working();

    const clientSecret = await client.realtime.clientSecrets.create(body);

    assert.match(clientSecret.value, /^ek_/);
    assert.ok(Number.isInteger(clientSecret.expires_at));
    assert.equal(clientSecret.session.type, "realtime");
    assert.match(clientSecret._request_id, /^req_/);
    assert.deepEqual((await counts()).bodies, [{}]);
  });
}

for (const session of [RICH, TRANSCRIPTION]) {
  test(`a ${session.type} session reaches OpenAI as it was given`, async () => {
    const client = await working();
    const params = { expires_after: { anchor: "created_at", seconds: 120 }, session };

    const clientSecret = await client.realtime.clientSecrets.create(params);

    assert.equal(clientSecret.session.type, session.type);
    assert.deepEqual((await counts()).bodies, [params]);
  });
}

test("headers, a time-out and retries may be set for one call", async () => {
  const client = await working({ upstream: { delay_s: 1.5 } });

  const call = client.realtime.clientSecrets.create(
    {},
    { headers: { "OpenAI-Safety-Identifier": "test" }, timeout: 300, maxRetries: 0 },
  );

  await assert.rejects(call, OpenAI.APIConnectionTimeoutError);
  assert.equal((await counts()).openai, 1);
  // The gateway counts a request when it is over, which this one is only after its caller has gone.
  while ((await counts()).gateway < 1) await new Promise((resolve) => setTimeout(resolve, 50));
});

test("the raw response has the headers an SDK reads", async () => {
  const client = await working();

  const { data, response, request_id } = await client.realtime.clientSecrets.create({}).withResponse();

  assert.equal(response.headers.get("content-type"), "application/json");
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal(response.headers.get("x-request-id"), request_id);
  assert.match(data.value, /^ek_/);
});

test("an apiKey may be a function that fetches a fresh token", async () => {
  const { baseURL, apiKey } = await provoke({});
  let fetched = 0;
  const client = new OpenAI({ baseURL, apiKey: async () => (fetched++, apiKey) });

  assert.match((await client.realtime.clientSecrets.create({})).value, /^ek_/);
  assert.equal(fetched, 1);
});

test("several wrong fields are all in the SDK's error", async () => {
  const client = await working();
  const session = { type: "realtime", voice: "marin", tools: [{ type: "function" }] };

  await assert.rejects(client.realtime.clientSecrets.create({ session }), (error) => {
    const params = error.error.details.map((one) => one.param).sort();
    assert.deepEqual(params, ["session.tools[0].name", "session.voice"]);
    return error instanceof OpenAI.BadRequestError;
  });
});

for (const row of rows) {
  test(`${row.name}: ${row.happened}`, async () => {
    const { baseURL, apiKey, body } = await provoke({ name: row.name });
    const client = new OpenAI({ baseURL, apiKey });

    const { outcome, waits } = await withoutWaiting(() =>
      client.realtime.clientSecrets.create(body).then((it) => it),
    );

    const { error } = outcome;
    assert.ok(error, "it was not refused");
    assert.equal(error.constructor.name, row.raises.node);
    assert.equal(error.status, row.status);
    assert.equal(error.code ?? null, row.code ?? null);
    assert.equal(error.type ?? null, row.type ?? null);
    assert.equal(error.param ?? null, row.param ?? null);
    assert.equal(Boolean(error.requestID), row.by !== "API Gateway");
    const made = await counts();
    assert.deepEqual([made.gateway, made.openai], [row.requests ?? 1, row.upstream_requests ?? 0]);
    assertWaited(assert, row, waits);
  });
}
