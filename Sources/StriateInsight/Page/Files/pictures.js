"use strict";

// Pictures as a network sees them: bytes, channel by channel, of its size. The same rules as in Swift (Fitting.swift, Resizer.swift), so that
// an answer here is the answer there.
const Pictures = (() => {
  /// ITU-R 601-2 in Pillow's whole numbers.
  const grey = (red, green, blue) => (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;

  /// An antialiased bilinear resize of one plane, rounded to bytes after each direction, as Pillow does.
  function resize(plane, [rows, columns], [toRows, toColumns]) {
    if (rows === toRows && columns === toColumns) return plane;
    const across = resizeRows(plane, rows, columns, toColumns);
    return transpose(resizeRows(transpose(across, rows, toColumns), toColumns, rows, toRows), toColumns, toRows);
  }

  function resizeRows(plane, rows, columns, to) {
    if (columns === to) return plane;
    const out = new Uint8ClampedArray(rows * to), scale = columns / to, support = Math.max(1, scale);
    for (let x = 0; x < to; x++) {
      const centre = (x + 0.5) * scale, first = Math.max(0, Math.trunc(centre - support + 0.5)), end = Math.min(columns, Math.trunc(centre + support + 0.5));
      const weights = [];
      let sum = 0;
      for (let k = first; k < end; k++) {
        const weight = Math.max(0, 1 - Math.abs((k - centre + 0.5) / support));
        weights.push(weight);
        sum += weight;
      }
      for (let row = 0; row < rows; row++) {
        let value = 0;
        for (let k = first; k < end; k++) value += plane[row * columns + k] * weights[k - first];
        out[row * to + x] = Math.floor(value / sum + 0.5);
      }
    }
    return out;
  }

  function transpose(plane, rows, columns) {
    const out = new Uint8ClampedArray(plane.length);
    for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) out[column * rows + row] = plane[row * columns + column];
    return out;
  }

  /// Half of what is left over; a half more goes to the even number.
  const middle = rest => Math.floor(rest / 2) + (rest % 4 === 3 ? 1 : 0);

  function place(plane, [rows, columns], [toRows, toColumns], fit) {
    if (fit.startsWith("crop:")) {
      const shorter = Math.min(rows, columns), wanted = Math.max(Number(fit.slice(5)), toRows, toColumns);
      const size = [Math.floor(rows * wanted / shorter), Math.floor(columns * wanted / shorter)];
      const whole = resize(plane, [rows, columns], size), top = middle(size[0] - toRows), left = middle(size[1] - toColumns);
      const out = new Uint8ClampedArray(toRows * toColumns);
      for (let row = 0; row < toRows; row++) out.set(whole.subarray((top + row) * size[1] + left, (top + row) * size[1] + left + toColumns), row * toColumns);
      return out;
    }
    if (rows === toRows && columns === toColumns) return plane;
    if (fit === "pad" && rows <= toRows && columns <= toColumns) {
      const out = new Uint8ClampedArray(toRows * toColumns), top = Math.floor((toRows - rows) / 2), left = Math.floor((toColumns - columns) / 2);
      for (let row = 0; row < rows; row++) out.set(plane.subarray(row * columns, (row + 1) * columns), (top + row) * toColumns + left);
      return out;
    }
    return resize(plane, [rows, columns], [toRows, toColumns]);
  }

  /// A picture of bytes as the network takes it.
  function fit({ pixels, shape: [channels, rows, columns] }, preprocessing) {
    const area = rows * columns, target = [preprocessing.rows, preprocessing.columns];
    let planes = Array.from({ length: channels }, (_, c) => pixels.subarray(c * area, (c + 1) * area));
    if (channels === 3 && preprocessing.channels === 1) {
      const one = new Uint8ClampedArray(area);
      for (let k = 0; k < area; k++) one[k] = grey(planes[0][k], planes[1][k], planes[2][k]);
      planes = [one];
    }
    planes = planes.map(plane => place(plane, [rows, columns], target, preprocessing.fit));
    if (planes.length === 1 && preprocessing.channels === 3) planes = [planes[0], planes[0], planes[0]];
    const out = new Uint8ClampedArray(preprocessing.channels * target[0] * target[1]);
    planes.forEach((plane, c) => out.set(plane, c * target[0] * target[1]));
    return out;
  }

  /// A picture from what a browser can draw. Larger ones are taken at no more than `most` pixels along a side.
  function read(drawable, width, height, background, most = 2048) {
    const factor = Math.min(1, most / Math.max(width, height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(width * factor));
    canvas.height = Math.max(1, Math.round(height * factor));
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = background;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.imageSmoothingQuality = "high";
    context.drawImage(drawable, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height), area = canvas.width * canvas.height;
    const pixels = new Uint8ClampedArray(3 * area);
    for (let k = 0; k < area; k++) for (let c = 0; c < 3; c++) pixels[c * area + k] = data[4 * k + c];
    return { pixels, shape: [3, canvas.height, canvas.width] };
  }

  /// What covers a part of a picture: the training's mean, which the network sees as zero.
  const cover = preprocessing => preprocessing.mean.map(mean => Math.round(255 * mean));

  /// Moved, turned, scaled and slanted about the middle, then made noisy; what comes from outside is the corner's value.
  function changed(pixels, [channels, rows, columns], { x, y, rotation, scale, shear, noise }) {
    const out = new Uint8ClampedArray(pixels.length), plane = rows * columns;
    const angle = rotation * Math.PI / 180, cosine = Math.cos(angle) / scale, sine = Math.sin(angle) / scale, slant = Math.tan(shear * Math.PI / 180);
    const centreX = (columns - 1) / 2, centreY = (rows - 1) / 2;
    for (let c = 0; c < channels; c++) {
      const outside = pixels[c * plane];
      const at = (row, column) => row < 0 || column < 0 || row >= rows || column >= columns ? outside : pixels[c * plane + row * columns + column];
      for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) {
        const dx = column - centreX - x, dy = row - centreY - y, sx = dx + slant * dy;
        const fromX = cosine * sx + sine * dy + centreX, fromY = -sine * sx + cosine * dy + centreY;
        const left = Math.floor(fromX), top = Math.floor(fromY), u = fromX - left, v = fromY - top;
        out[c * plane + row * columns + column] =
          (1 - v) * ((1 - u) * at(top, left) + u * at(top, left + 1)) + v * ((1 - u) * at(top + 1, left) + u * at(top + 1, left + 1));
      }
    }
    if (noise > 0) {
      // The same noise each time, so that only its strength changes along the slider.
      let state = 1;
      const uniform = () => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return (state + 1) / 4294967297; };
      for (let k = 0; k < out.length; k++) out[k] += noise * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    }
    return out;
  }

  return { fit, read, changed, cover };
})();

if (typeof module !== "undefined") module.exports = { Pictures };
