"use strict";

// Pictures of the data: some of each class, the worst mistakes, and the confusion matrix, whose cells open their pictures. They come from the
// server as they are needed, or with the page.
class GalleryView {
  /// `take(pixels)` makes a picture the page's; `server` is null for a page without one.
  constructor(model, server, take) {
    this.model = model;
    this.server = server;
    this.take = take;
    this.shape = [model.preprocessing.channels, model.preprocessing.rows, model.preprocessing.columns];
    this.element = document.getElementById("data");
    this.facts = document.getElementById("data-facts");
    this.shelf = document.getElementById("shelf");
    this.caption = document.getElementById("shelf-caption");
    this.more = document.getElementById("shelf-more");
    this.figure = document.getElementById("confusion-figure");
    this.kinds = { samples: document.getElementById("pick-samples"), mistakes: document.getElementById("pick-mistakes") };
    for (const [kind, button] of Object.entries(this.kinds)) button.addEventListener("click", () => this.open({ kind }));
    this.more.addEventListener("click", () => this.addMore());
    this.wanted = { kind: "samples" };
    /// Among the run's saved models; null for the served one.
    this.saved = null;
    this.tests = new Map();
  }

  /// The most classes whose matrix is shown whole, and of those the most with numbers in it.
  static mostClasses = 40;
  static mostNumbered = 16;

  get hasPictures() { return this.model.samples.length > 0 || (this.server !== null && this.model.offers.includes("data")); }

  async start() {
    if (!this.hasPictures) return;
    this.element.hidden = false;
    if (this.model.samples.length > 0) {
      this.figure.hidden = true;
      this.facts.textContent = "a few of each class, and the worst mistakes";
      return this.open(this.wanted);
    }
    await this.showTest();
  }

  // MARK: - The test

  /// Shows another of the run's saved models; resolves when its test is there, or a later call has come.
  async showSaved(saved, isPassing) {
    if (!this.hasPictures || this.server === null) return;
    this.saved = saved;
    await this.showTest(isPassing);
  }

  async showTest(isPassing = false) {
    const turn = this.turn = {};
    this.figure.setAttribute("aria-busy", "true");
    let test;
    try { test = await this.test(this.saved, turn); } catch (error) { this.fail(error); }
    if (this.turn !== turn) return;
    this.figure.removeAttribute("aria-busy");
    if (!test) return;
    this.facts.textContent = `${test.data}: ${(100 * test.accuracy).toFixed(2)} % of ${test.pictures.toLocaleString("en")} test pictures right`;
    this.drawMatrix(test);
    // While epochs pass by, the pictures stay: nobody could look at them.
    if (!isPassing) await this.open(this.wanted);
  }

  /// What the test of a saved model came to; null where another was asked for meanwhile.
  async test(saved, turn) {
    for (;;) {
      const known = this.tests.get(saved) ?? await this.server.json(`v1/data${this.query({}, "?")}`);
      if (this.turn !== turn) return null;
      if (known.finished) {
        this.tests.set(saved, known);
        return known;
      }
      this.facts.textContent = `${known.data}: ${known.tested.toLocaleString("en")} of ${known.pictures.toLocaleString("en")} test pictures classified`;
      await new Promise(resolve => setTimeout(resolve, 150));
      if (this.turn !== turn) return null;
    }
  }

  query(parameters, first = "&") {
    const all = new URLSearchParams(parameters);
    if (this.saved !== null) all.set("saved", this.saved);
    const text = all.toString();
    return text && first + text;
  }

  fail(error) { this.caption.textContent = `The pictures cannot be shown: ${error.message}`; }

  // MARK: - The matrix

  drawMatrix({ cells }) {
    const { classes } = this.model, count = classes.length;
    const isWhole = count <= GalleryView.mostClasses;
    document.getElementById("confusion").hidden = !isWhole;
    document.getElementById("confusions").hidden = isWhole;
    document.getElementById("confusion-caption").textContent = isWhole
      ? "Rows are classes, columns answers. Open a cell to see its pictures." : "What is most often taken for what.";
    if (!isWhole) return this.listConfusions(cells);
    const counts = classes.map(() => new Array(count).fill(0));
    for (const [label, answer, pictures] of cells) counts[label][answer] = pictures;
    this.cells ??= this.matrix(classes);
    for (let label = 0; label < count; label++) {
      const sum = counts[label].reduce((a, b) => a + b, 0);
      for (let answer = 0; answer < count; answer++) this.paintCell(this.cells[label][answer], counts[label][answer], sum, label, answer);
    }
  }

  /// The deeper, the larger the share of the class; mistakes are drawn deeper than their share, so that few are seen too.
  paintCell(cell, pictures, sum, label, answer) {
    const { classes } = this.model, share = sum > 0 ? pictures / sum : 0, isRight = label === answer;
    const depth = pictures === 0 ? 0 : isRight ? 0.15 + 0.85 * share : Math.min(1, 0.12 + Math.sqrt(share));
    const percent = Math.round(100 * depth);
    cell.style.background = pictures === 0 ? "var(--raised)" : `color-mix(in srgb, var(--${isRight ? "blue" : "red"}) ${percent}%, var(--paper))`;
    cell.style.color = depth > 0.55 ? "var(--paper)" : "var(--ink)";
    if (classes.length <= GalleryView.mostNumbered) cell.textContent = pictures === 0 ? "" : pictures;
    cell.setAttribute("aria-disabled", String(pictures === 0));
    cell.dataset.pictures = pictures;
    const name = `${classes[label]} ${isRight ? "recognised" : `taken for ${classes[answer]}`}: ${pictures.toLocaleString("en")} picture${pictures === 1 ? "" : "s"}`;
    cell.setAttribute("aria-label", name);
    cell.title = name;
  }

  matrix(classes) {
    const table = document.getElementById("confusion"), head = table.createTHead().insertRow(), body = table.createTBody();
    const isNumbered = classes.length <= GalleryView.mostNumbered, longest = Math.max(...classes.map(name => name.length));
    table.classList.toggle("small", !isNumbered);
    table.classList.toggle("turned", longest > 3);
    const heading = (name, scope) => {
      const cell = document.createElement("th"), text = document.createElement("span");
      cell.scope = scope;
      text.textContent = cell.title = name;
      cell.append(text);
      return cell;
    };
    head.append(document.createElement("td"), ...classes.map(name => heading(name, "col")));
    const cells = classes.map((name, label) => {
      const row = body.insertRow();
      row.append(heading(name, "row"));
      return classes.map((_, answer) => {
        const button = document.createElement("button");
        Object.assign(button, { type: "button", tabIndex: label === 0 && answer === 0 ? 0 : -1 });
        button.addEventListener("click", () => { if (button.dataset.pictures !== "0") this.open({ kind: "cell", class: label, answer }); });
        button.addEventListener("keydown", event => this.move(event, label, answer));
        row.insertCell().append(button);
        return button;
      });
    });
    return cells;
  }

  /// Arrows lead from cell to cell; one of them is in the page's order.
  move(event, label, answer) {
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const next = step && this.cells[label + step[0]]?.[answer + step[1]];
    if (!step) return;
    event.preventDefault();
    if (!next) return;
    this.cells[label][answer].tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  listConfusions(cells) {
    const { classes } = this.model, list = document.getElementById("confusions");
    const worst = cells.filter(([label, answer]) => label !== answer).sort((a, b) => b[2] - a[2]).slice(0, 20);
    list.replaceChildren(...worst.map(([label, answer, pictures]) => {
      const item = document.createElement("li"), button = document.createElement("button");
      button.type = "button";
      button.textContent = `${classes[label]} taken for ${classes[answer]}: ${pictures.toLocaleString("en")}`;
      button.addEventListener("click", () => this.open({ kind: "cell", class: label, answer }));
      item.append(button);
      return item;
    }));
  }

  // MARK: - The shelf

  /// `{ kind: "samples" | "mistakes" }`, or `{ kind: "cell", class, answer }`.
  async open(wanted) {
    this.wanted = wanted;
    for (const [kind, button] of Object.entries(this.kinds)) button.setAttribute("aria-pressed", String(kind === wanted.kind));
    for (const row of this.cells ?? []) for (const cell of row) cell.removeAttribute("aria-current");
    if (wanted.kind === "cell") this.cells?.[wanted.class][wanted.answer].setAttribute("aria-current", "true");
    const page = await this.page(0).catch(error => this.fail(error));
    if (!page || this.wanted !== wanted) return;
    this.shelf.replaceChildren(...page.pictures.map(picture => this.button(picture)));
    // As many columns as classes: each row has one picture of each.
    const { classes } = this.model;
    this.shelf.classList.toggle("rounds", this.server !== null && wanted.kind === "samples" && classes.length >= 5 && classes.length <= 12 && this.shape[2] <= 64);
    this.shelf.style.setProperty("--classes", classes.length);
    this.shelf.style.setProperty("--half", Math.ceil(classes.length / 2));
    this.showEnd(page);
  }

  async addMore() {
    const { wanted } = this, page = await this.page(this.next).catch(error => this.fail(error));
    if (!page || this.wanted !== wanted) return;
    this.shelf.append(...page.pictures.map(picture => this.button(picture)));
    this.showEnd(page);
  }

  async page(from) {
    const { wanted } = this, { classes } = this.model;
    if (this.server && this.model.offers.includes("data")) {
      // Whole rounds of the classes, where these are few.
      const count = wanted.kind === "samples" && classes.length <= 12 ? classes.length * Math.ceil(20 / classes.length) : 24;
      const path = `v1/data/pictures${this.query({ ...wanted, from, count }, "?")}`;
      // A server that has forgotten an epoch's test repeats it.
      for (;;) try { return await this.server.json(path); } catch (error) {
        if (error.status !== 503 || this.wanted !== wanted) throw error;
        await new Promise(resolve => setTimeout(resolve, 1000));
      }
    }
    // A page without a server has few, and the mistakes among them are a kind of their own.
    const pictures = this.model.samples.filter(sample => GalleryView.isMistake(sample) === (wanted.kind === "mistakes"));
    return { pictures, total: pictures.length, next: pictures.length };
  }

  static isMistake(picture) { return picture.class !== picture.answer; }

  showEnd({ pictures, total, next }) {
    this.next = next;
    this.more.hidden = next >= total;
    const { classes } = this.model, { wanted } = this, shown = Math.min(next, total).toLocaleString("en"), all = total.toLocaleString("en");
    const amount = shown === all ? all : `${shown} of ${all}`;
    this.caption.textContent = wanted.kind === "samples" ? `Choose a picture, and every layer shows what it makes of it.${pictures.some(GalleryView.isMistake) ? " Framed in red: taken for another class." : ""}`
      : wanted.kind === "mistakes" ? (total === 0 ? "There are no mistakes." : `${amount} mistakes, the worst first: class → answer.`)
      : wanted.class === wanted.answer ? `${amount} of class ${classes[wanted.class]} recognised, the most doubtful first.`
      : `${amount} of class ${classes[wanted.class]} taken for ${classes[wanted.answer]}, the worst first.`;
    // Where it stands in the caption already, it need not stand below each picture.
    this.shelf.classList.toggle("quiet-names", wanted.kind === "samples");
  }

  button(picture) {
    const button = document.createElement("button"), text = document.createElement("span");
    const isRight = !GalleryView.isMistake(picture), share = `${(100 * picture.probability).toFixed(picture.probability >= 0.9995 ? 0 : 1)} %`;
    const pixels = GalleryView.bytes(picture.pixels), canvas = GalleryView.canvas(pixels, this.shape);
    button.type = "button";
    button.className = "pick";
    button.classList.toggle("wrong", !isRight);
    const names = document.createElement("span"), sure = document.createElement("span");
    names.className = "names";
    names.textContent = isRight ? picture.class : `${picture.class} → ${picture.answer}`;
    sure.textContent = share;
    text.append(names, sure);
    button.title = isRight ? `${picture.class}, recognised with ${share}` : `${picture.class}, taken for ${picture.answer} with ${share}`;
    button.setAttribute("aria-label", button.title);
    button.append(canvas, text);
    button.addEventListener("click", () => this.take(pixels));
    return button;
  }

  static canvas(pixels, shape) {
    const canvas = document.createElement("canvas");
    Colours.picture(canvas, pixels, shape);
    // Small pictures are enlarged pixel by pixel, large ones are made smaller.
    canvas.style.imageRendering = shape[2] > 64 ? "auto" : "pixelated";
    return canvas;
  }

  static bytes(text) { return Uint8ClampedArray.from(atob(text), c => c.charCodeAt(0)); }
}
