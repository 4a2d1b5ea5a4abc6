// The one request to the endpoint: a client secret for a session.

import { Failure, ofEndpoint, unreachable } from "./failures.js";

// The function answers within 12 seconds and API Gateway within 29.
const PATIENCE_MS = 32_000;

async function jsonOf(response) {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

/**
 * Ask for a client secret.
 *
 * Returns value, expiresAt and issuedAt (epoch seconds, by the server's clock), session, requestId, and by
 * how much this machine's clock is ahead. Throws a Failure.
 */
export async function createClientSecret(url, rawBody, token) {
  const headers = { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers,
      body: rawBody,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    throw unreachable("The endpoint");
  }
  const body = await jsonOf(response);
  if (!response.ok) throw ofEndpoint(response.status, response.headers, body);
  if (typeof body?.value !== "string") {
    throw new Failure("The endpoint answered something unusable.", "Is it this project's?");
  }
  const now = Date.now() / 1000;
  const served = Date.parse(response.headers.get("date") ?? "") / 1000;
  const aheadS = Number.isFinite(served) && Math.abs(now - served) > 2 ? now - served : 0;
  return {
    value: body.value,
    expiresAt: body.expires_at,
    issuedAt: now - aheadS,
    session: body.session,
    requestId: response.headers.get("x-request-id") ?? "",
    aheadS,
  };
}

/** What somebody pasted who signed the request elsewhere: a value, or the whole answer. */
export function pastedClientSecret(text) {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  let answer = { value: trimmed };
  if (trimmed.startsWith("{")) {
    try {
      answer = JSON.parse(trimmed);
    } catch {
      answer = {};
    }
  }
  if (typeof answer.value !== "string" || !answer.value.startsWith("ek_")) {
    throw new Failure("This is no client secret.", "Paste the answer of the curl line, or its value: it begins with ek_.");
  }
  return {
    value: answer.value,
    expiresAt: answer.expires_at,
    issuedAt: Date.now() / 1000,
    session: answer.session,
    requestId: "",
    aheadS: 0,
  };
}
