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
    this.#meters.push({ analyser, meter, heard, samples: new Float32Array(analyser.fftSize) });
    if (!this.#frame) this.#draw();
  }

  close() {
    cancelAnimationFrame(this.#frame);
    for (const { meter } of this.#meters) meter.value = 0;
    this.#context.close();
  }

  #draw() {
    this.#frame = requestAnimationFrame(() => this.#draw());
    for (const { analyser, meter, heard, samples } of this.#meters) {
      analyser.getFloatTimeDomainData(samples);
      const rms = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
      // Loudness is felt logarithmically: -50 dB is the left end, -6 dB the right one.
      const level = rms ? Math.min(1, Math.max(0, (20 * Math.log10(rms) + 50) / 44)) : 0;
      meter.value = Math.max(level, meter.value * 0.85);
      if (rms > LOUD_ENOUGH) heard();
    }
  }
}
