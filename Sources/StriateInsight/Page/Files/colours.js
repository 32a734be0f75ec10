"use strict";

// Colours for numbers. Signed ones: blue below zero, orange above, the page's grey at zero; told apart by people who cannot tell red from green.
const Colours = (() => {
  const isDark = () => matchMedia("(prefers-color-scheme: dark)").matches;
  const scales = {
    light: { zero: [240, 242, 245], positive: [[253, 174, 97], [200, 80, 10], [110, 36, 0]], negative: [[128, 186, 230], [20, 100, 190], [8, 42, 100]] },
    dark: { zero: [28, 33, 40], positive: [[150, 70, 15], [240, 140, 50], [255, 226, 180]], negative: [[20, 70, 140], [70, 150, 235], [200, 228, 255]] },
  };

  function table(scale) {
    const colours = new Uint8ClampedArray(511 * 3);
    for (let k = -255; k <= 255; k++) {
      const stops = [scale.zero, ...(k < 0 ? scale.negative : scale.positive)];
      const place = Math.abs(k) / 255 * (stops.length - 1), first = Math.min(stops.length - 2, Math.floor(place)), share = place - first;
      for (let i = 0; i < 3; i++) colours[(k + 255) * 3 + i] = stops[first][i] * (1 - share) + stops[first + 1][i] * share;
    }
    return colours;
  }
  const tables = { light: table(scales.light), dark: table(scales.dark) };
  const signedTable = () => isDark() ? tables.dark : tables.light;

  /// Draws numbers as pixels; `largest` is the magnitude with the deepest colour.
  function signed(canvas, values, rows, columns, largest, start = 0) {
    if (canvas.width !== columns || canvas.height !== rows) { canvas.width = columns; canvas.height = rows; }
    const context = canvas.getContext("2d"), image = context.createImageData(columns, rows), colours = signedTable();
    const factor = largest > 0 ? 255 / largest : 0;
    for (let k = 0; k < rows * columns; k++) {
      const value = values[start + k];
      const level = Number.isFinite(value) ? Math.max(-255, Math.min(255, Math.round(value * factor))) : 0;
      const from = (level + 255) * 3;
      image.data[4 * k] = colours[from];
      image.data[4 * k + 1] = colours[from + 1];
      image.data[4 * k + 2] = colours[from + 2];
      image.data[4 * k + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }

  /// Draws a picture of bytes, one or three channels.
  function picture(canvas, pixels, [channels, rows, columns]) {
    if (canvas.width !== columns || canvas.height !== rows) { canvas.width = columns; canvas.height = rows; }
    const context = canvas.getContext("2d"), image = context.createImageData(columns, rows), plane = rows * columns;
    for (let k = 0; k < plane; k++) {
      for (let i = 0; i < 3; i++) image.data[4 * k + i] = pixels[(channels === 3 ? i : 0) * plane + k];
      image.data[4 * k + 3] = 255;
    }
    context.putImageData(image, 0, 0);
  }

  const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return { signed, picture, style };
})();
