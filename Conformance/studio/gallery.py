"""Pictures of the data on the look-inside page, the training pictures that excite a map, and the epochs of a training."""

import base64
import json
import time
import urllib.request

from driver import expect


def fetch(address, path):
    with urllib.request.urlopen(address + path, timeout=30) as reply:
        return json.load(reply)


def shown(browser):
    return browser.run("return document.querySelector('#answer').textContent")


def choose(browser, selector):
    """Makes a picture the page's, and checks that the page answers what stands below the picture."""
    browser.run("delete document.querySelector('#answer').dataset.class")
    title = browser.attribute(selector, "title")
    browser.click(selector)
    answer = browser.wait("return document.querySelector('#answer').dataset.class", "an answer to a picture of the data")
    if "recognised" in title:
        name, share = title.split(", recognised with ")
    else:
        name, share = title.split(", taken for ")[1].split(" with ")
    expect(answer == name, f"the page says {answer} where the server's test says: {title}")
    probability = float(shown(browser).rsplit(", ", 1)[1].rstrip(" %"))
    expect(abs(probability - float(share.rstrip(" %"))) < 0.35, f"the page says {probability} % where the server's test says: {title}")
    return answer


def look(browser, address, folder):
    if browser.run("return document.querySelector('#data').hidden"):
        return
    browser.wait("return document.querySelectorAll('#shelf .pick').length > 0", "pictures of the data")
    for place in (1, 5, 9):
        choose(browser, f"#shelf .pick:nth-child({place})")
    browser.click("#pick-mistakes")
    browser.wait("return document.querySelectorAll('#shelf .pick.wrong').length === document.querySelectorAll('#shelf .pick').length", "the mistakes")
    expect(browser.run("return document.querySelectorAll('#shelf .pick').length") > 0, "there is no mistake to look at")
    for place in (1, 2):
        choose(browser, f"#shelf .pick:nth-child({place})")
    if address.startswith("http"):
        matrix(browser, address, folder)
        exact(browser, address)
        exciting(browser, folder)
        epochs(browser, address, folder)


def matrix(browser, address, folder):
    """The heat table has the server's numbers; its cells open their pictures, by mouse and by keyboard."""
    cells = {(label, answer): count for label, answer, count in fetch(address, "v1/data")["cells"]}
    numbers = browser.run("return [...document.querySelectorAll('#confusion tbody tr')].map(row => [...row.querySelectorAll('button')].map(b => Number(b.dataset.pictures)))")
    for label, row in enumerate(numbers):
        for answer, count in enumerate(row):
            expect(count == cells.get((label, answer), 0), f"the cell of {label} and {answer} says {count}")
    label, answer = max((key for key in cells if key[0] != key[1]), key=cells.get)
    browser.click(f"#confusion tbody tr:nth-child({label + 1}) td:nth-child({answer + 2}) button")
    count = min(24, cells[label, answer])
    browser.wait(f"return document.querySelectorAll('#shelf .pick').length === {count} && document.querySelector('#shelf-caption').textContent.includes('taken for')", "a cell's pictures")
    titles = browser.run("return [...document.querySelectorAll('#shelf .pick')].map(b => b.title)")
    expect(all(title.startswith(f"{label}, taken for {answer} ") for title in titles), f"the cell's pictures are {titles}")
    choose(browser, "#shelf .pick")
    if folder:
        browser.run("window.scrollTo(0, 0)")
        browser.screenshot(folder / "look-inside-data.png")
    # Two cells along the diagonal by the keyboard: right, down, Enter.
    browser.run("document.querySelector('#confusion tbody button').focus()")
    for key in ("\ue014", "\ue015", "\ue007"):
        browser.press(key)
    browser.wait("return document.querySelector('#shelf-caption').textContent.includes('of class 1 recognised')", "a cell that was opened with the keyboard")
    expect(browser.run("return document.querySelector('[aria-current]').dataset.pictures") == str(cells[1, 1]), "another cell is marked")


def exact(browser, address):
    """The first layer gets the very bytes that the server has tested the model with."""
    browser.click("#pick-samples")
    browser.wait("return document.querySelectorAll('#shelf .pick').length > 9 && document.querySelector('#shelf-caption').textContent.startsWith('Choose')", "samples")
    sample = fetch(address, "v1/data/pictures?kind=samples&count=3")
    pixels, columns = base64.b64decode(sample["pictures"][2]["pixels"]), sample["shape"][2]
    browser.click("#shelf .pick:nth-child(3)")
    time.sleep(0.3)
    side = browser.run("return document.querySelector('#paper').width")
    paper = browser.pixels("#paper")
    wrong = 0
    for y in range(columns):
        for x in range(columns):
            at = (round((y + 0.5) * side / columns) * side + round((x + 0.5) * side / columns)) * 4
            wrong += paper[at] != pixels[y * columns + x]
    expect(wrong == 0, f"{wrong} of {columns * columns} pixels are not the test's")


def exciting(browser, folder):
    """The training pictures of a map, and of a unit by way of its sum."""
    browser.click("#layers .layer:nth-child(4) .map:nth-child(2) .excite")
    browser.wait("return document.querySelector('#exciting').dataset.map", "the pictures that excite a map", seconds=60)
    values = browser.run("return [...document.querySelectorAll('#exciting .pick > span:last-child')].map(s => parseFloat(s.textContent.split('· ')[1]))")
    expect(len(values) == 9 and values == sorted(values, reverse=True), f"the nine are {values}")
    if folder:
        browser.screenshot(folder / "look-inside-exciting.png")
    # The page computes the same number for that picture, at that place and nowhere a larger one.
    heading = browser.text("#exciting-heading")
    browser.run("delete document.querySelector('#answer').dataset.class")
    browser.click("#exciting .pick")
    browser.wait("return document.querySelector('#answer').dataset.class && !document.querySelector('#exciting').open", "the picture on the page")
    time.sleep(0.2)
    expect("map 1" in heading, f"the heading is {heading}")
    browser.run("document.querySelector('#layers .layer:last-child').scrollIntoView()")
    browser.click_at("#layers .layer:last-child canvas", 0.35, 0.5)
    browser.wait("return document.querySelector('#sum').open", "the sum of a unit")
    browser.click("#sum .excite")
    browser.wait("return document.querySelectorAll('#exciting .pick').length === 9", "the pictures that excite a unit", seconds=60)
    browser.click("#exciting .close")
    browser.click("#sum .close")


def epochs(browser, address, folder):
    """Another epoch's weights change filters, maps, answer and matrix; the served one's bring all of it back."""
    saved = fetch(address, "v1/saved")
    count, served = len(saved["models"]), saved["served"]
    expect(count >= 3 and not browser.run("return document.querySelector('#epochs').hidden"), f"{count} saved models are too few to go through")
    browser.run("document.querySelector('.filters').open = true")
    def state():
        shares = browser.run("return [...document.querySelectorAll('#bars .fill')].map(fill => fill.style.transform)")
        cells = browser.run("return [...document.querySelectorAll('#confusion button')].map(button => Number(button.dataset.pictures))")
        return shares, browser.pixels(".filters canvas"), browser.pixels("#layers .layer:nth-child(2) canvas"), cells
    def go(place):
        browser.run("const s = document.querySelector('#epoch'); s.value = arguments[0]; s.dispatchEvent(new Event('input', {bubbles: true}))", place)
        epoch = saved["models"][place]["epoch"]
        browser.wait(f"return document.querySelector('#epochs').dataset.epoch === '{epoch}' && !document.querySelector('#confusion-figure').hasAttribute('aria-busy')", f"epoch {epoch}")
        time.sleep(0.3)
    before = state()
    other = 0 if served != 0 else 1
    go(other)
    for name, old, new in zip(("answer", "filters", "maps", "matrix"), before, state()):
        expect(old != new, f"another epoch's weights do not change the {name}")
    cells = {(label, answer): pictures for label, answer, pictures in fetch(address, f"v1/data?saved={other}")["cells"]}
    expect(state()[3] == [cells.get((label, answer), 0) for label in range(10) for answer in range(10)], "the matrix is another epoch's")
    go(served)
    expect(state() == before, "the served model's weights do not bring its answer back")
    # Played from the first to the last.
    go(count - 1)
    browser.click("#epoch-play")
    browser.wait(f"return document.querySelector('#epoch').value === '{count - 1}' && document.querySelector('#epoch-play').textContent === 'Play'", "the end of the epochs", seconds=60)
    if folder:
        browser.run("window.scrollTo(0, 0)")
        browser.screenshot(folder / "look-inside-epochs.png")
    # Where motion is not wanted, one epoch for each press.
    browser.prefer("prefers-reduced-motion", "reduce")
    browser.click("#epoch-play")
    browser.wait("return document.querySelector('#epoch').value === '0'", "the first epoch")
    time.sleep(1.2)
    expect(browser.run("return document.querySelector('#epoch').value") == "0", "epochs are played although less motion is preferred")
    browser.prefer("prefers-reduced-motion", "")
    go(served)
