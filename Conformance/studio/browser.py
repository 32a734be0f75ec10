"""The look-inside page in a real browser: headless Chromium, driven over the WebDriver protocol (https://www.w3.org/TR/webdriver2/).

Draws digits with the mouse, opens and drops a picture, moves a slider, opens a sum, switches maps off. Needs Debian's `chromium` and
`chromium-driver`, and nothing of Python's but the standard library.
"""

import argparse
import base64
import contextlib
import json
import pathlib
import shutil
import struct
import subprocess
import sys
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


THREE = [(0.33, 0.24), (0.42, 0.18), (0.54, 0.17), (0.64, 0.23), (0.66, 0.33), (0.60, 0.42), (0.48, 0.47), (0.60, 0.52), (0.68, 0.61),
         (0.67, 0.73), (0.58, 0.82), (0.45, 0.84), (0.33, 0.78)]
SEVEN = [(0.30, 0.22), (0.45, 0.22), (0.60, 0.21), (0.70, 0.22), (0.64, 0.35), (0.56, 0.52), (0.49, 0.68), (0.44, 0.84)]
ONE_ROWS = [[255 if 13 <= x <= 15 and 5 <= y <= 22 else 0 for x in range(28)] for y in range(28)]


def answer(browser):
    return browser.attribute("#answer", "data-class")


def expect(isTrue, message):
    if not isTrue:
        raise AssertionError(message)


def draw(browser, points, digit):
    browser.click("#clear")
    browser.drag("#paper", points)
    browser.wait("return document.querySelector('#answer').dataset.class", "an answer")
    time.sleep(0.2)
    expect(answer(browser) == digit, f"a drawn {digit} was read as {browser.text('#answer')}")


def look_inside(browser, folder):
    """Every fact about the page, on a model that reads digits."""
    browser.wait("return document.body.dataset.ready", "the page's start")

    draw(browser, THREE, "3")
    if folder:
        browser.screenshot(folder / "look-inside.png")
    draw(browser, SEVEN, "7")
    milliseconds = float(browser.run("return document.body.dataset.milliseconds"))
    print(f"a stroke redraws every layer in {milliseconds} ms")
    maps = browser.run("return document.querySelectorAll('#layers canvas').length")
    expect(maps > 20, f"only {maps} maps are shown")

    # A picture from a file, and one that is dropped.
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "one.png"
        path.write_bytes(png(ONE_ROWS))
        browser.type("#file", str(path))
        browser.wait("return document.querySelector('#answer').dataset.class === '1'", "the opened 1 being read")
    draw(browser, SEVEN, "7")
    browser.run("""
        const bytes = Uint8Array.from(atob(arguments[0]), c => c.charCodeAt(0)), transfer = new DataTransfer();
        transfer.items.add(new File([bytes], 'one.png', {type: 'image/png'}));
        document.querySelector('#paper').dispatchEvent(new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: transfer}));
        """, base64.b64encode(png(ONE_ROWS)).decode())
    browser.wait("return document.querySelector('#answer').dataset.class === '1'", "the dropped 1 being read")
    browser.run("""
        const transfer = new DataTransfer();
        transfer.items.add(new File(['not a picture'], 'broken.png', {type: 'image/png'}));
        document.querySelector('#paper').dispatchEvent(new DragEvent('drop', {bubbles: true, cancelable: true, dataTransfer: transfer}));
        """)
    browser.wait("return !document.querySelector('#problem').hidden", "a word about a broken picture")
    expect("broken.png" in browser.text("#problem"), "the broken picture is not named")

    # A slider changes the answer's probability and draws a curve.
    draw(browser, SEVEN, "7")
    before = browser.text("#answer")
    browser.run("const s = document.querySelector('#change-rotation'); s.value = 90; s.dispatchEvent(new Event('input', {bubbles: true}))")
    browser.wait("return !document.querySelector('#curve-figure').hidden", "the curve")
    expect(browser.text("#answer") != before, "turning the picture changed nothing")
    if folder:
        browser.screenshot(folder / "look-inside-slider.png")
    draw(browser, SEVEN, "7")

    # A sum is the activation that it explains: in the first layers and in the last.
    names = browser.run("return [...document.querySelectorAll('#layers .layer h3')].map(h => h.textContent)")
    checked = 0
    for index, name in enumerate(names[1:], 1):
        selector = f"#layers .layer:nth-child({index + 1}) canvas"
        browser.click_at(selector, 0.55, 0.55)
        browser.wait("return document.querySelector('#sum').open", f"the sum of {name}")
        total, activation = browser.run("const d = document.querySelector('#sum').dataset; return [d.sum ?? null, d.activation]")
        if total is not None:
            expect(abs(float(total) - float(activation)) <= 1e-4 * max(1, abs(float(total))), f"{name}: the sum {total} is not {activation}")
            checked += 1
        if folder and index == 1:
            browser.screenshot(folder / "look-inside-sum.png")
        browser.click("#sum .close")
    expect(checked >= 4, f"only {checked} of {len(names)} layers show a sum")

    # Receptive fields, by the keyboard too.
    browser.run("document.querySelector('#layers .layer:nth-child(4) canvas').focus()")
    browser.press("\ue014")
    expect(browser.run("return document.querySelectorAll('.box').length") >= 2, "the keyboard shows no receptive field")

    # Maps switched off change the answer's probabilities, and come back.
    whole = browser.text("#bars")
    browser.run("document.querySelectorAll('#layers .layer:nth-child(2) .map button').forEach(b => b.click())")
    browser.wait("return document.querySelector('#layers .map button').getAttribute('aria-pressed') === 'true'", "a map's being off")
    time.sleep(0.2)
    expect(browser.text("#bars") != whole, "a layer without maps changes nothing")
    browser.run("document.querySelectorAll('#layers .layer:nth-child(2) .map button').forEach(b => b.click())")
    time.sleep(0.2)
    expect(browser.text("#bars") == whole, "maps that were switched on again do not give the same answer")

    # The network as a table, with the time that each layer takes in this browser.
    browser.run("document.querySelector('.graph').open = true")
    browser.wait("return [...document.querySelectorAll('#graph tbody tr')].every(row => row.cells[5].textContent !== '')", "the layers' times")
    macs = browser.run("return [...document.querySelectorAll('#graph tbody tr')].map(row => row.cells[4].textContent)")
    expect("117,600" in macs, f"conv1's multiply-adds are missing: {macs}")
    browser.run("document.querySelector('.graph').open = false")

    # Why: a class, a rival, both methods.
    browser.run("const s = document.querySelector('#why-rival'); s.value = 1; s.dispatchEvent(new Event('change'))")
    expect("blue for 1" in browser.text("#why-caption"), "no word about the rival")
    browser.run("const s = document.querySelector('#why-method'); s.value = 'occlusion'; s.dispatchEvent(new Event('change'))")
    browser.wait("return document.querySelector('#why-caption').textContent.includes('covered')", "the occlusion map")


def agree(browser, address):
    """The page and the server give the same answer, for a picture that has to be resized too."""
    blurred = [[min(255, max(0, 380 - 9 * abs(2 * x - 44) - 3 * abs(y - 30))) for x in range(45)] for y in range(61)]
    for rows in (ONE_ROWS, blurred):
        picture = png(rows)
        request = urllib.request.Request(address + "v1/predict?top=10", picture, {"Content-Type": "image/png"})
        with urllib.request.urlopen(request, timeout=30) as reply:
            served = {p["class"]: 100 * p["probability"] for p in json.load(reply)["images"][0]["predictions"]}
        browser.click("#clear")
        with tempfile.TemporaryDirectory() as scratch:
            path = pathlib.Path(scratch) / "picture.png"
            path.write_bytes(picture)
            browser.type("#file", str(path))
            browser.wait("return document.querySelector('#answer').dataset.class", "an answer")
            time.sleep(0.2)
        shown = browser.run("return [...document.querySelectorAll('#bars li')].map(li => [li.children[0].textContent, parseFloat(li.children[2].textContent)])")
        for name, share in shown:
            expect(abs(share - served[name]) < 0.35, f"the page says {share} % of {name}, the server {served[name]:.2f} %")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("addresses", nargs="+", help="the page: http://127.0.0.1:PORT/ or file:///…/model.html")
    parser.add_argument("--screenshots", type=pathlib.Path, help="a folder for pictures of the page")
    options = parser.parse_args()
    if options.screenshots:
        options.screenshots.mkdir(parents=True, exist_ok=True)
    for address in options.addresses:
        browser = Browser()
        try:
            # The browser's own first page asks for much.
            browser.open("about:blank")
            browser.requests()
            browser.open(address)
            look_inside(browser, options.screenshots)
            if address.startswith("http"):
                agree(browser, address)
            problems = browser.console()
            expect(not problems, f"the console says: {problems}")
            own = address.split("/", 3)[:3]
            strangers = [url for url in browser.requests() if url.split("/", 3)[:3] != own and not url.startswith(("data:", "blob:"))]
            expect(not strangers, f"the page asked for {strangers}")
            print(f"{address}: passed")
        finally:
            browser.close()


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"failed: {error}")
