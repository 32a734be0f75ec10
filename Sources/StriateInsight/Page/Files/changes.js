"use strict";

// Sliders that change the picture, and the probabilities along the slider that was moved last.
class Changes {
  static sliders = [
    { name: "x", label: "shift across", low: -8, high: 8, step: 0.5, rest: 0, unit: " px" },
    { name: "y", label: "shift down", low: -8, high: 8, step: 0.5, rest: 0, unit: " px" },
    { name: "rotation", label: "rotation", low: -90, high: 90, step: 1, rest: 0, unit: "°" },
    { name: "scale", label: "scale", low: 0.4, high: 1.8, step: 0.02, rest: 1, unit: "×" },
    { name: "shear", label: "shear", low: -45, high: 45, step: 1, rest: 0, unit: "°" },
    { name: "stroke", label: "stroke width", low: 0.02, high: 0.2, step: 0.005, rest: 0.075, unit: "" },
    { name: "noise", label: "noise", low: 0, high: 120, step: 2, rest: 0, unit: "" },
  ];

  /// `onChange()` is called when a slider moves; `probabilities(settings)` gives those of the present picture under other settings, or null.
  constructor(container, figure, { onChange, probabilities }) {
    this.settings = Object.fromEntries(Changes.sliders.map(({ name, rest }) => [name, rest]));
    this.figure = figure;
    this.probabilities = probabilities;
    this.onChange = onChange;
    this.inputs = new Map();
    for (const slider of Changes.sliders) container.append(this.row(slider));
    const row = document.createElement("div"), reset = document.createElement("button");
    row.className = "row";
    reset.type = "button";
    reset.textContent = "As it was";
    reset.addEventListener("click", () => { this.reset(); onChange(); });
    row.append(reset);
    container.append(row);
  }

  row(slider) {
    const label = document.createElement("label"), input = document.createElement("input"), output = document.createElement("output"), text = document.createElement("span");
    text.textContent = slider.label;
    Object.assign(input, { type: "range", min: slider.low, max: slider.high, step: slider.step, value: slider.rest, id: `change-${slider.name}` });
    const show = () => { output.textContent = `${Number(this.settings[slider.name].toFixed(3))}${slider.unit}`; };
    input.addEventListener("input", () => {
      this.settings[slider.name] = Number(input.value);
      show();
      this.active = slider;
      this.onChange();
    });
    show();
    this.inputs.set(slider.name, { input, show, slider });
    label.append(text, input, output);
    return label;
  }

  reset() {
    for (const [name, { input, show, slider }] of this.inputs) {
      this.settings[name] = slider.rest;
      input.value = slider.rest;
      show();
    }
    this.active = null;
    this.figure.hidden = true;
  }

  set hasStrokes(value) { this.inputs.get("stroke").input.disabled = !value; }

  get isAtRest() { return Changes.sliders.every(({ name, rest }) => name === "stroke" || this.settings[name] === rest); }

  /// Draws the curve of the slider that was moved last, when the page has time.
  drawCurve(classes) {
    const { active } = this;
    if (!active) return;
    const turn = this.turn = {}, count = 33, points = [];
    const advance = () => {
      if (this.turn !== turn) return;
      const until = performance.now() + 12;
      while (points.length < count && performance.now() < until) {
        const value = active.low + (active.high - active.low) * points.length / (count - 1);
        const probabilities = this.probabilities({ ...this.settings, [active.name]: value });
        if (!probabilities) return;
        points.push({ value, probabilities });
      }
      if (points.length < count) requestAnimationFrame(advance);
      else this.plot(points, active, classes);
    };
    requestAnimationFrame(advance);
  }

  plot(points, slider, classes) {
    const canvas = this.figure.querySelector("canvas"), context = canvas.getContext("2d"), { width, height } = canvas;
    const plot = { left: 86, right: width - 30, top: 16, bottom: height - 36 };
    const x = value => plot.left + (value - slider.low) / (slider.high - slider.low) * (plot.right - plot.left);
    const y = share => plot.bottom - share * (plot.bottom - plot.top);
    const ink = Colours.style("--quiet"), blue = Colours.style("--blue"), grid = Colours.style("--line");
    context.clearRect(0, 0, width, height);
    context.font = "21px system-ui, sans-serif";
    context.textBaseline = "middle";
    for (const share of [0, 0.5, 1]) {
      context.strokeStyle = grid;
      context.beginPath(); context.moveTo(plot.left, y(share)); context.lineTo(plot.right, y(share)); context.stroke();
      context.fillStyle = ink;
      context.textAlign = "right";
      context.fillText(`${100 * share} %`, plot.left - 8, y(share));
    }
    context.textAlign = "center";
    for (const value of [slider.low, slider.rest, slider.high]) context.fillText(`${value}`, x(value), height - 14);
    // Every class that leads somewhere, and no others.
    const leaders = [...new Set(points.map(({ probabilities }) => probabilities.indexOf(Math.max(...probabilities))))];
    const now = this.settings[slider.name], nearest = points.reduce((a, b) => Math.abs(b.value - now) < Math.abs(a.value - now) ? b : a);
    const best = nearest.probabilities.indexOf(Math.max(...nearest.probabilities)), ends = [];
    for (const leader of leaders) {
      context.strokeStyle = context.fillStyle = leader === best ? blue : ink;
      context.lineWidth = leader === best ? 5 : 3;
      context.beginPath();
      points.forEach(({ value, probabilities }, k) => context[k ? "lineTo" : "moveTo"](x(value), y(probabilities[leader])));
      context.stroke();
      const peak = points.reduce((a, b) => b.probabilities[leader] > a.probabilities[leader] ? b : a);
      ends.push({ leader, x: x(peak.value), y: y(peak.probabilities[leader]), colour: context.fillStyle });
    }
    context.strokeStyle = ink;
    context.lineWidth = 2;
    context.setLineDash([6, 6]);
    context.beginPath(); context.moveTo(x(now), plot.top); context.lineTo(x(now), plot.bottom); context.stroke();
    context.setLineDash([]);
    context.font = "600 21px system-ui, sans-serif";
    for (const end of ends) {
      context.fillStyle = end.colour;
      context.fillText(classes[end.leader], Math.min(plot.right, Math.max(plot.left + 12, end.x)), Math.min(plot.bottom - 14, end.y + 20));
    }
    context.lineWidth = 1;
    this.figure.hidden = false;
    const text = `Probability over ${slider.label}: ${leaders.map(k => classes[k]).join(", ")} lead${leaders.length === 1 ? "s" : ""} somewhere.`;
    this.figure.querySelector("figcaption").textContent = text;
    canvas.setAttribute("aria-label", text);
  }
}
