"use strict";

// Every layer's maps, in network order. Each map is a canvas of its own size, enlarged by the page; all maps of a layer share one colour scale.
class LayersView {
  /// `onClick(layer, unit)` and `onMute()` are called; a unit is `{ channel, row, column, index }`. `onExcite(layer, channel)` is where there are
  /// training pictures to show, else null.
  constructor(container, model, { onClick, onMute, onExcite }) {
    this.container = container;
    this.model = model;
    this.onClick = onClick;
    this.onMute = onMute;
    this.onExcite = onExcite;
    this.layers = LayersView.shown(model);
    this.cards = this.layers.map(layer => this.card(layer));
    container.replaceChildren(...this.cards.map(card => card.element));
  }

  /// How many maps of a layer are shown before somebody asks for all.
  static most = 64;

  /// What stands for the kind of the picture itself, which no layer makes.
  static inputKind = "as the network sees it";

  /// The picture as the network sees it, and the layers that make something new of it.
  static shown(model) {
    const shown = [{ path: "input", kind: LayersView.inputKind, value: model.normalized }], values = new Set([model.normalized]);
    for (const layer of model.layers) {
      if (layer.isContainer || values.has(layer.value) || !model.values[layer.value].batched) continue;
      // A flattened picture is the same numbers again.
      if (model.nodes[model.producers[layer.value]].op === "reshape") continue;
      values.add(layer.value);
      shown.push(layer);
    }
    return shown.map(layer => ({ ...layer, shape: model.values[layer.value].shape, feeds: LayersView.feeds(model, layer.value, values) }));
  }

  /// The shown values that a value is computed from.
  static feeds(model, value, shown) {
    const found = new Set(), waiting = [value];
    while (waiting.length > 0) {
      const node = model.nodes[model.producers[waiting.pop()]];
      for (const input of node.inputs) {
        if (!model.values[input].batched) continue;
        if (shown.has(input)) found.add(input);
        else waiting.push(input);
      }
    }
    return [...found];
  }

  card(layer) {
    const element = document.createElement("article"), header = document.createElement("header"), maps = document.createElement("div");
    element.className = "layer";
    maps.className = "maps";
    const name = document.createElement("h3"), kind = document.createElement("span"), reading = document.createElement("span");
    name.textContent = layer.path;
    kind.className = reading.className = "quiet";
    kind.textContent = `${layer.kind}, ${layer.shape.join("×")}`;
    header.append(name, kind, reading);
    element.append(header, maps);
    const isPictures = layer.shape.length === 3 && layer.shape[1] * layer.shape[2] > 1;
    const filters = FiltersView.of(this.model, layer);
    if (filters) {
      // Of the first layer they are plain to read: they look at the picture itself.
      filters.element.open = !this.hasFilters;
      this.hasFilters = true;
      element.append(filters.element);
    }
    const card = { layer, element, maps, reading, tiles: [], isPictures, filters };
    const count = isPictures ? layer.shape[0] : 1;
    this.addTiles(card, Math.min(count, LayersView.most));
    if (count > LayersView.most) {
      const more = document.createElement("button");
      more.type = "button";
      more.className = "more";
      more.textContent = `Show all ${count} maps`;
      more.addEventListener("click", () => {
        more.remove();
        this.addTiles(card, count);
        if (this.results) this.drawCard(card);
      });
      element.append(more);
    }
    return card;
  }

  addTiles(card, count) {
    while (card.tiles.length < count) {
      const tile = this.tile(card, card.tiles.length);
      card.tiles.push(tile);
      card.maps.append(tile.figure);
    }
  }

  tile(card, channel) {
    const { layer } = card, figure = document.createElement("figure"), canvas = document.createElement("canvas");
    const [rows, columns] = card.isPictures ? layer.shape.slice(1) : LayersView.arrangement(Engine.size(layer.shape));
    const zoom = card.isPictures ? Math.max(1, Math.min(12, Math.round(88 / columns))) : 12;
    figure.className = "map frame";
    canvas.width = columns;
    canvas.height = rows;
    canvas.style.width = `${columns * zoom}px`;
    canvas.style.height = `${rows * zoom}px`;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", card.isPictures ? `${layer.path}, map ${channel}` : `${layer.path}, ${Engine.size(layer.shape)} units`);
    figure.append(canvas);
    const tile = { figure, canvas, channel, rows, columns, boxes: [] };
    this.listen(card, tile);
    // The picture itself stays on.
    if (card.isPictures && layer !== this.layers[0]) {
      const buttons = document.createElement("figcaption");
      buttons.append(this.muteButton(layer, channel));
      if (this.onExcite) buttons.append(this.exciteButton(layer, channel));
      figure.append(buttons);
    }
    return tile;
  }

  /// Rows and columns in which units without a place are shown.
  static arrangement(count) {
    const columns = count <= 12 ? count : Math.min(count, Math.max(12, Math.ceil(Math.sqrt(count * 4))));
    return [Math.ceil(count / columns), columns];
  }

  muteButton(layer, channel) {
    const button = document.createElement("button"), { muted } = this.model;
    button.type = "button";
    button.textContent = channel;
    button.title = "Switch this map off";
    button.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-label", `switch off map ${channel} of ${layer.path}`);
    button.addEventListener("click", () => {
      const channels = muted.get(layer.value) ?? new Set();
      const isOff = channels.delete(channel) ? false : Boolean(channels.add(channel));
      if (channels.size > 0) muted.set(layer.value, channels);
      else muted.delete(layer.value);
      button.setAttribute("aria-pressed", String(isOff));
      this.onMute();
    });
    return button;
  }

  exciteButton(layer, channel) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "excite";
    button.textContent = "top 9";
    button.title = "The training pictures that excite this map most";
    button.setAttribute("aria-label", `training pictures that excite map ${channel} of ${layer.path}`);
    button.addEventListener("click", () => this.onExcite(layer, channel));
    return button;
  }

  listen(card, tile) {
    const { canvas } = tile;
    const place = event => {
      const box = canvas.getBoundingClientRect();
      return {
        row: Math.min(tile.rows - 1, Math.max(0, Math.floor((event.clientY - box.top) / box.height * tile.rows))),
        column: Math.min(tile.columns - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * tile.columns))),
      };
    };
    canvas.addEventListener("pointermove", event => this.point(card, tile, place(event)));
    canvas.addEventListener("pointerleave", () => this.unpoint());
    canvas.addEventListener("blur", () => this.unpoint());
    canvas.addEventListener("click", event => this.open(card, tile, place(event)));
    let cursor = { row: 0, column: 0 };
    canvas.addEventListener("focus", () => { if (canvas.matches(":focus-visible")) this.point(card, tile, cursor); });
    canvas.addEventListener("keydown", event => {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (step) {
        cursor = { row: Math.min(tile.rows - 1, Math.max(0, cursor.row + step[0])), column: Math.min(tile.columns - 1, Math.max(0, cursor.column + step[1])) };
        this.point(card, tile, cursor);
      } else if (event.key === "Enter" || event.key === " ") this.open(card, tile, cursor);
      else return;
      event.preventDefault();
    });
  }

  unit(card, tile, { row, column }) {
    const count = Engine.size(card.layer.shape), plane = card.isPictures ? tile.rows * tile.columns : 1;
    const index = card.isPictures ? tile.channel * plane + row * tile.columns + column : row * tile.columns + column;
    if (index >= count) return null;
    return card.isPictures ? { channel: tile.channel, row, column, index } : { channel: index, row: 0, column: 0, index };
  }

  open(card, tile, place) {
    const unit = this.unit(card, tile, place);
    if (unit && this.results) this.onClick(card.layer, unit);
  }

  // MARK: - What a unit sees

  point(card, tile, place) {
    this.unpoint();
    const unit = this.unit(card, tile, place), { layer } = card;
    if (!unit || !this.results) return;
    const value = this.results[layer.value][unit.index];
    let text = card.isPictures ? `map ${unit.channel}, row ${unit.row}, column ${unit.column}: ${LayersView.number(value)}` : `unit ${unit.index}: ${LayersView.number(value)}`;
    this.frame(tile, { top: place.row, left: place.column, bottom: place.row + 1, right: place.column + 1 });
    if (card.isPictures) {
      for (const source of new Set([...layer.feeds, this.model.normalized])) {
        const from = this.cards.find(other => other.layer.value === source);
        if (!from?.isPictures || source === layer.value) continue;
        const box = this.model.receptiveField(layer.value, unit.row, unit.column, source);
        if (!box) continue;
        for (const each of from.tiles) this.frame(each, box);
        if (source === this.model.normalized) text += `; sees ${box.bottom - box.top}×${box.right - box.left} pixels of the picture`;
      }
    }
    card.reading.textContent = text;
    this.pointed = card;
  }

  unpoint() {
    if (this.pointed) this.pointed.reading.textContent = "";
    this.pointed = null;
    for (const box of this.boxes ?? []) box.remove();
    this.boxes = [];
  }

  frame(tile, { top, left, bottom, right }) {
    const box = document.createElement("div"), { canvas } = tile;
    const x = canvas.clientWidth / tile.columns, y = canvas.clientHeight / tile.rows;
    box.className = "box";
    Object.assign(box.style, {
      left: `${canvas.offsetLeft + left * x - 1}px`, top: `${canvas.offsetTop + top * y - 1}px`, width: `${Math.max(4, (right - left) * x + 2)}px`,
      height: `${Math.max(4, (bottom - top) * y + 2)}px`,
    });
    tile.figure.append(box);
    this.boxes.push(box);
  }

  // MARK: - Drawing

  draw(results) {
    this.results = results;
    for (const card of this.cards) this.drawCard(card);
  }

  /// The weights, or the colours, are others now.
  drawFilters() { for (const { filters } of this.cards) filters?.draw(); }

  drawCard({ layer, tiles, isPictures }) {
    const values = this.results[layer.value], largest = LayersView.magnitude(values);
    for (const tile of tiles) {
      const plane = tile.rows * tile.columns;
      Colours.signed(tile.canvas, values, tile.rows, tile.columns, largest, isPictures ? tile.channel * plane : 0);
    }
  }

  static magnitude(values) {
    let largest = 0;
    for (const value of values) if (Math.abs(value) > largest) largest = Math.abs(value);
    return largest;
  }

  /// Four digits that matter.
  static number(value) {
    if (!Number.isFinite(value)) return String(value);
    const magnitude = Math.abs(value);
    return magnitude === 0 ? "0" : magnitude >= 1e5 || magnitude < 1e-4 ? value.toExponential(3) : String(Number(value.toPrecision(4)));
  }
}
