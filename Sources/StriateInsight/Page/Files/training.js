"use strict";

// The page of a training: what the server tells of it, as it goes on.
(() => {
  const find = id => document.getElementById(id), ended = new Set(["finished", "stopped early", "stopped", "failed"]);
  const grouped = number => Math.round(number).toLocaleString("en"), percent = share => `${(100 * share).toFixed(2)} %`;
  let judge = "test", state = "preparing", factor = 1;

  function fail(message) {
    find("problem").textContent = message;
    find("problem").hidden = message === "";
  }

  function duration(seconds) {
    if (!Number.isFinite(seconds)) return "–";
    if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
    const whole = Math.round(seconds), two = number => String(number).padStart(2, "0");
    if (whole < 60) return `${whole} s`;
    return whole < 3600 ? `${Math.floor(whole / 60)} min ${two(whole % 60)} s` : `${Math.floor(whole / 3600)} h ${two(Math.floor(whole % 3600 / 60))} min`;
  }

  function number(value) {
    return value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e5) ? value.toExponential(2) : String(Number(value.toPrecision(4)));
  }

  // MARK: - What is told

  const sections = {
    run(run) {
      judge = run.judge;
      document.title = `${run.network} on ${run.data} – Striate`;
      find("network").textContent = `${run.network} on ${run.data}`;
      find("facts").textContent = [run.folder, `${grouped(run.epochs)} epochs`, `schedule ${run.schedule}`].join(" · ");
      find("judged").textContent = `Accuracy in ${judge}`;
    },

    state(told) { show(told.state, told.rate_factor); },

    progress(now) {
      const share = ((now.epoch - 1) * now.image_count + now.images) / Math.max(1, now.epochs * now.image_count);
      find("bar").style.transform = `scaleX(${share})`;
      find("bar").setAttribute("aria-valuenow", (100 * share).toFixed(1));
      find("epoch").textContent = `${grouped(now.epoch)} of ${grouped(now.epochs)}`;
      find("loss").textContent = now.loss.toFixed(4);
      find("accuracy").textContent = percent(now.accuracy);
      find("speed").textContent = `${grouped(now.images_per_second)} images/s`;
      find("left").textContent = duration(now.seconds_left);
      find("rate").textContent = number(now.rate);
      const steps = now.losses.map((_, k) => (k + 1) * now.steps_of_point);
      Lines.draw(find("steps"), [{ word: "", style: "second", xs: steps, ys: now.losses }], { format: (value, places) => value.toFixed(places), word: "steps since this process began", fromZero: true });
      find("steps-caption").textContent = (now.steps_of_point === 1 ? "Each step." : `Means of ${now.steps_of_point} steps.`)
        + (now.data_wait > 0.1 ? ` Training waits ${(100 * now.data_wait).toFixed(0)} % of its time for pictures.` : "");
    },

    epochs(epochs) {
      if (epochs.length === 0) return;
      const xs = epochs.map(epoch => epoch.epoch), last = epochs.at(-1);
      const lines = (train, judged) => [
        { word: "training", style: "first", xs, ys: epochs.map(epoch => epoch[train]) }, { word: judge, style: "second", xs, ys: epochs.map(epoch => epoch[judged] ?? NaN) },
      ];
      Lines.draw(find("losses"), lines("train_loss", "val_loss"), { format: (value, places) => value.toFixed(places), word: "epoch", fromZero: true });
      Lines.draw(find("accuracies"), lines("train_accuracy", "val_accuracy"), { format: (value, places) => `${(100 * value).toFixed(Math.max(0, places - 2))} %`, word: "epoch", most: 1 });
      find("losses-caption").textContent = `The last epoch took ${duration(last.seconds)}.`;
      const judged = epochs.filter(epoch => epoch.val_accuracy !== undefined);
      if (judged.length === 0) return void (find("accuracies-caption").textContent = "");
      const best = judged.reduce((a, b) => b.val_accuracy > a.val_accuracy ? b : a);
      find("judged-accuracy").textContent = percent(judged.at(-1).val_accuracy);
      find("accuracies-caption").textContent = `Best in ${judge}: ${percent(best.val_accuracy)} after epoch ${best.epoch}.`;
    },

    filters({ name, shape, png, width, height }) {
      const image = find("filters");
      image.src = `data:image/png;base64,${png}`;
      [image.width, image.height, image.hidden] = [width, height, false];
      image.alt = `the kernels of ${name}`;
      find("filters-caption").textContent = `${name}, ${shape.join("×")}`;
    },

    mistakes({ epoch, mistakes }) {
      find("mistakes-caption").textContent = mistakes.length === 0 ? `None in ${judge} after epoch ${epoch}.` : `In ${judge} after epoch ${epoch}: what it is, and what it was taken for.`;
      find("mistakes").replaceChildren(...mistakes.map(mistake => {
        const item = document.createElement("li"), image = document.createElement("img"), right = document.createElement("b"), wrong = document.createElement("span");
        image.src = `data:image/png;base64,${mistake.png}`;
        image.alt = "";
        right.textContent = mistake.class;
        wrong.textContent = `→ ${mistake.answer}, ${(100 * mistake.probability).toFixed(1)} %`;
        item.append(image, right, wrong);
        return item;
      }));
    },
  };

  function show(now, rateFactor) {
    state = now;
    find("state").textContent = now === "gone" ? "not reached" : now;
    find("state").dataset.state = now;
    const isOpen = now === "training" || now === "paused";
    for (const id of ["pause", "stop", "factor", "set-rate", "halve", "double"]) find(id).disabled = !isOpen;
    find("pause").textContent = now === "paused" ? "Go on" : "Pause";
    find("pause").setAttribute("aria-pressed", String(now === "paused"));
    if (rateFactor !== undefined && rateFactor !== factor) {
      factor = rateFactor;
      find("factor").value = String(Number(rateFactor.toPrecision(6)));
    }
    document.body.dataset.state = now;
  }

  // MARK: - What is asked

  async function ask(what, body) {
    const options = { method: "POST" };
    if (body) Object.assign(options, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    try {
      const told = await (await Server.request(`v1/training/${what}`, options)).json();
      fail("");
      show(told.state, told.rate_factor);
    } catch (error) { fail(`The training was not told: ${error.message}`); }
  }

  find("pause").addEventListener("click", () => ask(state === "paused" ? "resume" : "pause"));
  find("stop").addEventListener("click", () => ask("stop"));
  find("rate-form").addEventListener("submit", event => {
    event.preventDefault();
    ask("rate", { factor: Number(find("factor").value) });
  });
  find("halve").addEventListener("click", () => ask("rate", { factor: factor / 2 }));
  find("double").addEventListener("click", () => ask("rate", { factor: factor * 2 }));

  // MARK: - Listening

  /// Until the training has ended; where the server cannot be reached, again and again.
  async function listen() {
    for (;;) {
      try {
        await Server.events("v1/training/events", (name, data) => {
          fail("");
          sections[name]?.(data);
        });
      } catch { /* What follows says it. */ }
      if (ended.has(state)) return;
      show("gone");
      fail("The training cannot be reached: it was ended, or the connection is lost. What it saved is in its run folder.");
      await new Promise(resolve => setTimeout(resolve, 2000));
    }
  }

  show(state);
  document.body.dataset.ready = "true";
  listen();
})();
