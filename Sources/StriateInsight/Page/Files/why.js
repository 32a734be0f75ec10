"use strict";

// What of the picture speaks for a class, or for one class rather than another: Grad-CAM at a layer, or occlusion.
class Why {
  constructor(model, onChange) {
    this.model = model;
    for (const name of ["class", "rival", "method", "layer"]) {
      this[name] = document.getElementById(`why-${name}`);
      this[name].addEventListener("change", () => {
        if (name === "class") this.isChosen = this.class.value !== "";
        onChange();
      });
    }
    this.canvas = document.getElementById("why");
    this.caption = document.getElementById("why-caption");
    const option = (value, text) => Object.assign(document.createElement("option"), { value, textContent: text });
    this.class.append(option("", "the answer"), ...model.classes.map((name, k) => option(k, name)));
    this.rival.append(option("", "nothing"), ...model.classes.map((name, k) => option(k, name)));
    this.layers = model.layers.filter(layer => {
      const { shape, batched } = model.values[layer.value];
      return !layer.isContainer && batched && shape.length === 3 && shape[1] * shape[2] > 1;
    });
    this.layer.append(...this.layers.map((layer, k) => option(k, layer.path)));
    this.layer.value = this.layers.length - 1;
    if (this.layers.length === 0) this.method.value = "occlusion";
  }

  draw(pixels, results, probabilities) {
    const best = probabilities.indexOf(Math.max(...probabilities));
    const wanted = this.class.value === "" ? best : Number(this.class.value), rival = this.rival.value === "" ? null : Number(this.rival.value);
    const isOcclusion = this.method.value === "occlusion" || this.layers.length === 0;
    this.layer.disabled = isOcclusion;
    const turn = this.turn = {};
    const show = heat => { if (this.turn === turn) this.paint(pixels, heat, wanted, rival, isOcclusion); };
    if (isOcclusion) return void this.occlude(pixels, results, wanted, rival, turn).then(show);
    const { value } = this.layers[Number(this.layer.value)];
    const of = k => this.model.gradCAM(results, k, value), heat = of(wanted), other = rival === null ? null : of(rival);
    if (!heat) {
      this.caption.textContent = "This page has no gradients for an operation of this network; occlusion works.";
      return;
    }
    if (other) heat.values = heat.values.map((each, k) => each - other.values[k]);
    show(heat);
  }

  /// How much the logit (or its lead over the rival's) falls when a part is covered.
  async occlude(pixels, results, wanted, rival, turn) {
    const { preprocessing, logits } = this.model, { channels, rows, columns } = preprocessing, plane = rows * columns;
    const window = Math.max(3, Math.round(Math.min(rows, columns) / 5)), stride = Math.max(1, Math.round(window / 3));
    const score = all => all[logits][wanted] - (rival === null ? 0 : all[logits][rival]);
    const whole = score(results), cover = Pictures.cover(preprocessing), sums = new Float32Array(plane), counts = new Float32Array(plane);
    let until = performance.now() + 12;
    for (let top = 0; top <= rows - window; top += stride) for (let left = 0; left <= columns - window; left += stride) {
      const covered = pixels.slice();
      for (let c = 0; c < channels; c++) for (let i = 0; i < window; i++) covered.fill(cover[c], c * plane + (top + i) * columns + left, c * plane + (top + i) * columns + left + window);
      const fall = whole - score(this.model.run(covered));
      for (let i = 0; i < window; i++) for (let j = 0; j < window; j++) {
        sums[(top + i) * columns + left + j] += fall;
        counts[(top + i) * columns + left + j]++;
      }
      if (performance.now() > until) {
        await new Promise(resolve => setTimeout(resolve));
        if (this.turn !== turn) return null;
        until = performance.now() + 12;
      }
    }
    return { rows, columns, values: sums.map((sum, k) => counts[k] > 0 ? sum / counts[k] : 0) };
  }

  /// The picture, darkened, under the heat: orange speaks for the class, blue against it.
  paint(pixels, heat, wanted, rival, isOcclusion) {
    if (!heat) return;
    const { channels, rows, columns } = this.model.preprocessing, plane = rows * columns, factor = Math.max(1, Math.round(320 / columns));
    const { canvas } = this, context = canvas.getContext("2d");
    canvas.width = columns * factor;
    canvas.height = rows * factor;
    const image = context.createImageData(canvas.width, canvas.height), largest = LayersView.magnitude(heat.values);
    for (let y = 0; y < canvas.height; y++) for (let x = 0; x < canvas.width; x++) {
      const pixel = Math.floor(y / factor) * columns + Math.floor(x / factor), at = 4 * (y * canvas.width + x);
      const warmth = largest > 0 ? Why.sample(heat, (y + 0.5) / canvas.height, (x + 0.5) / canvas.width) / largest : 0;
      const colour = warmth < 0 ? [70, 150, 255] : [255, 140, 30], share = Math.min(1, Math.abs(warmth)) * 0.8;
      for (let i = 0; i < 3; i++) image.data[at + i] = 0.75 * pixels[(channels === 3 ? i : 0) * plane + pixel] * (1 - share) + colour[i] * share;
      image.data[at + 3] = 255;
    }
    context.putImageData(image, 0, 0);
    const { classes } = this.model;
    this.caption.textContent = `Orange speaks for ${classes[wanted]}${rival === null ? "" : `, blue for ${classes[rival]}`}`
      + (isOcclusion ? ": how far its score falls when a part is covered." : `: Grad-CAM at ${this.layers[Number(this.layer.value)].path}.`);
  }

  /// Bilinear, between the middles of the map's pixels.
  static sample({ rows, columns, values }, v, u) {
    const y = Math.min(rows - 1, Math.max(0, v * rows - 0.5)), x = Math.min(columns - 1, Math.max(0, u * columns - 0.5));
    const top = Math.floor(y), left = Math.floor(x), bottom = Math.min(rows - 1, top + 1), right = Math.min(columns - 1, left + 1);
    const a = y - top, b = x - left;
    return (1 - a) * ((1 - b) * values[top * columns + left] + b * values[top * columns + right])
      + a * ((1 - b) * values[bottom * columns + left] + b * values[bottom * columns + right]);
  }
}
