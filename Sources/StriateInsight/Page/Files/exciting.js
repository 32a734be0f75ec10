"use strict";

// What a map looks for: the training pictures in which it is largest, each with a frame around what it sees there, and that part enlarged.
class ExcitingView {
  /// `saved()` is the number of the saved model on the page, or null; `take(pixels)` makes a picture the page's.
  constructor(model, server, { saved, take }) {
    this.model = model;
    this.server = server;
    this.saved = saved;
    this.take = take;
    this.dialog = document.getElementById("exciting");
    this.heading = this.dialog.querySelector("h2");
    this.caption = document.getElementById("exciting-caption");
    this.list = document.getElementById("exciting-pictures");
  }

  async show(layer, map) {
    const turn = this.turn = {}, isPictures = layer.shape.length === 3, saved = this.saved();
    this.heading.textContent = `What excites ${layer.path}, ${isPictures ? "map" : "unit"} ${map}`;
    this.caption.textContent = "Looking through the training pictures…";
    this.list.replaceChildren();
    delete this.dialog.dataset.map;
    if (!this.dialog.open) this.dialog.showModal();
    const query = new URLSearchParams({ layer: layer.path, map, ...(saved === null ? {} : { saved }) });
    let found;
    try { found = await this.server.json(`v1/data/exciting?${query}`); } catch (error) {
      if (this.turn === turn) this.caption.textContent = `They cannot be shown: ${error.message}`;
      return;
    }
    if (this.turn !== turn) return;
    const looked = found.looked.toLocaleString("en"), all = found.of.toLocaleString("en"), count = found.pictures.length;
    this.caption.textContent = found.pictures.length > 0 && found.pictures.every(({ value }) => value === found.pictures[0].value)
      ? `All of the ${looked} training pictures that were looked at excite it alike.`
      : `The ${count} training pictures, of ${found.looked === found.of ? all : `${looked} looked at (there are ${all})`}, in which it is largest`
        + (isPictures ? ", with the place where. Below: class and value." : ". Below: class and value.");
    this.list.replaceChildren(...found.pictures.map(picture => this.figure(layer, picture)));
    this.dialog.dataset.map = `${layer.path} ${map}`;
  }

  figure(layer, picture) {
    const { channels, rows, columns } = this.model.preprocessing, pixels = GalleryView.bytes(picture.pixels);
    const button = document.createElement("button"), frame = document.createElement("span"), text = document.createElement("span");
    const canvas = GalleryView.canvas(pixels, [channels, rows, columns]);
    frame.className = "frame";
    frame.append(canvas);
    button.type = "button";
    button.className = "pick";
    button.append(frame);
    const field = layer.shape.length === 3 ? this.model.receptiveField(layer.value, picture.row, picture.column) : null;
    if (field && (field.bottom - field.top) * (field.right - field.left) < rows * columns) {
      const box = document.createElement("span");
      box.className = "box";
      const percent = (part, whole) => `${100 * part / whole}%`;
      Object.assign(box.style, {
        left: percent(field.left, columns), top: percent(field.top, rows), width: percent(field.right - field.left, columns),
        height: percent(field.bottom - field.top, rows),
      });
      frame.append(box);
      button.append(ExcitingView.part(canvas, field));
    }
    text.textContent = `${picture.class} · ${LayersView.number(picture.value)}`;
    button.title = `${picture.class}: ${LayersView.number(picture.value)}`;
    button.setAttribute("aria-label", `class ${picture.class}, excites it with ${LayersView.number(picture.value)}: show this picture`);
    button.append(text);
    button.addEventListener("click", () => {
      // The sum that it was opened from is of another picture.
      for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
      this.take(pixels);
    });
    return button;
  }

  /// What the map sees, alone.
  static part(canvas, { top, left, bottom, right }) {
    const part = document.createElement("canvas");
    part.className = "part";
    part.width = right - left;
    part.height = bottom - top;
    part.getContext("2d").drawImage(canvas, left, top, part.width, part.height, 0, 0, part.width, part.height);
    return part;
  }
}
