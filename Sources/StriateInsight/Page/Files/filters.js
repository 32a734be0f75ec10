"use strict";

// The kernels of a convolution: a column for each map that it makes, a row for each map that it reads.
class FiltersView {
  /// Null for a layer without kernels that are worth a picture.
  static of(model, layer) {
    const node = model.nodes.find(({ op, path }) => op === "convolution" && path === layer.path);
    if (!node) return null;
    const [outputs, inputs, rows, columns] = model.values[node.inputs[1]].shape;
    return rows * columns > 1 ? new FiltersView(model, node.inputs[1], { outputs, inputs, rows, columns }) : null;
  }

  /// Kernels along a side that are shown.
  static most = 32;

  constructor(model, value, { outputs, inputs, rows, columns }) {
    Object.assign(this, { model, value, outputs, inputs, rows, columns });
    this.element = document.createElement("details");
    this.canvas = document.createElement("canvas");
    const summary = document.createElement("summary"), scroll = document.createElement("div");
    const across = Math.min(outputs, FiltersView.most), down = Math.min(inputs, FiltersView.most);
    summary.textContent = `${outputs} filters of ${inputs}×${rows}×${columns}`
      + (across < outputs || down < inputs ? `, the first ${across} of them and ${down} of what they read` : "");
    this.element.className = "filters";
    this.zoom = Math.max(2, Math.min(8, Math.round(40 / columns)));
    this.canvas.width = across * (columns + 1) - 1;
    this.canvas.height = down * (rows + 1) - 1;
    this.canvas.style.width = `${this.canvas.width * this.zoom}px`;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", `${summary.textContent}: a column for each map, a row for each map that it reads`);
    scroll.className = "scroll";
    scroll.append(this.canvas);
    this.element.append(summary, scroll);
    this.element.addEventListener("toggle", () => this.draw());
  }

  draw() {
    if (!this.element.open) return;
    const { rows, columns, inputs } = this, weights = this.model.shared[this.value], area = rows * columns, context = this.canvas.getContext("2d");
    const kernel = FiltersView.kernel ??= document.createElement("canvas"), largest = LayersView.magnitude(weights);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    for (let y = 0; y * (rows + 1) < this.canvas.height; y++) for (let x = 0; x * (columns + 1) < this.canvas.width; x++) {
      Colours.signed(kernel, weights, rows, columns, largest, (x * inputs + y) * area);
      context.drawImage(kernel, x * (columns + 1), y * (rows + 1));
    }
  }
}
