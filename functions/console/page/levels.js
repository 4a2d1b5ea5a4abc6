// How loud both sides are, from the audio itself.

const LOUD_ENOUGH = 0.02;

export class Levels {
  #context = new AudioContext();
  #meters = [];
  #frame = 0;

  /** Show the level of `stream` on a meter; `heard` is called on each frame in which it is audible. */
  watch(stream, meter, heard = () => {}) {
    const analyser = new AnalyserNode(this.#context, { fftSize: 512 });
    this.#context.createMediaStreamSource(stream).connect(analyser);
    this.#meters.push({ analyser, meter, heard, shown: 0, samples: new Float32Array(analyser.fftSize) });
    if (!this.#frame) this.#draw();
  }

  close() {
    cancelAnimationFrame(this.#frame);
    for (const { meter } of this.#meters) show(meter, 0);
    this.#context.close();
  }

  #draw() {
    this.#frame = requestAnimationFrame(() => this.#draw());
    for (const one of this.#meters) {
      const { analyser, samples } = one;
      analyser.getFloatTimeDomainData(samples);
      const rms = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
      // Loudness is felt logarithmically: -50 dB is the left end, -6 dB the right one.
      const level = rms ? Math.min(1, Math.max(0, (20 * Math.log10(rms) + 50) / 44)) : 0;
      one.shown = Math.max(level, one.shown * 0.85);
      show(one.meter, one.shown);
      if (rms > LOUD_ENOUGH) one.heard();
    }
  }
}

function show(meter, level) {
  meter.style.setProperty("--level", level.toFixed(3));
  // In steps: a screen reader that is asked reads this, and has no use for sixty values a second.
  const step = level.toFixed(1);
  if (meter.getAttribute("aria-valuenow") !== step) meter.setAttribute("aria-valuenow", step);
}
