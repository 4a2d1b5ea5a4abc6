// A call: microphone, peer connection and the data channel that OpenAI's events come through.

import { Failure, ofCall, ofMicrophone, unreachable } from "./failures.js";

const PATIENCE_MS = 20_000;
// A connection that is only disturbed comes back by itself within seconds.
const DISTURBED_MS = 6_000;

/** Fires "event" (detail: the parsed event), "answer" (a stream), "open", and "end" (detail: a Failure or null). */
export class Call extends EventTarget {
  #peer = new RTCPeerConnection();
  #channel = this.#peer.createDataChannel("oai-events");
  #ended = false;
  #disturbed = 0;
  microphone = null;

  /** Open a call. Throws a Failure; whatever was opened until then is closed. */
  async open(url, clientSecret, { withMicrophone = true } = {}) {
    try {
      this.microphone = withMicrophone ? await microphone() : silence();
      this.#listen();
      for (const track of this.microphone.getTracks()) this.#peer.addTrack(track, this.microphone);
      await this.#peer.setLocalDescription();
      const sdp = await this.#answer(url, clientSecret);
      const opened = this.#opened();
      await this.#peer.setRemoteDescription({ type: "answer", sdp });
      await opened;
    } catch (error) {
      this.#close();
      throw error instanceof Failure ? error : new Failure("The call could not be opened.", error.message);
    }
  }

  get isMuted() {
    return this.microphone?.getAudioTracks().every((track) => !track.enabled) ?? true;
  }

  mute(isMuted) {
    for (const track of this.microphone.getAudioTracks()) track.enabled = !isMuted;
  }

  /** Send a client event; false when the channel is gone. */
  send(event) {
    if (this.#channel.readyState !== "open") return false;
    this.#channel.send(JSON.stringify(event));
    return true;
  }

  hangUp() {
    this.#end(null);
  }

  async #answer(url, clientSecret) {
    let response;
    try {
      response = await fetch(url, {
        method: "POST",
        headers: { authorization: `Bearer ${clientSecret}`, "content-type": "application/sdp" },
        body: this.#peer.localDescription.sdp,
        cache: "no-store",
        credentials: "omit",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
    } catch {
      throw unreachable("OpenAI");
    }
    const text = await response.text();
    if (response.ok) return text;
    let body = null;
    try {
      body = JSON.parse(text);
    } catch { /* Not JSON: the status alone must do. */ }
    throw ofCall(response.status, response.headers, body);
  }

  #opened() {
    return new Promise((resolve, reject) => {
      const blocked = new Failure("The audio cannot get through.", "A firewall or VPN may block WebRTC (UDP).", { kind: "blocked" });
      const timer = setTimeout(() => reject(blocked), PATIENCE_MS);
      this.#channel.addEventListener("open", () => {
        clearTimeout(timer);
        resolve();
      });
      this.addEventListener("end", () => {
        clearTimeout(timer);
        reject(blocked);
      });
    });
  }

  #listen() {
    this.#peer.addEventListener("track", ({ streams, track }) => this.#fire("answer", streams[0] ?? new MediaStream([track])));
    this.#peer.addEventListener("connectionstatechange", () => this.#stateChanged());
    this.#channel.addEventListener("message", ({ data }) => this.#fire("event", JSON.parse(data)));
    this.#channel.addEventListener("open", () => this.#fire("open"));
    this.#channel.addEventListener("close", () => {
      this.#end(new Failure("The other side ended the call.", "Connect again to go on.", { kind: "ended" }));
    });
    for (const track of this.microphone.getAudioTracks()) {
      track.addEventListener("ended", () => {
        this.#end(new Failure("The microphone is gone.", "Plug it in, then connect again.", { kind: "microphone" }));
      });
    }
  }

  #stateChanged() {
    clearTimeout(this.#disturbed);
    const lost = () => {
      const offline = !navigator.onLine;
      const help = offline ? "You are offline." : "Connect again to go on.";
      this.#end(new Failure("The connection was lost.", help, { kind: offline ? "offline" : "lost" }));
    };
    if (this.#peer.connectionState === "failed") lost();
    if (this.#peer.connectionState === "disconnected") this.#disturbed = setTimeout(lost, DISTURBED_MS);
  }

  #end(failure) {
    if (this.#ended) return;
    this.#close();
    this.#fire("end", failure);
  }

  #close() {
    this.#ended = true;
    clearTimeout(this.#disturbed);
    for (const track of this.microphone?.getTracks() ?? []) track.stop();
    this.#channel.close();
    this.#peer.close();
  }

  #fire(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

async function microphone() {
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
  } catch (error) {
    throw ofMicrophone(error);
  }
}

/** For who only types: OpenAI wants a track to listen to. */
function silence() {
  return new AudioContext().createMediaStreamDestination().stream;
}
