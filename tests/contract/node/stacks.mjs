// The stacks that the Python launcher runs: how to provoke a row of the error table, and what came of it.
import { readFileSync } from "node:fs";

const control = process.env.SDK_STACKS_URL;
if (!control) throw new Error("Run this suite with `make test-node`, which starts the stacks.");

export const rows = JSON.parse(readFileSync(new URL("../error_rows.json", import.meta.url), "utf8"));

/** @returns {Promise<{baseURL: string, apiKey: string, body: object}>} what the SDK is given */
export async function provoke(row) {
  return (await fetch(`${control}/provoke`, { method: "POST", body: JSON.stringify(row) })).json();
}

/** @returns {Promise<{gateway: number, openai: number, bodies: object[]}>} requests since `provoke` */
export async function counts() {
  return (await fetch(`${control}/counts`)).json();
}

const SLEEP_OF_THE_SDK = /openai\/internal\/utils\/sleep/;

/** Run with the SDK's own sleep between retries recorded and not waited for; other timers run. */
export async function withoutWaiting(run) {
  const real = globalThis.setTimeout;
  const waits = [];
  globalThis.setTimeout = (callback, ms, ...rest) => {
    if (!SLEEP_OF_THE_SDK.test(new Error().stack)) return real(callback, ms, ...rest);
    waits.push(ms);
    return real(callback, 0, ...rest);
  };
  try {
    return { outcome: await run().then((value) => ({ value }), (error) => ({ error })), waits };
  } finally {
    globalThis.setTimeout = real;
  }
}

export function assertWaited(assert, row, waits) {
  assert.equal(waits.length, (row.requests ?? 1) - 1);
  if (row.waits_ms) return assert.deepEqual(waits, row.waits_ms);
  // The SDK's own choice: half a second, doubled, less up to a quarter.
  const ranges = [[375, 500], [750, 1000]];
  waits.forEach((wait, n) => assert.ok(wait >= ranges[n][0] && wait <= ranges[n][1], `${wait} ms`));
}
