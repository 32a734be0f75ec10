"use strict";

// How one unit came to its number: kernel × patch = sum, with the real numbers, then whatever the layer does to the sum.
class SumView {
  /// `onExcite(layer, channel)`: where there are training pictures to show, else null.
  constructor(dialog, model, { onExcite }) {
    this.dialog = dialog;
    this.model = model;
    this.onExcite = onExcite;
    this.heading = dialog.querySelector("h2");
    this.body = dialog.querySelector("#sum-body");
  }

  /// The most input maps that are shown one by one.
  static most = 12;

  show(layer, unit, results) {
    const value = results[layer.value][unit.index];
    this.heading.textContent = layer.shape.length === 3 ? `${layer.path}, map ${unit.channel}, row ${unit.row}, column ${unit.column}` : `${layer.path}, unit ${unit.index}`;
    this.body.replaceChildren();
    this.dialog.dataset.activation = value;
    delete this.dialog.dataset.sum;
    this.sum = null;
    const chain = this.chain(layer.value);
    for (const node of chain) this.describe(node, unit, results);
    if (this.sum !== null) this.dialog.dataset.sum = this.sum;
    const isMuted = this.model.muted.get(layer.value)?.has(unit.channel);
    this.line(isMuted ? "This map is switched off: 0" : `= ${LayersView.number(value)}`, "total");
    if (this.onExcite && layer.kind !== LayersView.inputKind) this.exciteButton(layer, unit.channel);
    if (!this.dialog.open) this.dialog.showModal();
  }

  exciteButton(layer, channel) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "excite";
    button.textContent = `Training pictures that excite this ${layer.shape.length === 3 ? "map" : "unit"} most`;
    button.addEventListener("click", () => this.onExcite(layer, channel));
    this.body.append(button);
  }

  /// The operations from the one that gathers to the layer's value: those before the last change each element alone.
  chain(value) {
    const nodes = [], alone = new Set(["add-bias", "affine", "channel-affine", "activation", "function", "reshape"]);
    let node = this.model.nodes[this.model.producers[value]];
    for (;;) {
      nodes.unshift(node);
      const next = this.model.nodes[this.model.producers[node.inputs[0]]];
      if (!alone.has(node.op) || !next || next.path !== node.path || !this.model.values[next.result].batched) return nodes;
      node = next;
    }
  }

  describe(node, unit, results) {
    const inputs = node.inputs.map(input => results[input]), out = results[node.result][unit.index], name = LayersView.number;
    switch (node.op) {
      case "convolution": return this.convolution(node, unit, results);
      case "linear": return this.linear(node, unit, inputs);
      case "pool": return this.pool(node, unit, results);
      case "add-bias":
        this.follow(sum => sum + inputs[1][unit.channel]);
        return this.line(`+ bias ${name(inputs[1][unit.channel])} = ${name(out)}`);
      case "affine": {
        const c = node.scale.length === 1 ? 0 : unit.channel;
        this.follow(sum => sum * node.scale[c] + node.offset[c]);
        return this.line(`${name(inputs[0][unit.index])} × ${name(node.scale[c])} + ${name(node.offset[c])} = ${name(out)}`);
      }
      case "channel-affine":
        this.follow(sum => sum * inputs[1][unit.channel] + (inputs[2] ? inputs[2][unit.channel] : 0));
        return this.line(`${name(inputs[0][unit.index])} × ${name(inputs[1][unit.channel])}${inputs[2] ? ` + ${name(inputs[2][unit.channel])}` : ""} = ${name(out)}`);
      case "activation":
      case "function": return this.line(`${node.kind}(${name(inputs[0][unit.index])}) = ${name(out)}`);
      case "arithmetic": {
        const same = inputs.every(input => input.length === results[node.result].length);
        if (same) return this.line(`${name(inputs[0][unit.index])} ${{ add: "+", subtract: "−", multiply: "×", divide: "÷" }[node.kind] ?? node.kind} ${name(inputs[1][unit.index])} = ${name(out)}`);
        return this.line(`${node.kind}: ${name(out)}`);
      }
      default: return this.line(`${node.op}: ${name(out)}`);
    }
  }

  /// What the sum that is explained becomes.
  follow(change) { if (this.sum !== null) this.sum = change(this.sum); }

  line(text, style = "") {
    const line = document.createElement("p");
    line.className = style;
    line.textContent = text;
    this.body.append(line);
  }

  convolution(node, { channel, row, column }, results) {
    const [x, weight, bias] = node.inputs.map(input => results[input]), [, height, width] = this.model.values[node.inputs[0]].shape;
    const [outputs, perGroup, kernelRows, kernelColumns] = this.model.values[node.inputs[1]].shape, { window } = node;
    const first = Math.floor(channel / (outputs / node.groups)) * perGroup, terms = [];
    for (let c = 0; c < perGroup; c++) {
      const patch = [], kernel = [];
      let sum = 0;
      for (let i = 0; i < kernelRows; i++) for (let j = 0; j < kernelColumns; j++) {
        const y = row * window.stride[0] - window.padding[0][0] + i * window.dilation[0];
        const at = column * window.stride[1] - window.padding[1][0] + j * window.dilation[1];
        const isInside = y >= 0 && at >= 0 && y < height && at < width;
        const value = isInside ? x[((first + c) * height + y) * width + at] : 0, w = weight[((channel * perGroup + c) * kernelRows + i) * kernelColumns + j];
        patch.push(value);
        kernel.push(w);
        sum += value * w;
      }
      if (kernel.some(w => w !== 0)) terms.push({ name: `map ${first + c}`, patch, kernel, sum });
    }
    this.terms(terms, kernelRows, kernelColumns, bias ? bias[channel] : null);
  }

  linear(node, { index }, [x, weight, bias]) {
    const terms = Array.from(x, (value, i) => ({ name: `unit ${i}`, patch: [value], kernel: [weight[index * x.length + i]], sum: value * weight[index * x.length + i] }));
    this.terms(terms, 1, 1, bias ? bias[index] : null);
  }

  /// The terms of a sum, the largest in full and the others together.
  terms(terms, rows, columns, bias) {
    const total = terms.reduce((sum, term) => sum + term.sum, 0);
    const ranked = terms.length > SumView.most ? [...terms].sort((a, b) => Math.abs(b.sum) - Math.abs(a.sum)).slice(0, SumView.most) : terms;
    const list = document.createElement("div");
    list.className = "terms";
    for (const term of ranked) list.append(this.term(term, rows, columns));
    this.body.append(list);
    const rest = terms.length - ranked.length;
    if (rest > 0) this.line(`and ${rest} more, together ${LayersView.number(total - ranked.reduce((sum, term) => sum + term.sum, 0))}`);
    this.line(`Sum of ${terms.length} product${terms.length === 1 ? "" : "s"} of patch and kernel: ${LayersView.number(total)}${bias === null ? "" : ` + bias ${LayersView.number(bias)}`}`);
    this.sum = total + (bias ?? 0);
  }

  term({ name, patch, kernel, sum }, rows, columns) {
    const element = document.createElement("div"), label = document.createElement("span");
    element.className = "term";
    label.className = "quiet";
    label.textContent = name;
    element.append(label, this.matrix(patch, rows, columns), this.sign("×"), this.matrix(kernel, rows, columns), this.sign("="), this.sign(LayersView.number(sum)));
    return element;
  }

  sign(text) {
    const sign = document.createElement("span");
    sign.className = "sign";
    sign.textContent = text;
    return sign;
  }

  matrix(values, rows, columns) {
    const table = document.createElement("table"), largest = LayersView.magnitude(values), blue = Colours.style("--blue"), orange = "#e8710a";
    for (let i = 0; i < rows; i++) {
      const row = table.insertRow();
      for (let j = 0; j < columns; j++) {
        const cell = row.insertCell(), value = values[i * columns + j];
        cell.textContent = Math.abs(value) < 1e-3 && value !== 0 ? value.toExponential(0) : Number(value.toFixed(3));
        const depth = largest > 0 ? Math.round(60 * Math.abs(value) / largest) : 0;
        cell.style.background = `color-mix(in srgb, ${value < 0 ? blue : orange} ${depth}%, transparent)`;
      }
    }
    return table;
  }

  pool(node, { channel, row, column }, results) {
    const x = results[node.inputs[0]], [, height, width] = this.model.values[node.inputs[0]].shape, { kernel, stride, padding, dilation } = node.window, patch = [];
    for (let i = 0; i < kernel[0]; i++) for (let j = 0; j < kernel[1]; j++) {
      const y = row * stride[0] - padding[0][0] + i * dilation[0], at = column * stride[1] - padding[1][0] + j * dilation[1];
      patch.push(y >= 0 && at >= 0 && y < height && at < width ? x[(channel * height + y) * width + at] : 0);
    }
    this.body.append(this.matrix(patch, kernel[0], kernel[1]));
    this.line(node.kind === "max" ? "The largest of these" : "The mean of these");
  }
}
