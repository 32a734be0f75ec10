"""A browser without a window for tests: headless Chromium, driven over the WebDriver protocol (https://www.w3.org/TR/webdriver2/).

Needs Debian's `chromium` and `chromium-driver`, and nothing of Python's but the standard library.
"""

import base64
import contextlib
import json
import pathlib
import shutil
import struct
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zlib

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """A session of a browser without a window."""

    def __init__(self, width=1280, height=1000, dark=False):
        self.driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        port = None
        for line in self.driver.stdout:
            if "successfully on port" in line:
                port = int(line.rstrip(".\n").rsplit(" ", 1)[1])
                break
        if port is None:
            raise SystemExit("chromedriver does not start; is Debian's chromium-driver installed?")
        self.base = f"http://127.0.0.1:{port}"
        self.profile = tempfile.mkdtemp()
        arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", f"--user-data-dir={self.profile}",
                     f"--window-size={width},{height}", "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
        if dark:
            arguments.append("--force-dark-mode")
            arguments.append("--blink-settings=preferredColorScheme=0")
        options = {"args": arguments}
        capabilities = {"alwaysMatch": {
            "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}
        self.session = ""
        self.session = "/session/" + self.send("POST", "/session", {"capabilities": capabilities})["sessionId"]

    def send(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.base + self.session + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {json.load(error)['value']['message'].splitlines()[0]}") from None

    def open(self, address):
        self.send("POST", "/url", {"url": address})

    def run(self, script, *arguments):
        return self.send("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def element(self, selector):
        return self.send("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def text(self, selector):
        return self.send("GET", f"/element/{self.element(selector)}/text")

    def attribute(self, selector, name):
        return self.send("GET", f"/element/{self.element(selector)}/attribute/{name}")

    def click(self, selector):
        # Not below the bar that stays on top.
        self.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", selector)
        self.send("POST", f"/element/{self.element(selector)}/click", {})

    def type(self, selector, text):
        self.send("POST", f"/element/{self.element(selector)}/value", {"text": text})

    def press(self, key):
        self.send("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": [
            {"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]}]})

    def drag(self, selector, points):
        """Draws with the mouse through points of an element, each 0…1."""
        self.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", selector)
        box = self.run("const b = document.querySelector(arguments[0]).getBoundingClientRect(); return [b.left, b.top, b.width, b.height]", selector)
        places = [(round(box[0] + x * box[2]), round(box[1] + y * box[3])) for x, y in points]
        move = lambda place, duration: {"type": "pointerMove", "x": place[0], "y": place[1], "duration": duration, "origin": "viewport"}
        steps = [move(places[0], 0), {"type": "pointerDown", "button": 0}]
        steps += [move(place, 15) for place in places[1:]]
        steps.append({"type": "pointerUp", "button": 0})
        self.send("POST", "/actions", {"actions": [
            {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}]})

    def click_at(self, selector, x, y):
        self.drag(selector, [(x, y)])

    def wait(self, script, what, seconds=20):
        until = time.monotonic() + seconds
        while not (value := self.run(script)):
            if time.monotonic() > until:
                raise AssertionError(f"{what} did not happen in {seconds} s")
            time.sleep(0.05)
        return value

    def pixels(self, selector):
        """A canvas's bytes: red, green, blue, opacity. Read from a copy: of one that is read often the browser would warn."""
        return self.run("""
            const canvas = document.querySelector(arguments[0]), copy = document.createElement('canvas');
            copy.width = canvas.width;
            copy.height = canvas.height;
            const context = copy.getContext('2d', {willReadFrequently: true});
            context.drawImage(canvas, 0, 0);
            return [...context.getImageData(0, 0, copy.width, copy.height).data];""", selector)

    def prefer(self, feature, value):
        """What the system is said to prefer, such as `prefers-reduced-motion`."""
        self.send("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"features": [{"name": feature, "value": value}]}})

    def screenshot(self, path):
        pathlib.Path(path).write_bytes(base64.b64decode(self.send("GET", "/screenshot")))

    def console(self):
        """Errors and warnings that the page wrote since the last call."""
        entries = self.send("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]

    def requests(self):
        """Addresses that the page asked for since the last call."""
        messages = [json.loads(entry["message"])["message"] for entry in self.send("POST", "/se/log", {"type": "performance"})]
        return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]

    def close(self):
        with contextlib.suppress(Exception):
            self.send("DELETE", "")
        self.driver.terminate()
        self.driver.wait(10)
        shutil.rmtree(self.profile, ignore_errors=True)


def png(rows):
    """A grey PNG of rows of bytes."""
    height, width = len(rows), len(rows[0])
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    lines = b"".join(b"\0" + bytes(row) for row in rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def expect(isTrue, message):
    if not isTrue:
        raise AssertionError(message)
