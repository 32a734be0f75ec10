"use strict";

// Goes through the models that a run has saved, epoch by epoch: filters, maps, the answer and the confusion matrix are played again.
class Epochs {
  /// `onChange(saved, isPassing)` is called with the number of the saved model whose weights the page now has (null for the served one), and whether
  /// the next follows at once; the next waits for what it returns.
  constructor(model, server, onChange) {
    this.model = model;
    this.server = server;
    this.onChange = onChange;
    this.element = document.getElementById("epochs");
    this.slider = document.getElementById("epoch");
    this.output = document.getElementById("epoch-output");
    this.play = document.getElementById("epoch-play");
    this.slider.addEventListener("input", () => {
      this.stop();
      this.go(Number(this.slider.value), false);
    });
    this.play.addEventListener("click", () => this.isPlaying ? this.stop() : this.start());
  }

  /// Bytes of weights that are kept.
  static mostBytes = 256 << 20;
  /// How long an epoch is seen at least, in milliseconds.
  static pause = 500;

  static get isCalm() { return matchMedia("(prefers-reduced-motion: reduce)").matches; }

  async load() {
    if (this.server === null || !this.model.offers.includes("saved")) return;
    const { served, models } = await this.server.json("v1/saved");
    this.models = models;
    this.served = served;
    this.weights = new Map([[served, this.model.weights]]);
    this.place = served;
    this.slider.max = models.length - 1;
    this.slider.value = served;
    // Where motion is not wanted, each press goes one epoch on.
    this.play.textContent = Epochs.isCalm ? "Next" : "Play";
    this.element.hidden = models.length < 2;
    this.tell();
  }

  /// The place of the model on the page; null for the one that is served.
  get saved() { return this.models === undefined || this.place === this.served ? null : this.place; }

  tell() {
    const { epoch, accuracy, best } = this.models[Number(this.slider.value)];
    const text = [`epoch ${epoch}`, accuracy === undefined ? null : `${(100 * accuracy).toFixed(2)} % in validation`, best ? "the best" : null].filter(Boolean).join(" · ");
    this.output.textContent = text;
    this.slider.setAttribute("aria-valuetext", text);
  }

  /// Shows a saved model; the last call wins.
  async go(place, isPassing) {
    const turn = this.turn = {};
    this.slider.value = place;
    this.tell();
    let weights;
    try { weights = await this.fetch(place); } catch (error) {
      if (this.turn !== turn) return;
      this.stop();
      this.output.textContent = error.message;
      return;
    }
    if (this.turn !== turn) return;
    this.place = place;
    this.model.setWeights(weights);
    this.element.dataset.epoch = this.models[place].epoch;
    await this.onChange(this.saved, isPassing);
  }

  async fetch(place) {
    if (!this.weights.has(place)) {
      const weights = new Float32Array(await this.server.buffer(`v1/saved/weights?saved=${place}`));
      if (weights.length !== this.model.weights.length) throw new Error("this epoch's model is of another network");
      // The first of them is forgotten first; the served model's is never asked for again.
      while ((this.weights.size + 1) * weights.byteLength > Epochs.mostBytes && this.weights.size > 1) {
        this.weights.delete([...this.weights.keys()].find(key => key !== this.served));
      }
      this.weights.set(place, weights);
    }
    return this.weights.get(place);
  }

  async start() {
    const last = this.models.length - 1, from = Number(this.slider.value) === last ? 0 : Number(this.slider.value) + 1;
    if (Epochs.isCalm) return this.go(from, false);
    this.isPlaying = true;
    this.play.textContent = "Pause";
    this.play.setAttribute("aria-pressed", "true");
    for (let place = from; place <= last && this.isPlaying; place++) {
      const seen = new Promise(resolve => setTimeout(resolve, Epochs.pause));
      await this.go(place, place < last);
      await seen;
    }
    this.stop();
  }

  stop() {
    if (!this.isPlaying) return;
    this.isPlaying = false;
    this.play.textContent = "Play";
    this.play.setAttribute("aria-pressed", "false");
    // What was passed over stays to be looked at.
    this.onChange(this.saved, false);
  }
}
