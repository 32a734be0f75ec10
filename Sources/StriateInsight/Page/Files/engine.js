"use strict";

// Runs a model in the browser, one picture at a time: the forward graph as it was traced, so that every layer's result can be shown.
//
// A model is what `/v1/model/graph` gives (see BrowserModel.swift): nodes in an order in which each comes after those it reads. Values that
// all pictures share, such as weights, are computed once. Numbers are 32-bit floats, as in the Swift engine; sums run in 64 bits.
const Engine = (() => {
  const size = shape => shape.reduce((product, extent) => product * extent, 1);

  /// Row-major strides; 0 along axes of extent 1, so that they broadcast.
  function broadcastStrides(shape, rank) {
    const strides = new Array(rank).fill(0);
    let step = 1;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      strides[axis + rank - shape.length] = shape[axis] === 1 ? 0 : step;
      step *= shape[axis];
    }
    return strides;
  }

  /// Calls `visit(index, offsets)` for each element of `shape`, with the offset into each operand.
  function walk(shape, allStrides, visit) {
    const count = size(shape), place = new Array(shape.length).fill(0), offsets = allStrides.map(() => 0);
    for (let index = 0; index < count; index++) {
      visit(index, offsets);
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        place[axis]++;
        offsets.forEach((_, i) => { offsets[i] += allStrides[i][axis]; });
        if (place[axis] < shape[axis]) break;
        offsets.forEach((_, i) => { offsets[i] -= allStrides[i][axis] * shape[axis]; });
        place[axis] = 0;
      }
    }
  }

  const binary = {
    add: (a, b) => a + b, subtract: (a, b) => a - b, multiply: (a, b) => a * b, divide: (a, b) => a / b,
    maximum: Math.max, minimum: Math.min, power: Math.pow, equal: (a, b) => a === b ? 1 : 0, greater: (a, b) => a > b ? 1 : 0,
  };

  /// Abramowitz and Stegun, 7.1.26, is too coarse for 1e-6; the series and continued fraction are not.
  function erf(x) {
    const magnitude = Math.abs(x);
    if (magnitude > 6) return Math.sign(x);
    if (magnitude < 2.5) {
      let term = magnitude, sum = magnitude;
      for (let n = 1; n < 60; n++) {
        term *= -magnitude * magnitude / n;
        sum += term / (2 * n + 1);
      }
      return Math.sign(x) * 2 / Math.sqrt(Math.PI) * sum;
    }
    let fraction = 0;
    for (let n = 60; n > 0; n--) fraction = n / 2 / (magnitude + fraction);
    return Math.sign(x) * (1 - Math.exp(-magnitude * magnitude) / Math.sqrt(Math.PI) / (magnitude + fraction));
  }

  const activations = {
    sigmoid: x => 1 / (1 + Math.exp(-x)),
    tanh: Math.tanh,
    relu: x => x > 0 ? x : x === x ? 0 : x,
    "scaled-tanh": x => 1.7159 * Math.tanh(x * 2 / 3),
  };

  /// Slopes, told from the result.
  const slopes = {
    sigmoid: y => y * (1 - y),
    tanh: y => 1 - y * y,
    relu: y => y > 0 ? 1 : 0,
    "scaled-tanh": y => 2 / 3 * (1.7159 - y * y / 1.7159),
  };

  const clamp = (x, low, high) => Math.min(Math.max(x, low), high);
  const functions = {
    "leaky-relu": n => x => x > 0 ? x : n.slope * x,
    elu: n => x => x > 0 ? x : n.factor * Math.expm1(x),
    gelu: n => n.approximated
      ? x => 0.5 * x * (1 + Math.tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)))
      : x => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
    "hard-sigmoid": n => x => clamp(n.slope * x + n.intercept, 0, 1),
    "hard-swish": () => x => x * clamp(x / 6 + 0.5, 0, 1),
    silu: () => x => x / (1 + Math.exp(-x)),
    softplus: () => x => x > 20 ? x : Math.log1p(Math.exp(x)),
    clip: n => x => clamp(x, n.low, n.high),
    exp: () => Math.exp, log: () => Math.log, "square-root": () => Math.sqrt, "reciprocal-square-root": () => x => 1 / Math.sqrt(x),
    reciprocal: () => x => 1 / x, absolute: () => Math.abs, erf: () => erf, sign: () => Math.sign, floor: () => Math.floor,
    ceil: () => Math.ceil, round: () => x => { const r = Math.round(x); return r - x === 0.5 && r % 2 !== 0 ? r - 1 : r; },
  };

  /// The positions of a picture that tap `tap` of a window reads for the outputs from `first` to `last` (one beyond).
  function span(tap, window, axis, extent, outputs) {
    const offset = tap * window.dilation[axis] - window.padding[axis][0], stride = window.stride[axis];
    const first = offset < 0 ? Math.ceil(-offset / stride) : 0;
    const last = Math.min(outputs, Math.floor((extent - 1 - offset) / stride) + 1);
    return { first, last, offset };
  }

  /// Maps within their padding, so that every tap of a window reads something for `columns` outputs in a row.
  function framed(x, [channels, height, width], window, columns) {
    const [[top, bottom], [left]] = window.padding, last = (columns - 1) * window.stride[1] + (window.kernel[1] - 1) * window.dilation[1] + 1;
    const wide = Math.max(last, left + width), plane = (top + height + bottom) * wide;
    const values = new Float32Array(channels * plane);
    for (let c = 0; c < channels; c++) for (let row = 0; row < height; row++) {
      values.set(x.subarray((c * height + row) * width, (c * height + row + 1) * width), c * plane + (top + row) * wide + left);
    }
    return { values, width: wide, plane };
  }

  // MARK: - Operations. Each has `run(node, inputs, shapes, out, outShape)`; those that pass gradients on have
  // `back(node, upstream, { inputs, shapes, result, shape })`, which gives the gradient of the first input (`backAll`: of each).

  const operations = {
    convolution: {
      // Four outputs at four places at a time: sixteen sums that stay in registers, for eight numbers read.
      run(node, [x, weight, bias], [xs, ws], out, [outputs, rows, columns]) {
        const [, perGroup, kernelRows, kernelColumns] = ws, { window } = node, [stepRows, step] = window.stride;
        const padded = framed(x, xs, window, columns + 3), outputsInGroup = outputs / node.groups, plane = rows * columns, taps = perGroup * kernelRows * kernelColumns;
        const offsets = new Int32Array(taps);
        for (let c = 0, k = 0; c < perGroup; c++) for (let i = 0; i < kernelRows; i++) for (let j = 0; j < kernelColumns; j++, k++) {
          offsets[k] = c * padded.plane + i * window.dilation[0] * padded.width + j * window.dilation[1];
        }
        const activate = activations[node.activation] ?? (value => value);
        for (let first = 0; first < outputs; first += 4) {
          const group = Math.floor(first / outputsInGroup), end = Math.min(first + 4, (group + 1) * outputsInGroup, outputs);
          // Where there are fewer than four, the last is computed again.
          const [k0, k1, k2, k3] = [0, 1, 2, 3].map(n => Math.min(first + n, end - 1) * taps);
          const [b0, b1, b2, b3] = [0, 1, 2, 3].map(n => bias ? bias[Math.min(first + n, end - 1)] : 0);
          for (let row = 0; row < rows; row++) {
            for (let column = 0; column < columns; column += 4) {
              const start = group * perGroup * padded.plane + row * stepRows * padded.width + column * step;
              let a0 = b0, a1 = b0, a2 = b0, a3 = b0, c0 = b1, c1 = b1, c2 = b1, c3 = b1, d0 = b2, d1 = b2, d2 = b2, d3 = b2, e0 = b3, e1 = b3, e2 = b3, e3 = b3;
              for (let k = 0; k < taps; k++) {
                const from = start + offsets[k];
                const x0 = padded.values[from], x1 = padded.values[from + step], x2 = padded.values[from + 2 * step], x3 = padded.values[from + 3 * step];
                const w0 = weight[k0 + k], w1 = weight[k1 + k], w2 = weight[k2 + k], w3 = weight[k3 + k];
                a0 += w0 * x0; a1 += w0 * x1; a2 += w0 * x2; a3 += w0 * x3;
                c0 += w1 * x0; c1 += w1 * x1; c2 += w1 * x2; c3 += w1 * x3;
                d0 += w2 * x0; d1 += w2 * x1; d2 += w2 * x2; d3 += w2 * x3;
                e0 += w3 * x0; e1 += w3 * x1; e2 += w3 * x2; e3 += w3 * x3;
              }
              const sums = [a0, a1, a2, a3, c0, c1, c2, c3, d0, d1, d2, d3, e0, e1, e2, e3], wide = Math.min(4, columns - column);
              for (let o = first; o < end; o++) for (let n = 0; n < wide; n++) out[o * plane + row * columns + column + n] = activate(sums[4 * (o - first) + n]);
            }
          }
          // A group may end within four.
          first = end - 4;
        }
      },
      back(node, upstream, { inputs: [, weight], shapes: [xs, ws], shape: [outputs, rows, columns] }) {
        const [channels, height, width] = xs, [, perGroup, kernelRows, kernelColumns] = ws, { window } = node;
        const gradient = new Float32Array(channels * height * width), outputsInGroup = outputs / node.groups;
        for (let o = 0; o < outputs; o++) {
          const firstChannel = Math.floor(o / outputsInGroup) * perGroup;
          for (let c = 0; c < perGroup; c++) {
            for (let i = 0; i < kernelRows; i++) {
              const y = span(i, window, 0, height, rows);
              for (let j = 0; j < kernelColumns; j++) {
                const w = weight[((o * perGroup + c) * kernelRows + i) * kernelColumns + j];
                if (w === 0) continue;
                const s = span(j, window, 1, width, columns);
                for (let row = y.first; row < y.last; row++) {
                  const to = ((firstChannel + c) * height + row * window.stride[0] + y.offset) * width + s.offset;
                  const from = (o * rows + row) * columns;
                  for (let column = s.first; column < s.last; column++) gradient[to + column * window.stride[1]] += w * upstream[from + column];
                }
              }
            }
          }
        }
        return gradient;
      },
    },

    linear: {
      run(node, [x, weight, bias], _, out) {
        for (let o = 0; o < out.length; o++) {
          let sum = bias ? bias[o] : 0;
          const row = o * x.length;
          for (let i = 0; i < x.length; i++) sum += weight[row + i] * x[i];
          out[o] = node.activation ? activations[node.activation](sum) : sum;
        }
      },
      back(node, upstream, { inputs: [x, weight] }) {
        const gradient = new Float32Array(x.length);
        for (let o = 0; o < upstream.length; o++) {
          const g = upstream[o], row = o * x.length;
          if (g !== 0) for (let i = 0; i < x.length; i++) gradient[i] += g * weight[row + i];
        }
        return gradient;
      },
    },

    "add-bias": {
      run(node, [x, bias], [xs], out) {
        const plane = x.length / xs[0];
        for (let k = 0; k < x.length; k++) out[k] = x[k] + bias[Math.floor(k / plane)];
      },
      back: (node, upstream) => upstream,
    },

    affine: {
      run(node, [x], [xs], out) {
        const plane = node.scale.length === 1 ? x.length : x.length / xs[0];
        for (let k = 0; k < x.length; k++) { const c = Math.floor(k / plane); out[k] = x[k] * node.scale[c] + node.offset[c]; }
      },
      back(node, upstream, { shapes: [xs] }) {
        const plane = node.scale.length === 1 ? upstream.length : upstream.length / xs[0];
        return upstream.map((g, k) => g * node.scale[Math.floor(k / plane)]);
      },
    },

    "channel-affine": {
      run(node, [x, scale, offset], [xs], out) {
        const plane = x.length / xs[0];
        for (let k = 0; k < x.length; k++) { const c = Math.floor(k / plane); out[k] = x[k] * scale[c] + (offset ? offset[c] : 0); }
      },
      back(node, upstream, { inputs: [, scale], shapes: [xs] }) {
        const plane = upstream.length / xs[0];
        return upstream.map((g, k) => g * scale[Math.floor(k / plane)]);
      },
    },

    pool: {
      run(node, [x], [[channels, height, width]], out, [, rows, columns]) {
        const isMax = node.kind === "max";
        forEachWindow(node, channels, height, width, rows, columns, (target, from, count, divisor) => {
          let value = isMax ? -Infinity : 0;
          for (let k = 0; k < count; k++) value = isMax ? Math.max(value, x[from[k]]) : value + x[from[k]];
          out[target] = isMax ? value : value / divisor;
        });
      },
      back(node, upstream, { inputs: [x], shapes: [[channels, height, width]], result, shape: [, rows, columns] }) {
        const gradient = new Float32Array(x.length), isMax = node.kind === "max";
        forEachWindow(node, channels, height, width, rows, columns, (target, from, count, divisor) => {
          for (let k = 0; k < count; k++) {
            if (!isMax) gradient[from[k]] += upstream[target] / divisor;
            else if (x[from[k]] === result[target]) {
              // The first of equal values wins, as in PyTorch.
              gradient[from[k]] += upstream[target];
              break;
            }
          }
        });
        return gradient;
      },
    },

    "adaptive-average-pool": {
      run(node, [x], [shape], out, outShape) {
        forEachRegion(shape, outShape, (target, from) => { out[target] = from.reduce((sum, index) => sum + x[index], 0) / from.length; });
      },
      back(node, upstream, { inputs: [x], shapes: [xs], shape }) {
        const gradient = new Float32Array(x.length);
        forEachRegion(xs, shape, (target, from) => { for (const index of from) gradient[index] += upstream[target] / from.length; });
        return gradient;
      },
    },

    activation: {
      run(node, [x], _, out) { const f = activations[node.kind]; for (let k = 0; k < x.length; k++) out[k] = f(x[k]); },
      back(node, upstream, { result }) { const slope = slopes[node.kind]; return upstream.map((g, k) => g * slope(result[k])); },
    },

    function: {
      run(node, [x], _, out) { const f = functions[node.kind](node); for (let k = 0; k < x.length; k++) out[k] = f(x[k]); },
    },

    arithmetic: {
      run(node, [a, b], [as, bs], out, shape) {
        const f = binary[node.kind];
        if (a.length === out.length && b.length === out.length) {
          for (let k = 0; k < out.length; k++) out[k] = f(a[k], b[k]);
        } else {
          const strides = [broadcastStrides(as, shape.length), broadcastStrides(bs, shape.length)];
          walk(shape, strides, (index, [i, j]) => { out[index] = f(a[i], b[j]); });
        }
      },
      backAll(node, upstream, { inputs: [a, b], shapes: [as, bs], shape }) {
        const toA = new Float32Array(a.length), toB = new Float32Array(b.length);
        const strides = [broadcastStrides(as, shape.length), broadcastStrides(bs, shape.length)];
        const slope = {
          add: () => [1, 1], subtract: () => [1, -1], multiply: (x, y) => [y, x], divide: (x, y) => [1 / y, -x / (y * y)],
        }[node.kind];
        if (!slope) return null;
        walk(shape, strides, (index, [i, j]) => {
          const [x, y] = slope(a[i], b[j]);
          toA[i] += upstream[index] * x;
          toB[j] += upstream[index] * y;
        });
        return [toA, toB];
      },
    },

    reshape: { run: (node, [x], _, out) => out.set(x), back: (node, upstream) => upstream },

    slice: {
      run(node, [x], [xs], out) { gather(x, xs, node.axis, Array.from({ length: node.count }, (_, k) => node.first + k), 0, out); },
    },

    gather: {
      run(node, [x], [xs], out) { gather(x, xs, node.axis, node.positions, node.fill, out); },
      back(node, upstream, { inputs: [x], shapes: [xs] }) {
        const gradient = new Float32Array(x.length), inner = size(xs.slice(node.axis + 1)), extent = xs[node.axis];
        const outer = size(xs.slice(0, node.axis)), count = node.positions.length;
        for (let o = 0; o < outer; o++) node.positions.forEach((position, k) => {
          if (position < 0) return;
          for (let i = 0; i < inner; i++) gradient[(o * extent + position) * inner + i] += upstream[(o * count + k) * inner + i];
        });
        return gradient;
      },
    },

    concatenation: {
      run(node, inputs, shapes, out, shape) {
        const outer = size(shape.slice(0, node.axis)), step = size(shape.slice(node.axis));
        let start = 0;
        inputs.forEach((x, which) => {
          const piece = size(shapes[which].slice(node.axis));
          for (let o = 0; o < outer; o++) out.set(x.subarray(o * piece, (o + 1) * piece), o * step + start);
          start += piece;
        });
      },
      backAll(node, upstream, { inputs, shapes, shape }) {
        const outer = size(shape.slice(0, node.axis)), step = size(shape.slice(node.axis));
        let start = 0;
        return inputs.map((x, which) => {
          const gradient = new Float32Array(x.length), piece = size(shapes[which].slice(node.axis));
          for (let o = 0; o < outer; o++) gradient.set(upstream.subarray(o * step + start, o * step + start + piece), o * piece);
          start += piece;
          return gradient;
        });
      },
    },

    transpose: {
      run(node, [x], [xs], out, shape) {
        const strides = broadcastStrides(xs, xs.length);
        walk(shape, [node.permutation.map(axis => xs[axis] === 1 ? 0 : strides[axis])], (index, [from]) => { out[index] = x[from]; });
      },
    },

    broadcast: {
      run(node, [x], [xs], out, shape) { walk(shape, [broadcastStrides(xs, shape.length)], (index, [from]) => { out[index] = x[from]; }); },
    },

    reduction: {
      run(node, [x], [xs], out) {
        forEachReduced(xs, node.axes, out.length, (target, from) => {
          const values = from.map(index => x[index]);
          if (node.kind === "max") out[target] = values.reduce((a, b) => Math.max(a, b));
          else if (node.kind === "min") out[target] = values.reduce((a, b) => Math.min(a, b));
          else out[target] = values.reduce((a, b) => a + b, 0) / (node.kind === "mean" ? values.length : 1);
        });
      },
      back(node, upstream, { inputs: [x], shapes: [xs], result }) {
        const gradient = new Float32Array(x.length);
        forEachReduced(xs, node.axes, upstream.length, (target, from) => {
          const isExtreme = node.kind === "max" || node.kind === "min";
          const chosen = isExtreme ? from.filter(index => x[index] === result[target]) : from;
          const share = isExtreme ? 1 / chosen.length : node.kind === "mean" ? 1 / from.length : 1;
          for (const index of chosen) gradient[index] += upstream[target] * share;
        });
        return gradient;
      },
    },

    softmax: {
      run(node, [x], [xs], out) {
        forEachReduced(xs, [node.axis], x.length / xs[node.axis], (_, from) => {
          const largest = from.reduce((best, index) => Math.max(best, x[index]), -Infinity);
          const sum = from.reduce((total, index) => total + Math.exp(x[index] - largest), 0);
          for (const index of from) out[index] = node.logarithm ? x[index] - largest - Math.log(sum) : Math.exp(x[index] - largest) / sum;
        });
      },
    },

    "local-response-normalization": {
      run(node, [x], [xs], out) {
        const channels = xs[0], plane = x.length / channels;
        for (let p = 0; p < plane; p++) for (let c = 0; c < channels; c++) {
          const first = Math.max(0, c - node.before), last = Math.min(channels, c - node.before + node.size);
          let sum = 0;
          for (let k = first; k < last; k++) sum += x[k * plane + p] ** 2;
          out[c * plane + p] = x[c * plane + p] / Math.pow(node.k + node.alpha / node.size * sum, node.beta);
        }
      },
    },

    "squared-distance": {
      run(node, [x, centers], _, out) {
        for (let k = 0; k < out.length; k++) {
          let sum = 0;
          for (let i = 0; i < x.length; i++) sum += (x[i] - centers[k * x.length + i]) ** 2;
          out[k] = sum;
        }
      },
      back(node, upstream, { inputs: [x, centers] }) {
        const gradient = new Float32Array(x.length);
        for (let k = 0; k < upstream.length; k++) for (let i = 0; i < x.length; i++)
          gradient[i] += 2 * upstream[k] * (x[i] - centers[k * x.length + i]);
        return gradient;
      },
    },

    "connection-mask": {
      run(node, [weight], [ws], out) {
        const kernel = ws[2] * ws[3];
        out.fill(0);
        node.rows.forEach((channels, o) => {
          for (const c of channels) {
            const start = (o * ws[1] + c) * kernel;
            out.set(weight.subarray(start, start + kernel), start);
          }
        });
      },
    },
  };

  /// Visits the windows of a pool: the result's index, the picture's indices within (in an array that is used again), how many they are, and
  /// what a mean divides by.
  function forEachWindow(node, channels, height, width, rows, columns, visit) {
    const { kernel, stride, padding, dilation } = node.window, from = new Int32Array(kernel[0] * kernel[1]);
    for (let c = 0; c < channels; c++) for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
      let count = 0, counted = 0;
      for (let i = 0; i < kernel[0]; i++) for (let j = 0; j < kernel[1]; j++) {
        const y = row * stride[0] - padding[0][0] + i * dilation[0], x = column * stride[1] - padding[1][0] + j * dilation[1];
        if (y < height + padding[0][1] && x < width + padding[1][1]) counted++;
        if (y >= 0 && y < height && x >= 0 && x < width) from[count++] = (c * height + y) * width + x;
      }
      visit((c * rows + row) * columns + column, from, count, node.countsPadding ? counted : count);
    }
  }

  function forEachRegion([channels, height, width], [, rows, columns], visit) {
    for (let c = 0; c < channels; c++) for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
      const from = [];
      for (let y = Math.floor(row * height / rows); y < Math.ceil((row + 1) * height / rows); y++)
        for (let x = Math.floor(column * width / columns); x < Math.ceil((column + 1) * width / columns); x++)
          from.push((c * height + y) * width + x);
      visit((c * rows + row) * columns + column, from);
    }
  }

  /// Visits what is reduced to each element of the result.
  function forEachReduced(shape, axes, count, visit) {
    const kept = shape.map((extent, axis) => axes.includes(axis) ? 1 : extent), members = Array.from({ length: count }, () => []);
    walk(shape, [broadcastStrides(kept, shape.length)], (index, [target]) => members[target].push(index));
    members.forEach((from, target) => visit(target, from));
  }

  function gather(x, shape, axis, positions, fill, out) {
    const inner = size(shape.slice(axis + 1)), outer = size(shape.slice(0, axis)), extent = shape[axis];
    for (let o = 0; o < outer; o++) positions.forEach((position, k) => {
      const to = (o * positions.length + k) * inner;
      if (position < 0) out.fill(fill, to, to + inner);
      else out.set(x.subarray((o * extent + position) * inner, (o * extent + position + 1) * inner), to);
    });
  }

  function softmax(logits) {
    const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = Array.from(logits, value => Math.exp(value - largest)), sum = powers.reduce((a, b) => a + b, 0);
    return powers.map(power => power / sum);
  }

  // MARK: - The model

  class Model {
    /// `description`: see BrowserModel.swift. `weights`: a Float32Array in which each variable has its place.
    constructor(description, weights) {
      Object.assign(this, description);
      this.description = description;
      /// Channels of values that are switched off: value → Set of channels.
      this.muted = new Map();
      this.producers = [];
      this.nodes.forEach((node, index) => { this.producers[node.result] = index; });
      this.readers = this.values.map(() => []);
      this.nodes.forEach((node, index) => node.inputs.forEach(input => this.readers[input].push(index)));
      this.setWeights(weights);
    }

    /// Other weights for the same network, such as an earlier epoch's.
    setWeights(weights) {
      this.weights = weights;
      this.shared = [];
      for (const node of this.nodes) {
        if (this.values[node.result].batched) continue;
        if (node.op === "variable") {
          const place = this.tensors[node.name];
          this.shared[node.result] = weights.subarray(place.offset, place.offset + size(this.values[node.result].shape));
        } else if (node.op === "constant") this.shared[node.result] = Float32Array.from(node.values);
        else this.shared[node.result] = this.compute(node, this.shared);
      }
    }

    compute(node, results) {
      const operation = operations[node.op];
      if (!operation) throw new Error(`this page cannot compute ${node.op}`);
      const { shape } = this.values[node.result], out = new Float32Array(size(shape));
      operation.run(node, node.inputs.map(input => results[input]), node.inputs.map(input => this.values[input].shape), out, shape);
      const muted = this.muted.get(node.result);
      if (muted) for (const channel of muted) {
        const plane = out.length / shape[0];
        out.fill(0, channel * plane, (channel + 1) * plane);
      }
      return out;
    }

    /// Every value of the graph for one picture. `pixels`: bytes, channel by channel, of the network's size.
    run(pixels) {
      const results = this.shared.slice();
      for (const node of this.nodes) {
        if (!this.values[node.result].batched) continue;
        results[node.result] = node.op === "input" ? Float32Array.from(pixels) : this.compute(node, results);
      }
      return results;
    }

    /// Milliseconds that each node takes for one picture. Browsers' clocks are coarse: each is run until that does not matter.
    profile(pixels) {
      const results = this.run(pixels);
      return this.nodes.map(node => {
        if (!this.values[node.result].batched || node.op === "input") return 0;
        const start = performance.now();
        let runs = 0, time = 0;
        while (time < 4) {
          this.compute(node, results);
          runs++;
          time = performance.now() - start;
        }
        return time / runs;
      });
    }

    probabilities(results) { return softmax(results[this.logits]); }

    /// The gradient of a class's logit towards the value `target`, or null where an operation on the way has none here.
    gradient(results, classIndex, target) {
      const gradients = [];
      gradients[this.logits] = Float32Array.from({ length: this.classes.length }, (_, k) => k === classIndex ? 1 : 0);
      for (let index = this.nodes.length - 1; index >= 0; index--) {
        const node = this.nodes[index], upstream = gradients[node.result];
        if (node.result === target) return upstream ?? null;
        if (!upstream || !this.values[node.result].batched || node.op === "input") continue;
        const operation = operations[node.op], known = {
          inputs: node.inputs.map(input => results[input]), shapes: node.inputs.map(input => this.values[input].shape),
          result: results[node.result], shape: this.values[node.result].shape,
        };
        const toInputs = operation.backAll ? operation.backAll(node, upstream, known)
          : operation.back ? [operation.back(node, upstream, known)] : null;
        if (!toInputs) return null;
        toInputs.forEach((gradient, which) => {
          const input = node.inputs[which];
          if (!this.values[input].batched) return;
          // A copy: some operations hand on what they were given.
          gradients[input] = gradients[input] ? gradients[input].map((g, k) => g + gradient[k]) : Float32Array.from(gradient);
        });
      }
      return null;
    }

    /// Grad-CAM (Selvaraju et al., 2017) at a layer's value: ReLU(Σ mean gradient · map), with its rows and columns; null where it has none.
    gradCAM(results, classIndex, value) {
      const gradient = this.gradient(results, classIndex, value);
      if (!gradient) return null;
      const [channels, rows, columns] = this.values[value].shape, plane = rows * columns, heat = new Float32Array(plane);
      for (let c = 0; c < channels; c++) {
        let weight = 0;
        for (let p = 0; p < plane; p++) weight += gradient[c * plane + p];
        weight /= plane;
        for (let p = 0; p < plane; p++) heat[p] += weight * results[value][c * plane + p];
      }
      return { rows, columns, values: heat.map(value => Math.max(0, value)) };
    }

    /// The rectangle of `source` (pictures) that element (row, column) of `value` depends on, as
    /// `{ top, left, bottom, right }` (ends exclusive), within the picture; null where it does not.
    receptiveField(value, row, column, source = this.input) {
      const boxes = [];
      boxes[value] = { top: row, left: column, bottom: row + 1, right: column + 1 };
      for (let index = this.producers[value]; index >= 0; index--) {
        const node = this.nodes[index], box = boxes[node.result];
        if (!box || node.result === source) continue;
        for (const input of node.inputs) {
          const { shape, batched } = this.values[input];
          if (!batched || shape.length !== 3) continue;
          boxes[input] = union(boxes[input], reach(node, box, shape, this.values[node.result].shape));
        }
      }
      return boxes[source] ?? null;
    }
  }

  function union(a, b) {
    if (!a) return b;
    return { top: Math.min(a.top, b.top), left: Math.min(a.left, b.left), bottom: Math.max(a.bottom, b.bottom), right: Math.max(a.right, b.right) };
  }

  /// What an operation reads of a picture for a part of its result.
  function reach(node, box, [, height, width], shape) {
    if (node.window) {
      const { kernel, stride, padding, dilation } = node.window;
      return {
        top: Math.max(0, box.top * stride[0] - padding[0][0]), left: Math.max(0, box.left * stride[1] - padding[1][0]),
        bottom: Math.min(height, (box.bottom - 1) * stride[0] - padding[0][0] + (kernel[0] - 1) * dilation[0] + 1),
        right: Math.min(width, (box.right - 1) * stride[1] - padding[1][0] + (kernel[1] - 1) * dilation[1] + 1),
      };
    }
    if (node.op === "gather" && node.axis > 0) {
      const along = node.positions.slice(node.axis === 1 ? box.top : box.left, node.axis === 1 ? box.bottom : box.right).filter(p => p >= 0);
      if (along.length === 0) return box;
      const first = Math.min(...along), end = Math.max(...along) + 1;
      return node.axis === 1 ? { ...box, top: first, bottom: end } : { ...box, left: first, right: end };
    }
    // Element by element; what changes the picture's size in another way may read all of it.
    if (shape.length === 3 && shape[1] === height && shape[2] === width) return box;
    return { top: 0, left: 0, bottom: height, right: width };
  }

  return { Model, softmax, size };
})();

if (typeof module !== "undefined") module.exports = { Engine };
