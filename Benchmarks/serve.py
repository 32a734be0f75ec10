"""See the script beside this file."""

import argparse
import contextlib
import json
import os
import pathlib
import signal
import struct
import subprocess
import sys
import tempfile
import zlib

import measuring

LEAST_REQUESTS = 10_000


def png(rows: list[bytes]) -> bytes:
    """A grey picture."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def ring() -> bytes:
    """Something like a 0, of 28×28 pixels."""
    return png([bytes(255 if 36 < (row - 14) ** 2 + (column - 14) ** 2 < 100 else 0 for column in range(28)) for row in range(28)])


@contextlib.contextmanager
def server(binary: str, network: str, batch: int):
    process = subprocess.Popen(
        [binary, "serve", network, "--port", "0", "--batch", str(batch), "--json"], stdout=subprocess.PIPE, text=True)
    try:
        yield json.loads(process.stdout.readline())["address"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def load(address: str, connections: int, seconds: int, picture: pathlib.Path) -> dict:
    script = pathlib.Path(__file__).with_suffix(".lua")
    command = ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "-s", str(script), address + "v1/predict"]
    run = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PICTURE": str(picture)}, check=True)
    return json.loads(run.stdout.strip().splitlines()[-1])


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--network", default="lenet5")
    parser.add_argument("--least", type=float, default=5)
    parser.add_argument("--striate", required=True)
    options = parser.parse_args()
    measuring.warn_if_busy()
    print(f"{options.network} on {measuring.processor()}, {measuring.available_threads()} processors, wrk on the same ones\n")
    print("| batch | connections | requests | requests/s | p50 ms | p99 ms | slowest ms | errors |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |", flush=True)
    rates, errors, requests = {}, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        picture = pathlib.Path(folder) / "ring.png"
        picture.write_bytes(ring())
        for batch, connections in [(1, 1), (16, 1), (1, 64), (16, 64)]:
            with server(options.striate, options.network, batch) as address:
                load(address, connections, 1, picture)
                result = load(address, connections, options.seconds, picture)
            rate = rates[batch, connections] = result["requests"] / result["seconds"]
            errors += result["errors"]
            requests = result["requests"]
            print(
                f"| {batch} | {connections} | {result['requests']:,} | {rate:,.0f} | {result['p50']:.2f} | {result['p99']:.2f} "
                f"| {result['most']:.1f} | {result['errors']} |", flush=True)
    ratio = rates[16, 64] / rates[1, 1]
    print(f"\n64 connections and batches of up to 16 do {ratio:.1f} times the requests of one connection and single pictures.")
    return 0 if errors == 0 and requests >= LEAST_REQUESTS and ratio >= options.least else 1


if __name__ == "__main__":
    sys.exit(main())
