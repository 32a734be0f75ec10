"""The look-inside page in a real browser; see driver.py for what it needs.

Draws digits with the mouse, opens and drops a picture, takes one with a camera, moves a slider, opens a sum, switches maps off. Where the page has pictures
of data, chooses among them; where it has the models of a training's epochs, goes through them.
"""

import argparse
import base64
import json
import pathlib
import sys
import tempfile
import time
import urllib.request

import gallery
from driver import Browser, expect, png

THREE = [(0.33, 0.24), (0.42, 0.18), (0.54, 0.17), (0.64, 0.23), (0.66, 0.33), (0.60, 0.42), (0.48, 0.47), (0.60, 0.52), (0.68, 0.61),
         (0.67, 0.73), (0.58, 0.82), (0.45, 0.84), (0.33, 0.78)]
SEVEN = [(0.30, 0.22), (0.45, 0.22), (0.60, 0.21), (0.70, 0.22), (0.64, 0.35), (0.56, 0.52), (0.49, 0.68), (0.44, 0.84)]
ONE_ROWS = [[255 if 13 <= x <= 15 and 5 <= y <= 22 else 0 for x in range(28)] for y in range(28)]


def answer(browser):
    return browser.attribute("#answer", "data-class")


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

    # A picture from the camera, which is the browser's own: a green one with something that moves.
    browser.click("#camera")
    browser.wait("const v = document.querySelector('#video'); return !v.hidden && v.videoWidth > 0 && v.currentTime > 0.1", "the camera's picture")
    browser.run("delete document.querySelector('#answer').dataset.class")
    browser.click("#video")
    browser.wait("return document.querySelector('#answer').dataset.class", "an answer to the camera's picture")
    expect(browser.run("return document.querySelector('#video').srcObject === null && document.querySelector('#video').hidden"), "the camera stays on")
    expect(len(set(browser.pixels("#paper"))) > 8, "the camera's picture is blank")
    expect(browser.run("return document.querySelector('#problem').hidden"), "the camera cannot be used")

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
    browser.run("document.querySelectorAll('#layers .layer:nth-child(2) .map [aria-pressed]').forEach(b => b.click())")
    browser.wait("return document.querySelector('#layers .map [aria-pressed]').getAttribute('aria-pressed') === 'true'", "a map's being off")
    time.sleep(0.2)
    expect(browser.text("#bars") != whole, "a layer without maps changes nothing")
    browser.run("document.querySelectorAll('#layers .layer:nth-child(2) .map [aria-pressed]').forEach(b => b.click())")
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
    browser.wait("return document.querySelector('#why-caption').textContent.includes('blue for 1')", "a word about the rival")
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
            gallery.look(browser, address, options.screenshots)
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
