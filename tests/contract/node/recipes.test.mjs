// The JavaScript of docs/api.md, as it stands there.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { WebSocketServer } from "ws";

import { counts, provoke } from "./stacks.mjs";

const docs = readFileSync(new URL("../../../docs/api.md", import.meta.url), "utf8");
// Within this folder, so that the packages are found.
const folder = mkdtempSync(fileURLToPath(new URL("node_modules/.recipes-", import.meta.url)));
after(() => rmSync(folder, { recursive: true }));

async function tried(name) {
  const code = docs.match(new RegExp(`<!-- tried: ${name} -->\n\`\`\`js\n([\\s\\S]*?)\`\`\``))[1];
  writeFileSync(`${folder}/${name}.mjs`, code);
  return import(`${folder}/${name}.mjs`);
}

test("the browser's recipe gets from an access token to a client secret", async () => {
  const { fetchClientSecret } = await tried("browser");
  const { baseURL, apiKey } = await provoke({});

  assert.match(await fetchClientSecret(new URL(baseURL).origin, apiKey), /^ek_/);
});

test("the browser's recipe names what went wrong, whoever answers", async () => {
  const { fetchClientSecret } = await tried("browser");

  for (const [name, message] of [["unknown_field", "unknown_parameter"], ["gateway_403", "Forbidden"]]) {
    const { baseURL, apiKey, body } = await provoke({ name });
    const call = fetchClientSecret(new URL(baseURL).origin, apiKey, body.session);
    await assert.rejects(call, { message });
    assert.equal((await counts()).gateway, 1);
  }
});

test("the agents' recipe opens a session with a secret fetched for it", async () => {
  const { fetchClientSecret } = await tried("browser");
  const { talk } = await tried("agents");
  const { baseURL, apiKey } = await provoke({});
  const realtime = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(realtime, "listening");
  const connected = once(realtime, "connection");

  const session = await talk(() => fetchClientSecret(new URL(baseURL).origin, apiKey), {
    session: { transport: "websocket" },
    connect: { url: `ws://127.0.0.1:${realtime.address().port}` },
  });

  const [, request] = await connected;
  session.close();
  realtime.close();
  assert.match(request.headers.authorization, /^Bearer ek_/);
});
