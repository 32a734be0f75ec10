"use strict";

// How a page talks to the server that it came from.
const Server = (() => {
  /// Waits for the word that this server asks for.
  function askForToken() {
    return new Promise(resolve => {
      const dialog = document.getElementById("access");
      dialog.showModal();
      dialog.addEventListener("close", () => {
        sessionStorage.setItem("token", document.getElementById("token").value);
        resolve();
      }, { once: true });
    });
  }

  /// An answer that is no refusal. `options` are fetch's.
  async function request(path, options = {}) {
    const token = sessionStorage.getItem("token");
    const response = await fetch(path, token ? { ...options, headers: { ...options.headers, Authorization: `Bearer ${token}` } } : options);
    if (response.ok) return response;
    if (response.status === 401) {
      await askForToken();
      return request(path, options);
    }
    const message = (await response.json().catch(() => null))?.error?.message;
    throw Object.assign(new Error(message ?? `${path}: ${response.status}`), { status: response.status });
  }

  /// Reads server-sent events until they end, and calls `on(name, data)` with what each holds. Unlike an EventSource it can show a token.
  async function events(path, on) {
    const reader = (await request(path)).body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const fields = Object.fromEntries(text.slice(0, end).split("\n").map(line => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]));
        text = text.slice(end + 2);
        if (fields.data !== undefined) on(fields.event, JSON.parse(fields.data));
      }
    }
  }

  return { request, events };
})();
