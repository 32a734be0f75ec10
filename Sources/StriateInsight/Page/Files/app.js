"use strict";

// The look-inside page: a picture comes in, every layer shows what it makes of it. The model runs in the browser.
(async () => {
  const find = id => document.getElementById(id);

  function fail(message) {
    find("problem").textContent = message;
    find("problem").hidden = false;
  }

  /// The server that the page comes from; null where it is a file with the model in it.
  const server = find("model") ? null : {
    async json(path) { return (await Server.request(path)).json(); },
    async buffer(path) { return (await Server.request(path)).arrayBuffer(); },
  };

  /// The model from the page itself, where it was exported with it, or from the server.
  async function load() {
    if (server) return new Engine.Model(await server.json("v1/model/graph"), new Float32Array(await server.buffer("v1/model/weights")));
    const description = JSON.parse(find("model").textContent), bytes = Uint8Array.from(atob(find("weights").textContent), c => c.charCodeAt(0));
    return new Engine.Model(description, new Float32Array(bytes.buffer));
  }

  let model;
  try { model = await load(); } catch (error) { return fail(`The model cannot be shown: ${error.message}`); }
  const { preprocessing, classes } = model, { channels, rows, columns } = preprocessing;
  const shape = [channels, rows, columns];

  const grouped = number => number.toLocaleString("en");
  document.title = `${model.network} – Striate`;
  find("network").textContent = model.network;
  find("facts").textContent = [
    `${grouped(model.parameters)} parameters`, `${grouped(model.multiplyAdds)} multiply-adds`, `${channels}×${rows}×${columns} in`, `${classes.length} classes`, ...model.facts,
  ].join(" · ");

  // MARK: - The picture

  const paper = find("paper"), pen = new Pen(paper, () => {
    source = "pen";
    find("problem").hidden = true;
    refresh();
  });
  /// "pen", or a picture `{ pixels, shape }` of any size, which is fitted to the network unless it is so already (`isFitted`); null for nothing.
  let source = null;
  /// Pixels of the network's picture that are covered.
  let covered = null;

  function fitted(settings) {
    if (source === null) return null;
    if (source !== "pen") return source.isFitted ? source.pixels : Pictures.fit(source, preprocessing);
    pen.width = settings.stroke;
    const picture = pen.picture();
    return picture && Pictures.fit(picture, preprocessing);
  }

  /// The picture as the network sees it, in bytes.
  function pixels(settings) {
    let bytes = fitted(settings);
    if (!bytes) return null;
    if (Changes.sliders.some(({ name, rest }) => name !== "stroke" && settings[name] !== rest)) bytes = Pictures.changed(bytes, shape, settings);
    if (covered) {
      bytes = bytes.slice();
      const cover = Pictures.cover(preprocessing), plane = rows * columns;
      covered.forEach((is, k) => { if (is) for (let c = 0; c < channels; c++) bytes[c * plane + k] = cover[c]; });
    }
    return bytes;
  }

  const changes = new Changes(find("sliders"), find("curve-figure"), {
    onChange: () => refresh(),
    probabilities: settings => {
      const bytes = pixels(settings);
      return bytes && model.probabilities(model.run(bytes));
    },
  });
  /// A picture of the data is the very one that the network learns from or is tested with.
  const takeFitted = pixels => take({ pixels, shape, isFitted: true });
  const gallery = new GalleryView(model, server, takeFitted);
  const epochs = new Epochs(model, server, (saved, isPassing) => {
    layers.drawFilters();
    refresh();
    return gallery.showSaved(saved, isPassing);
  });
  const exciting = new ExcitingView(model, server, { saved: () => epochs.saved, take: takeFitted });
  const onExcite = server && model.offers.includes("training") ? (layer, channel) => exciting.show(layer, channel) : null;
  const sum = new SumView(find("sum"), model, { onExcite });
  const layers = new LayersView(find("layers"), model, {
    onClick: (layer, unit) => sum.show(layer, unit, results), onMute: () => refresh(), onExcite,
  });
  const why = new Why(model, () => refresh());
  let results = null;

  // MARK: - The answer

  const bars = classes.length <= 20 ? classes.map((_, k) => k) : null;
  const items = Array.from({ length: Math.min(classes.length, 20) }, () => {
    const item = document.createElement("li");
    item.innerHTML = '<span class="name"></span><span class="track"><span class="fill"></span></span><span class="share"></span>';
    find("bars").append(item);
    return item;
  });

  function answer(probabilities) {
    const order = classes.map((_, k) => k).sort((a, b) => probabilities[b] - probabilities[a] || a - b), best = order[0];
    // Few classes keep their places; of many the best are shown.
    (bars ?? order.slice(0, 20)).forEach((k, place) => {
      const item = items[place];
      item.classList.toggle("best", k === best);
      item.children[0].textContent = item.children[0].title = classes[k];
      item.querySelector(".fill").style.transform = `scaleX(${probabilities[k]})`;
      item.children[2].textContent = `${(100 * probabilities[k]).toFixed(1)} %`;
    });
    find("answer").textContent = `${classes[best]}, ${(100 * probabilities[best]).toFixed(1)} %`;
    find("answer").dataset.class = classes[best];
  }

  function refresh() {
    find("hint").hidden = source !== null;
    if (source === "pen") pen.width = changes.settings.stroke;
    changes.hasStrokes = source === "pen";
    // The paper is there at once; what the network makes of it when the browser next draws.
    if (source === "pen" && !covered) pen.show();
    if (refresh.isWaiting) return;
    refresh.isWaiting = true;
    requestAnimationFrame(() => {
      refresh.isWaiting = false;
      update();
    });
  }

  function update() {
    const bytes = pixels(changes.settings);
    if (!bytes) return;
    const start = performance.now();
    results = model.run(bytes);
    const probabilities = model.probabilities(results);
    answer(probabilities);
    layers.draw(results);
    document.body.dataset.milliseconds = (performance.now() - start).toFixed(1);
    if (source !== "pen" || covered || !changes.isAtRest) showPicture(bytes);
    why.draw(bytes, results, probabilities);
    changes.drawCurve(classes);
  }

  function showPicture(bytes) {
    const small = showPicture.canvas ??= document.createElement("canvas"), context = paper.getContext("2d");
    Colours.picture(small, bytes, shape);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, paper.width, paper.height);
  }

  // MARK: - Where pictures come from

  function clear() {
    pen.clear();
    source = covered = null;
    changes.reset();
    results = null;
    const context = paper.getContext("2d");
    context.fillStyle = "#000";
    context.fillRect(0, 0, paper.width, paper.height);
    find("hint").hidden = false;
    find("answer").textContent = "Draw something.";
    delete find("answer").dataset.class;
  }

  function take(picture) {
    pen.clear();
    covered = null;
    source = picture;
    find("problem").hidden = true;
    refresh();
  }

  async function open(file) {
    try {
      const bitmap = await createImageBitmap(file);
      take(Pictures.read(bitmap, bitmap.width, bitmap.height, `#${preprocessing.background ?? "ffffff"}`));
      bitmap.close();
    } catch { fail(`${file.name || "This file"} is not a picture that this browser can read.`); }
  }

  find("clear").addEventListener("click", clear);
  find("file").addEventListener("change", event => {
    if (event.target.files[0]) open(event.target.files[0]);
    event.target.value = "";
  });
  for (const name of ["dragenter", "dragover"]) document.addEventListener(name, event => { event.preventDefault(); find("pad").classList.add("over"); });
  for (const name of ["dragleave", "drop"]) document.addEventListener(name, event => { event.preventDefault(); find("pad").classList.remove("over"); });
  document.addEventListener("drop", event => { if (event.dataTransfer.files[0]) open(event.dataTransfer.files[0]); });
  document.addEventListener("paste", event => { if (event.clipboardData.files[0]) open(event.clipboardData.files[0]); });

  const video = find("video");
  find("camera").addEventListener("click", async () => {
    if (video.srcObject) return stopCamera();
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.hidden = false;
      find("camera").textContent = "Stop";
      await video.play();
    } catch { fail("No camera can be used here: the browser refuses, or there is none."); }
  });
  video.addEventListener("click", () => {
    take(Pictures.read(video, video.videoWidth, video.videoHeight, "#000"));
    stopCamera();
  });
  function stopCamera() {
    for (const track of video.srcObject?.getTracks() ?? []) track.stop();
    video.srcObject = null;
    video.hidden = true;
    find("camera").textContent = "Camera";
  }

  // MARK: - Covering

  const cover = find("cover");
  cover.addEventListener("click", () => {
    const isOn = cover.getAttribute("aria-pressed") !== "true";
    cover.setAttribute("aria-pressed", String(isOn));
    pen.isEnabled = !isOn;
    if (!isOn) covered = null;
    refresh();
  });
  const coverAt = event => {
    if (pen.isEnabled || source === null || event.buttons === 0) return;
    covered ??= new Uint8Array(rows * columns);
    const box = paper.getBoundingClientRect(), radius = Math.max(1, Math.min(rows, columns) / 12);
    const x = (event.clientX - box.left) / box.width * columns, y = (event.clientY - box.top) / box.height * rows;
    for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) if (Math.hypot(column + 0.5 - x, row + 0.5 - y) <= radius) covered[row * columns + column] = 1;
    refresh();
  };
  paper.addEventListener("pointerdown", coverAt);
  paper.addEventListener("pointermove", coverAt);

  // MARK: - The network as a table

  const table = find("graph"), head = table.createTHead().insertRow(), body = table.createTBody();
  ["layer", "kind", "output", "parameters", "multiply-adds", "ms here"].forEach((name, k) => {
    const cell = document.createElement("th");
    cell.textContent = name;
    if (k > 2) cell.className = "number";
    head.append(cell);
  });
  const timeCells = model.layers.map(layer => {
    const row = body.insertRow();
    const cells = [layer.path, layer.kind, model.values[layer.value].shape.join("×"), grouped(layer.parameters), grouped(layer.multiplyAdds), ""];
    cells.forEach((text, k) => Object.assign(row.insertCell(), { textContent: text, className: k > 2 ? "number" : "" }));
    return row.cells[5];
  });
  table.closest("details").addEventListener("toggle", event => {
    if (!event.target.open) return;
    const times = model.profile(new Uint8ClampedArray(channels * rows * columns).fill(128));
    model.layers.forEach((layer, k) => {
      const own = model.nodes.map((node, index) => node.path === layer.path || node.path.startsWith(`${layer.path}.`) ? times[index] : 0);
      timeCells[k].textContent = own.reduce((a, b) => a + b, 0).toFixed(2);
    });
  });

  const legend = find("legend");
  const drawLegend = () => Colours.signed(legend, Float32Array.from({ length: 128 }, (_, k) => k - 63.5), 1, 128, 63.5);
  drawLegend();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    drawLegend();
    layers.drawFilters();
    if (results) update();
  });
  clear();
  document.body.dataset.ready = "true";
  try { await Promise.all([epochs.load(), gallery.start()]); } catch (error) { fail(error.message); }
})();
