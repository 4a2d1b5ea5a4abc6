// The client secret that is at hand: masked on the page, its whole value in this module only.

import { byId, clock, copy } from "./elements.js";

const masked = (value) => `${value.slice(0, 3)}${"•".repeat(12)}${value.slice(-4)}`;

export class SecretPanel {
  #secret = null;
  #timer = 0;

  constructor() {
    byId("copy-secret").addEventListener("click", (event) => copy(this.#secret?.value ?? "", event.currentTarget));
  }

  /** The client secret, or null where there is none that still opens a call. */
  get usable() {
    return this.#secret && this.#left() > 1 ? this.#secret : null;
  }

  show(secret) {
    this.#secret = secret;
    byId("secret").hidden = false;
    byId("secret-value").textContent = masked(secret.value);
    byId("secret-request").textContent = secret.requestId || "–";
    byId("secret-session").textContent = secret.session ? JSON.stringify(secret.session, null, 2) : "Known once connected.";
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#tick(), 500);
    this.#tick();
  }

  forget() {
    clearInterval(this.#timer);
    this.#secret = null;
    byId("secret").hidden = true;
    byId("secret-value").textContent = "";
  }

  #left() {
    const { expiresAt, aheadS } = this.#secret;
    return expiresAt === undefined ? Infinity : expiresAt - (Date.now() / 1000 - aheadS);
  }

  #tick() {
    const left = this.#left();
    const expiry = byId("secret-expiry");
    const bar = byId("secret-left");
    bar.hidden = left === Infinity;
    if (left === Infinity) {
      expiry.textContent = "unknown";
    } else if (left > 0) {
      expiry.textContent = `in ${clock(left)}`;
      bar.value = left / Math.max(1, this.#secret.expiresAt - this.#secret.issuedAt);
    } else {
      expiry.textContent = "Expired: it opens no new call. A running one goes on.";
      bar.value = 0;
      clearInterval(this.#timer);
    }
  }
}
