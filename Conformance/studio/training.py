"""The page of a training in a real browser: watches a run, pauses it, changes its rate, stops it, and outlives or survives what is killed.

Starts the runs itself. Needs what browser.py needs.
"""

import argparse
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from driver import Browser, expect


class Training:
    """A run with its page."""

    def __init__(self, striate, folder):
        self.folder = pathlib.Path(folder)
        self.process = subprocess.Popen(
            [striate, "train", "lenet5", "--data", "digits", "--activation", "relu", "--limit", "6000", "--epochs", "100000", "--rate", "0.02", "--schedule", "cosine",
             "--run", str(self.folder), "--quiet", "--studio", "--port", "0"], stderr=subprocess.PIPE, text=True)
        self.address = self.process.stderr.readline().split()[-1]

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(30)
        self.process.stderr.close()


def figure(browser, name):
    return browser.text(f"#{name}")


def epoch(browser):
    first = figure(browser, "epoch").split()[0].replace(",", "")
    return int(first) if first.isdigit() else 0


def wait_for_epoch(browser, number):
    browser.wait(f"return parseInt(document.querySelector('#epoch').textContent.replaceAll(',', '')) >= {number}", f"epoch {number}", 60)


def watch(browser, training, screenshots):
    """Every fact about the page while a run goes on, up to its end."""
    browser.open("about:blank")
    browser.requests()
    browser.open(training.address)
    wait_for_epoch(browser, 3)
    expect(figure(browser, "state") == "training", f"the run is {figure(browser, 'state')}")
    expect("lenet5 on digits" in figure(browser, "network"), "the run is not named")
    expect(figure(browser, "speed").endswith("images/s"), "no speed is shown")
    browser.wait("return ['steps', 'losses', 'accuracies'].every(id => document.querySelector(`#${id} polyline`))", "lines in all three curves")
    browser.wait("const i = document.querySelector('#filters'); return i.complete && i.naturalWidth > 0", "a picture of the filters")
    browser.wait("return [...document.querySelectorAll('#mistakes img')].every(i => i.complete && i.naturalWidth > 0)", "pictures of the mistakes")
    first = browser.run("return document.querySelector('#steps polyline').getAttribute('points')")
    browser.wait(f"return document.querySelector('#steps polyline').getAttribute('points') !== '{first}'", "a curve that grows")
    if screenshots:
        time.sleep(3)
        browser.screenshot(screenshots / "training.png")

    browser.click("#pause")
    browser.wait("return document.body.dataset.state === 'paused'", "the pause")
    time.sleep(0.5)
    before = figure(browser, "loss"), epoch(browser)
    time.sleep(1)
    expect((figure(browser, "loss"), epoch(browser)) == before, "the run goes on while it is paused")
    browser.click("#pause")
    browser.wait("return document.body.dataset.state === 'training'", "the run going on")
    wait_for_epoch(browser, before[1] + 1)

    rate = float(figure(browser, "rate"))
    browser.click("#halve")
    browser.wait(f"return Math.abs(parseFloat(document.querySelector('#rate').textContent) / {rate} - 0.5) < 0.1", "half the rate")
    browser.run("document.querySelector('#factor').value = ''")
    browser.type("#factor", "3")
    browser.click("#set-rate")
    browser.wait(f"return Math.abs(parseFloat(document.querySelector('#rate').textContent) / {rate} - 3) < 0.3", "three times the rate")

    # A tab that is closed and opened again finds everything there.
    browser.open("about:blank")
    browser.open(training.address)
    browser.wait("return document.querySelector('#steps polyline') && document.querySelector('#losses polyline') && document.querySelector('#filters').naturalWidth > 0", "everything again")
    browser.wait("return document.querySelector('#factor').value === '3'", "the rate's factor again")

    browser.click("#stop")
    browser.wait("return document.body.dataset.state === 'stopped'", "the end")
    expect(training.process.wait(30) == 0, "a run that was stopped on its page fails")
    expect((training.folder / "last.safetensors").exists(), "nothing was saved")
    expect(browser.run("return document.querySelector('#stop').disabled"), "a run that has ended can be stopped")
    problems = browser.console()
    expect(not problems, f"the console says: {problems}")
    strangers = [url for url in browser.requests() if not url.startswith((training.address, "data:", "blob:", "about:"))]
    expect(not strangers, f"the page asked for {strangers}")


def survive(striate, scratch):
    """What is killed takes nothing else with it."""
    training = Training(striate, f"{scratch}/killed")
    browser = Browser()
    try:
        browser.open(training.address)
        wait_for_epoch(browser, 2)
        other = Browser()
        other.open(training.address)
        wait_for_epoch(other, 2)
        for line in subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True).stdout.splitlines():
            if other.profile in line:
                os.kill(int(line.split()[0]), signal.SIGKILL)
        other.close()
        wait_for_epoch(browser, epoch(browser) + 2)
        training.process.kill()
        training.process.wait(30)
        browser.wait("return document.body.dataset.state === 'gone' && !document.querySelector('#problem').hidden", "a word about the loss")
        resumed = subprocess.run([striate, "train", "--resume", str(training.folder), "--epochs", "100", "--limit", "6000", "--quiet"], capture_output=True, text=True)
        expect(resumed.returncode == 0, f"a killed run does not go on: {resumed.stderr}")
    finally:
        browser.close()
        training.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("striate", help="the program")
    parser.add_argument("--screenshots", type=pathlib.Path, help="a folder for pictures of the page")
    options = parser.parse_args()
    if options.screenshots:
        options.screenshots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        training, browser = Training(options.striate, f"{scratch}/run"), Browser()
        try:
            watch(browser, training, options.screenshots)
        finally:
            browser.close()
            training.end()
        survive(options.striate, scratch)
    print("the page of a training: passed")


if __name__ == "__main__":
    try:
        main()
    except AssertionError as error:
        sys.exit(f"failed: {error}")
