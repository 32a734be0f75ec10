"use strict";

// A pen on paper. Strokes are kept as lines, so that their width can change afterwards. What is drawn becomes a picture the way MNIST's were
// made: the ink is scaled into 20×20 pixels, its centre of mass put into the middle of 28×28 (LeCun et al., 1998, section III.A).
class Pen {
  /// `onChange` is called after every movement.
  constructor(canvas, onChange) {
    this.canvas = canvas;
    this.onChange = onChange;
    this.strokes = [];
    /// The pen's width as a share of the paper's.
    this.width = 0.075;
    this.isEnabled = true;
    canvas.addEventListener("pointerdown", event => this.begin(event));
    canvas.addEventListener("pointermove", event => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => { this.active = null; });
  }

  get isEmpty() { return this.strokes.length === 0; }

  clear() { this.strokes = []; }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  begin(event) {
    if (!this.isEnabled || event.button > 0) return;
    event.preventDefault();
    this.canvas.setPointerCapture?.(event.pointerId);
    this.active = [this.point(event)];
    this.strokes.push(this.active);
    this.onChange();
  }

  move(event) {
    if (!this.active) return;
    // Fast movements come in bundles.
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length > 0 ? events : [event]) this.active.push(this.point(each));
    this.onChange();
  }

  /// Draws the strokes into a square of so many pixels: `map` takes points of the paper (0…1) to it.
  draw(context, side, map, width) {
    context.fillStyle = "#000";
    context.fillRect(0, 0, side, side);
    context.strokeStyle = context.fillStyle = "#fff";
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = width;
    for (const stroke of this.strokes) {
      const points = stroke.map(map);
      context.beginPath();
      context.moveTo(...points[0]);
      if (points.length === 1) context.lineTo(points[0][0] + 0.01, points[0][1]);
      for (let k = 1; k < points.length; k++) {
        // Through the middles: corners of the hand's hardware become curves.
        const [x, y] = points[k - 1], [nextX, nextY] = points[k];
        context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
      }
      context.lineTo(...points[points.length - 1]);
      context.stroke();
    }
  }

  show() {
    const { width } = this.canvas;
    this.draw(this.canvas.getContext("2d"), width, ([x, y]) => [x * width, y * width], this.width * width);
  }

  /// 28×28 bytes, one channel; null where nothing is drawn.
  picture() {
    if (this.isEmpty) return null;
    const points = this.strokes.flat(), margin = this.width / 2;
    const left = Math.min(...points.map(p => p[0])) - margin, right = Math.max(...points.map(p => p[0])) + margin;
    const top = Math.min(...points.map(p => p[1])) - margin, bottom = Math.max(...points.map(p => p[1])) + margin;
    // Ten times finer than the result, then averaged.
    const fine = 10, side = 28 * fine, factor = 20 * fine / Math.max(right - left, bottom - top);
    const canvas = Pen.sheet ??= document.createElement("canvas");
    canvas.width = canvas.height = side;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const centred = ([x, y]) => [(x - (left + right) / 2) * factor + side / 2, (y - (top + bottom) / 2) * factor + side / 2];
    this.draw(context, side, centred, this.width * factor);
    const ink = context.getImageData(0, 0, side, side).data;
    let mass = 0, sumX = 0, sumY = 0;
    for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) {
      const value = ink[4 * (y * side + x)];
      mass += value;
      sumX += value * x;
      sumY += value * y;
    }
    const shiftX = mass > 0 ? Math.round(side / 2 - 0.5 - sumX / mass) : 0, shiftY = mass > 0 ? Math.round(side / 2 - 0.5 - sumY / mass) : 0;
    const pixels = new Uint8ClampedArray(28 * 28);
    for (let row = 0; row < 28; row++) for (let column = 0; column < 28; column++) {
      let sum = 0;
      for (let i = 0; i < fine; i++) for (let j = 0; j < fine; j++) {
        const y = row * fine + i - shiftY, x = column * fine + j - shiftX;
        if (y >= 0 && x >= 0 && y < side && x < side) sum += ink[4 * (y * side + x)];
      }
      pixels[row * 28 + column] = sum / (fine * fine);
    }
    return { pixels, shape: [1, 28, 28] };
  }
}
