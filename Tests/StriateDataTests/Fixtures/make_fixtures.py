"""Writes the fixtures beside it: what Pillow makes of pictures that the tests make too.

    python3 make_fixtures.py        (needs Pillow, numpy and torchvision; written with Pillow 13.0.0 and torchvision 0.28)
"""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

here = Path(__file__).parent
random = np.random.default_rng(1)


def picture(rows, columns):
    """Half noise, half a smooth wave, so that rounding is exercised everywhere."""
    noise = random.integers(0, 256, (rows, columns))
    wave = 127.5 + 127.5 * np.sin(np.arange(rows)[:, None] / 3 + np.arange(columns)[None] / 5)
    return np.where(np.arange(columns)[None] % 2 == 0, noise, wave).astype(np.uint8)


def resize():
    """Records of four big-endian 16-bit extents (rows, columns, new rows, new columns), the picture, and Pillow's result."""
    cases = [
        (28, 28, 32, 32), (28, 28, 32, 32), (28, 28, 32, 32), (32, 32, 28, 28), (28, 28, 28, 32), (28, 28, 40, 28),
        (53, 37, 19, 23), (100, 7, 3, 50), (1, 1, 5, 4), (5, 5, 1, 1), (64, 48, 7, 96), (2, 3, 64, 64), (224, 200, 13, 11),
    ]
    with open(here / "resize.bin", "wb") as file:
        for rows, columns, new_rows, new_columns in cases:
            source = picture(rows, columns)
            result = np.asarray(Image.fromarray(source).resize((new_columns, new_rows), Image.Resampling.BILINEAR))
            file.write(struct.pack(">4H", rows, columns, new_rows, new_columns) + source.tobytes() + result.tobytes())


def grey():
    """1024 colours, planar, and what Pillow's convert("L") makes of them."""
    colours = random.integers(0, 256, (1024, 1, 3)).astype(np.uint8)
    result = np.asarray(Image.fromarray(colours).convert("L"))
    (here / "grey.bin").write_bytes(colours.reshape(-1, 3).T.tobytes() + result.tobytes())


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(columns, rows, depth, colour, lines, interlaced=False, extra=b""):
    header = struct.pack(">2I5B", columns, rows, depth, colour, 0, 0, int(interlaced))
    packed = zlib.compress(b"".join(b"\0" + line for line in lines), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def pictures():
    """PNG files of every kind and, as NAME.raw, the planar bytes that they mean on white."""
    rows, columns = 12, 17
    red, green, blue, alpha = (picture(rows, columns) for _ in range(4))
    rgb = np.stack([red, green, blue], -1)

    def write(name, file, planes):
        (here / f"{name}.png").write_bytes(file)
        (here / f"{name}.raw").write_bytes(b"".join(np.asarray(plane, np.uint8).tobytes() for plane in planes))

    def on_white(plane):
        mixed = plane.astype(int) * alpha + 255 * (255 - alpha.astype(int))
        return (mixed + 127) // 255

    write("grey", png(columns, rows, 8, 0, [row.tobytes() for row in red]), [red])
    write("rgb", png(columns, rows, 8, 2, [row.tobytes() for row in rgb]), [red, green, blue])
    grey_alpha = np.stack([red, alpha], -1)
    write("grey-alpha", png(columns, rows, 8, 4, [row.tobytes() for row in grey_alpha]), [on_white(red)])
    rgba = np.concatenate([rgb, alpha[..., None]], -1)
    write("rgb-alpha", png(columns, rows, 8, 6, [row.tobytes() for row in rgba]), [on_white(p) for p in (red, green, blue)])
    bits = red > 127
    write("one-bit", png(columns, rows, 1, 0, [np.packbits(row).tobytes() for row in bits]), [bits * 255])
    colours = random.integers(0, 256, (256, 3)).astype(np.uint8)
    palette = [colours[red][..., channel] for channel in range(3)]
    write("palette", png(columns, rows, 8, 3, [row.tobytes() for row in red], extra=chunk(b"PLTE", colours.tobytes())), palette)
    deep = red.astype(">u2") * 257
    write("grey-16-bit", png(columns, rows, 16, 0, [row.tobytes() for row in deep]), [red])
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    lines = [line.tobytes() for r, c, dr, dc in passes for line in rgb[r::dr, c::dc] if line.size]
    write("interlaced", png(columns, rows, 8, 2, lines, interlaced=True), [red, green, blue])


def crop():
    """Records of five big-endian 16-bit numbers (rows, columns, shorter side, new rows, new columns), the picture, and what torchvision's
    Resize and CenterCrop make of it."""
    from torchvision.transforms import CenterCrop, Compose, Resize

    cases = [
        (31, 45, 20, 16, 16), (45, 31, 20, 16, 16), (16, 16, 20, 16, 16), (9, 33, 11, 8, 8), (33, 9, 11, 8, 8), (40, 61, 23, 16, 17),
        (61, 40, 23, 17, 16), (20, 27, 20, 20, 20), (64, 97, 18, 17, 17), (97, 64, 18, 17, 17), (12, 13, 30, 5, 30),
    ]
    with open(here / "crop.bin", "wb") as file:
        for rows, columns, side, new_rows, new_columns in cases:
            source = picture(rows, columns)
            result = np.asarray(Compose([Resize(side), CenterCrop((new_rows, new_columns))])(Image.fromarray(source)))
            file.write(struct.pack(">5H", rows, columns, side, new_rows, new_columns) + source.tobytes() + result.tobytes())


resize()
grey()
pictures()
crop()
