"use strict";

// Numbers over steps or epochs, as lines in an SVG element that is there.
const Lines = (() => {
  const names = "http://www.w3.org/2000/svg", plot = { left: 52, right: 440, top: 12, bottom: 222 };

  function element(name, attributes, text) {
    const made = document.createElementNS(names, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  /// About five round numbers that a range lies within.
  function ticks(low, high) {
    const rough = Math.max(high - low, 1e-9) / 4, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find(factor => factor * power >= rough) * power, first = Math.floor(low / step + 1e-9);
    const count = Math.max(1, Math.ceil(high / step - 1e-9) - first);
    return Array.from({ length: count + 1 }, (_, k) => (first + k) * step);
  }

  const places = step => Math.max(0, -Math.floor(Math.log10(step) + 1e-9));

  /// `lines` are `{ word, style, xs, ys }`, the styles "first" and "second"; `format` makes text of a value, given the places after the point.
  function draw(svg, lines, { format, word, fromZero, most }) {
    const points = lines.flatMap(line => line.ys.map((y, k) => [line.xs[k], y])).filter(([, y]) => Number.isFinite(y));
    if (points.length === 0) return svg.replaceChildren();
    const xs = points.map(point => point[0]), ys = points.map(point => point[1]);
    const marks = ticks(fromZero ? 0 : Math.min(...ys), Math.min(most ?? Infinity, Math.max(...ys))), low = marks[0], high = marks.at(-1);
    const left = Math.min(...xs), right = Math.max(...xs);
    const x = value => right === left ? (plot.left + plot.right) / 2 : plot.left + (value - left) / (right - left) * (plot.right - plot.left);
    const y = value => plot.bottom - (value - low) / (high - low) * (plot.bottom - plot.top);
    const children = [], after = places(marks[1] - marks[0]), last = Math.max(3, after + 2);
    for (const mark of marks) {
      children.push(element("line", { class: "grid", x1: plot.left, x2: plot.right, y1: y(mark), y2: y(mark) }));
      children.push(element("text", { x: plot.left - 8, y: y(mark) + 4, "text-anchor": "end" }, format(mark, after)));
    }
    for (const value of new Set([left, right])) children.push(element("text", { x: x(value), y: plot.bottom + 20, "text-anchor": "middle" }, value.toLocaleString("en")));
    children.push(element("text", { x: (plot.left + plot.right) / 2, y: plot.bottom + 34, "text-anchor": "middle" }, word));
    const ends = [];
    for (const line of lines) {
      const known = line.ys.map((value, k) => [x(line.xs[k]), y(value)]).filter(([, value]) => Number.isFinite(value));
      if (known.length === 0) continue;
      children.push(element("polyline", { class: `line ${line.style}`, points: known.map(point => point.map(value => value.toFixed(1)).join(",")).join(" ") }));
      const [endX, endY] = known.at(-1);
      children.push(element("circle", { class: line.style, cx: endX, cy: endY, r: 3.5 }));
      ends.push({ style: line.style, x: endX + 9, y: endY + 4, text: `${line.word} ${format(line.ys.findLast(Number.isFinite), last)}`.trim() });
    }
    // Two words that would lie over one another give way.
    if (ends.length === 2 && Math.abs(ends[0].y - ends[1].y) < 16) {
      const upper = ends[0].y <= ends[1].y ? 0 : 1, middle = (ends[0].y + ends[1].y) / 2;
      ends[upper].y = middle - 8;
      ends[1 - upper].y = middle + 8;
    }
    for (const end of ends) children.push(element("text", { class: end.style, x: end.x, y: end.y }, end.text));
    svg.replaceChildren(...children);
    svg.setAttribute("aria-label", ends.map(end => end.text).join(", "));
  }

  return { draw };
})();
