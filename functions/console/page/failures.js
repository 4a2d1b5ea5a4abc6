// What can go wrong between a click and an answer, in words that say what to do.

import { authMode, isLocal } from "./settings.js";

/** A failure for the person at the page. `fields` are the endpoint's violations, `waitS` when to try again. */
export class Failure extends Error {
  constructor(title, help, { kind = "other", fields = [], waitS = 0, requestId = "" } = {}) {
    super(`${title} ${help}`);
    Object.assign(this, { title, help, kind, fields, waitS, requestId });
  }
}

const SIGN_IN = {
  JWT: isLocal
    ? "Put an access token into the field: `make -s token` prints one."
    : "Put an access token of your identity provider into the field.",
  IAM: "This deployment takes signed calls only: use the curl line.",
  NONE: "",
};

const BY_CODE = {
  profile_not_found: ["There is no such profile.", "Check its name."],
  user_blocked: ["OpenAI has blocked this user.", "Only OpenAI can lift that."],
  api_key_unavailable: ["The deployment has no usable OpenAI key.", "Its operator puts one in with `make put-key`."],
  quota_unavailable: ["The deployment cannot count requests right now.", "Try again in a few seconds."],
  upstream_quota_exhausted: ["The OpenAI account has no credit left.", "Its owner must add some."],
  upstream_authentication_failed: ["OpenAI refused the deployment's key.", "Its operator must put in another."],
  upstream_timeout: ["OpenAI did not answer in time.", "Try again."],
  upstream_unreachable: ["The deployment cannot reach OpenAI.", "Try again in a moment."],
  upstream_error: ["OpenAI failed.", "Try again in a moment."],
  upstream_invalid_response: ["OpenAI answered something unusable.", "Try again; if it stays, tell the operator."],
  internal_error: ["The deployment failed.", "Its operator finds the reason under this request id."],
  request_too_large: ["The request body is too large.", "256 KiB is the most."],
};

/** Nothing came back at all. */
export function unreachable(whom) {
  if (!navigator.onLine) {
    return new Failure("You are offline.", "Connect to a network, then try again.", { kind: "offline" });
  }
  const help = isLocal ? "Is it still running?" : "Check the network, then try again.";
  return new Failure(`${whom} does not answer.`, help, { kind: "unreachable" });
}

/** Seconds that an answer asks to wait, or 0. */
function waitOf(headers) {
  const ms = Number(headers.get("retry-after-ms"));
  const seconds = Number(headers.get("retry-after"));
  return Math.ceil(ms > 0 ? ms / 1000 : seconds > 0 ? seconds : 0);
}

const textOf = (error) => (typeof error.message === "string" ? error.message : "");

/** The endpoint, or API Gateway before it, refused. `body` is its parsed JSON, or null. */
export function ofEndpoint(status, headers, body) {
  const requestId = headers.get("x-request-id") ?? headers.get("apigw-requestid") ?? "";
  const error = body?.error ?? {};
  const waitS = waitOf(headers);
  const fields = error.details ?? (error.param ? [error] : []);
  const more = { requestId, waitS, fields, kind: error.code ?? `http_${status}` };
  if (status === 429) {
    more.waitS ||= 5;
    more.kind = "quota";
    return new Failure("Too many requests.", textOf(error), more);
  }
  if (BY_CODE[error.code]) return new Failure(...BY_CODE[error.code], more);
  if (status === 401 || (status === 403 && !body?.error)) {
    const title = status === 401 ? "The endpoint does not know you." : "The endpoint does not let you in.";
    return new Failure(title, SIGN_IN[authMode], { ...more, kind: "sign-in" });
  }
  if (status === 400 || status === 403) {
    const title = status === 403 ? "The profile does not allow this." : "The session is not accepted.";
    return new Failure(title, fields.length ? "The fields are marked in the request body." : textOf(error), more);
  }
  if (status === 404) return new Failure("There is no endpoint here.", "Check the profile's name.", more);
  return new Failure(`The endpoint answered ${status}.`, textOf(error), more);
}

/** OpenAI, or what stands in for it, did not take the call. */
export function ofCall(status, headers, body) {
  const requestId = headers.get("x-request-id") ?? "";
  const error = body?.error ?? {};
  const more = { requestId, waitS: waitOf(headers), kind: error.code ?? `call_${status}` };
  if (status === 401) {
    return new Failure("The client secret has expired.", "Or OpenAI does not know it. Connect again with a new one.", {
      ...more,
      kind: "expired",
    });
  }
  if (status === 429) {
    more.waitS ||= 5;
    return new Failure("OpenAI takes no more calls right now.", textOf(error), more);
  }
  if (error.code === "calls_not_served") return new Failure("Nobody picks up here.", textOf(error), more);
  if (status >= 500) return new Failure("OpenAI failed to open the call.", `It answered ${status}. Try again.`, more);
  return new Failure("OpenAI did not open the call.", textOf(error) || `It answered ${status}.`, more);
}

/** `getUserMedia` threw. */
export function ofMicrophone(error) {
  const kind = "microphone";
  if (!window.isSecureContext || !navigator.mediaDevices) {
    return new Failure("This page may not use a microphone.", "Open it over https, or on localhost.", { kind });
  }
  if (error.name === "NotAllowedError" || error.name === "SecurityError") {
    const help = "Allow it for this site in the address bar, then connect again.";
    return new Failure("The microphone was refused.", help, { kind });
  }
  if (error.name === "NotFoundError" || error.name === "OverconstrainedError") {
    return new Failure("There is no microphone.", "Plug one in, then connect again.", { kind });
  }
  if (error.name === "NotReadableError" || error.name === "AbortError") {
    return new Failure("The microphone is in use.", "Close the program that uses it, then connect again.", { kind });
  }
  return new Failure("The microphone does not work.", error.message, { kind });
}
