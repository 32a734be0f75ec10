"""See the script beside this file."""

import argparse
import collections
import contextlib
import http.client
import json
import math
import pathlib
import random
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

MOST_BODY = 4 << 20
# What a corrupt request may be answered with: some damage leaves a picture a picture.
REFUSALS = {200, 400, 413, 415}


def png(rows: list[bytes], claimed: tuple[int, int] | None = None) -> bytes:
    """A grey picture; its header may claim another width and height."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    width, height = claimed or (len(rows[0]), len(rows))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 1)) + chunk(b"IEND", b"")


def blobs(seed: int, size: int = 28) -> bytes:
    """A picture of soft spots; another for each seed."""
    chance = random.Random(seed)
    spots = [(chance.uniform(0, size), chance.uniform(0, size), chance.uniform(2, size / 4)) for _ in range(3)]

    def level(row: int, column: int) -> int:
        return min(255, int(sum(255 * math.exp(-((row - y) ** 2 + (column - x) ** 2) / (2 * r * r)) for y, x, r in spots)))

    return png([bytes(level(row, column) for column in range(size)) for row in range(size)])


def form(pictures: list[bytes], names: list[str]) -> bytes:
    parts = [
        f'--soak\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'.encode() + picture + b"\r\n"
        for name, picture in zip(names, pictures)]
    return b"".join(parts) + b"--soak--\r\n"


class Soak:
    def __init__(self, binary: str, seed: int):
        self.seed, self.counts, self.faults, self.lock = seed, collections.Counter(), [], threading.Lock()
        self.pictures = [blobs(number) for number in range(16)]
        # Within the limits of bytes and pixels, and far from what the network sees.
        self.large = png([bytes(2500)] * 2500)
        self.process = subprocess.Popen(
            [binary, "serve", "lenet5", "--port", "0", "--max-body", str(MOST_BODY), "--json"], stdout=subprocess.PIPE, text=True)
        self.port = int(json.loads(self.process.stdout.readline())["address"].rsplit(":", 1)[1].strip("/"))
        with tempfile.TemporaryDirectory() as folder:
            names = [f"{folder}/{number}.png" for number in range(16)]
            for name, picture in zip(names, self.pictures):
                pathlib.Path(name).write_bytes(picture)
            lines = subprocess.run(
                [binary, "predict", "lenet5", *names, "--top", "10", "--json"], capture_output=True, text=True, check=True).stdout.splitlines()
        self.expected = [self.probabilities(json.loads(line)) for line in lines]

    @staticmethod
    def probabilities(image: dict) -> dict:
        return {one["class"]: one["probability"] for one in image["predictions"]}

    def note(self, what: str, fault: str | None = None):
        with self.lock:
            self.counts[what] += 1
            if fault and len(self.faults) < 20:
                self.faults.append(f"{what}: {fault}")
            if fault:
                self.counts["faults"] += 1

    def post(self, body: bytes, kind: str, path: str = "/v1/predict?top=10") -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request("POST", path, body, {"Content-Type": kind})
            response = connection.getresponse()
            return response.status, response.read()

    def valid(self, chance: random.Random):
        numbers = [chance.randrange(16) for _ in range(chance.choice([1, 1, 1, 4, 20]))]
        pictures = [self.pictures[number] for number in numbers]
        body, kind = (pictures[0], "image/png") if len(pictures) == 1 else (form(pictures, list(map(str, numbers))), "multipart/form-data; boundary=soak")
        status, answer = self.post(body, kind)
        while status == 503:
            self.note("told to wait")
            time.sleep(0.05)
            status, answer = self.post(body, kind)
        if status != 200:
            return self.note("valid", f"status {status}: {answer[:200]}")
        images = json.loads(answer)["images"]
        good = len(images) == len(numbers) and all(
            abs(self.expected[number][name] - probability) < 1e-4
            for number, image in zip(numbers, images) for name, probability in self.probabilities(image).items())
        self.note("valid", None if good else f"wrong answer: {answer[:200]}")

    def expect(self, what: str, body: bytes, kind: str, statuses: set[int]):
        status, answer = self.post(body, kind)
        self.note(what, None if status in statuses or status == 503 else f"status {status}: {answer[:200]}")

    def corrupt(self, chance: random.Random):
        picture = bytearray(chance.choice(self.pictures))
        for _ in range(chance.randrange(1, 9)):
            picture[chance.randrange(len(picture))] = chance.randrange(256)
        if chance.random() < 0.5:
            self.expect("corrupt", bytes(picture[:chance.randrange(len(picture))]), "image/png", REFUSALS)
        else:
            damaged = bytearray(form([bytes(picture)], ["x"]))
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
            self.expect("corrupt", bytes(damaged), "multipart/form-data; boundary=soak", REFUSALS)

    def huge(self, chance: random.Random):
        kind = chance.randrange(3)
        if kind == 0:
            self.expect("large picture", self.large, "image/png", {200})
        elif kind == 1:
            self.expect("claims many pixels", png([bytes(8)] * 8, claimed=(60_000, 60_000)), "image/png", {400, 413})
        else:
            self.expect("large body", bytes(MOST_BODY + chance.randrange(1, MOST_BODY)), "image/png", {413})

    def aborted(self, chance: random.Random):
        """Leaves in the middle of a request, or before its answer."""
        picture = chance.choice(self.pictures)
        request = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(picture) + picture
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(request[:chance.choice([len(request), chance.randrange(len(request))])])
            if chance.random() < 0.5:
                # With a reset, not in order.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.note("aborted")

    def slow(self, chance: random.Random):
        picture = chance.choice(self.pictures)
        head = b"POST /v1/predict?top=10 HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(picture)
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            for piece in (head[:20], head[20:], picture[:50], picture[50:]):
                connection.sendall(piece)
                time.sleep(chance.uniform(0, 0.2))
            answer = connection.recv(1 << 16)
        self.note("slow", None if answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 503")) else f"{answer[:100]}")

    def client(self, number: int, deadline: float):
        chance = random.Random(f"{self.seed} {number}")
        acts = [self.valid] * 10 + [self.corrupt] * 4 + [self.huge] + [self.aborted] * 3 + [self.slow]
        while time.monotonic() < deadline:
            act = chance.choice(acts)
            try:
                act(chance)
            except (OSError, http.client.HTTPException) as error:
                self.note("lost", f"{act.__name__}: {error!r}")

    def memory(self) -> int:
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) << 10
        return 0

    def run(self, seconds: float, clients: int) -> list[int]:
        """The server's memory over time."""
        deadline, samples = time.monotonic() + seconds, []
        threads = [threading.Thread(target=self.client, args=(number, deadline)) for number in range(clients)]
        for thread in threads:
            thread.start()
        while time.monotonic() < deadline:
            samples.append(self.memory())
            time.sleep(0.25)
        for thread in threads:
            thread.join()
        return samples

    def end(self):
        """Ends the server while requests are under way: all of them are answered."""
        picture, answers = self.pictures[0], []

        def ask():
            with socket.create_connection(("127.0.0.1", self.port)) as connection:
                connection.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(picture) + picture[:40])
                time.sleep(1)
                connection.sendall(picture[40:])
                answers.append(connection.recv(1 << 16)[:12])

        threads = [threading.Thread(target=ask) for _ in range(16)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        self.process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join()
        status = self.process.wait(timeout=60)
        self.note("ended", None if status == 0 else f"exit status {status}")
        for _ in range(16 - sum(answer == b"HTTP/1.1 200" for answer in answers)):
            self.note("lost", "a request that was under way when the server ended")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--clients", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--striate", required=True)
    options = parser.parse_args()
    soak = Soak(options.striate, options.seed)
    try:
        samples = soak.run(options.seconds, options.clients)
        soak.end()
    finally:
        soak.process.kill()
    quarter = len(samples) // 4
    early, late = max(samples[quarter:2 * quarter]), max(samples[-quarter:])
    flat = late <= early * 1.05 + (8 << 20)
    for what, count in sorted(soak.counts.items()):
        print(f"{count:8,}  {what}")
    print(f"memory: {early / 2**20:.0f} MiB at most in the second quarter, {late / 2**20:.0f} MiB in the last: {'flat' if flat else 'GROWING'}")
    print("\n".join(soak.faults))
    return 0 if flat and not soak.counts["faults"] else 1


if __name__ == "__main__":
    sys.exit(main())
