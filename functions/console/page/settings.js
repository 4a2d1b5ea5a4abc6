// What the function wrote into the page, and where the endpoint is: nothing is read from the address bar.

const given = document.documentElement.dataset;

export const openaiBaseUrl = given.openaiBaseUrl;
// "IAM", "JWT", or "NONE" on a developer's machine.
export const authMode = given.authMode;
export const region = given.region;
export const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);

const MINTING = { translation: "realtime/translations/client_secrets" };
const CALLING = { translation: "realtime/translations/calls" };

/** Base URL for an SDK; the default profile needs no name in it. */
export function baseUrl(profile) {
  const isDefault = profile === "" || profile === "default";
  const path = isDefault ? "v1" : `${encodeURIComponent(profile)}/v1`;
  return new URL(path, document.baseURI).href;
}

/** Where a client secret of this kind is created. */
export const mintingUrl = (profile, kind) =>
  `${baseUrl(profile)}/${MINTING[kind] ?? "realtime/client_secrets"}`;

/** Where OpenAI takes the offer of a call. */
export const callingUrl = (kind) => `${openaiBaseUrl}/${CALLING[kind] ?? "realtime/calls"}`;

/** The bodies to begin with. A named profile brings a session of its own. */
export function firstBody(profile, kind) {
  if (kind === "translation") {
    return {
      session: {
        model: "gpt-realtime-translate",
        audio: {
          input: { transcription: { model: "gpt-realtime-whisper" } },
          output: { language: "es" },
        },
      },
    };
  }
  if (profile !== "" && profile !== "default") return {};
  const transcription = { model: "gpt-4o-mini-transcribe" };
  if (kind === "transcription") {
    return { session: { type: "transcription", audio: { input: { transcription } } } };
  }
  return {
    session: {
      type: "realtime",
      model: "gpt-realtime-2.1",
      instructions: "Answer in one or two short sentences.",
      audio: { input: { transcription }, output: { voice: "marin" } },
    },
  };
}
