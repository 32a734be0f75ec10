"""Writes the fixtures whose names start with `picture-`: small JPEG, PNM and BMP files and, in pictures.bin, what Pillow makes of them.

    python3 make_pictures.py        (needs Pillow and numpy; written with Pillow 13.0.0)

pictures.bin holds for each file in the order of its name: channels, rows and columns in big-endian 16 bits, then the planes after the EXIF
orientation.
"""

import struct
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

here = Path(__file__).parent
random = np.random.default_rng(2)


def scene(rows, columns):
    """Smooth waves with an edge and a little noise: something that JPEG can hold."""
    y, x = np.mgrid[0:rows, 0:columns]
    planes = [127 + 90 * np.sin(x / (5 + k) + y / (9 - k)) + 35 * (x > columns // 3) * (k - 1) for k in range(3)]
    return np.clip(np.stack(planes, -1) + random.normal(0, 3, (rows, columns, 3)), 0, 255).astype(np.uint8)


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def jpegs():
    colour = Image.fromarray(scene(29, 43))

    def save(name, image, **options):
        image.save(here / f"picture-{name}.jpg", quality=85, **options)

    for name, sampling in [("444", 0), ("422", 1), ("420", 2)]:
        save(f"baseline-{name}", colour, subsampling=sampling)
    save("progressive", colour, progressive=True)
    save("restart", colour, restart_marker_rows=1)
    save("grey", colour.convert("L"))
    save("grey-progressive", colour.convert("L"), progressive=True)
    save("cmyk", colour.convert("CMYK"))
    # Without a colour transform: the samples are red, green and blue.
    save("rgb", colour, keep_rgb=True)
    for orientation in range(1, 9):
        save(f"exif-{orientation}", colour.resize((21, 13)), exif=exif(orientation))


def others():
    colour = Image.fromarray(scene(7, 11))
    grey, bits = colour.convert("L"), colour.convert("1")
    colour.save(here / "picture-colour.ppm")
    grey.save(here / "picture-grey.pgm")
    bits.save(here / "picture-bits.pbm")
    text = " ".join(map(str, np.asarray(colour).ravel()))
    (here / "picture-text.ppm").write_text("P3\n# a comment\n11 7 # another\n255\n" + text + "\n")
    (here / "picture-text-bits.pbm").write_text("P1 11 7\n" + "".join("01"[int(v == 0)] for v in np.asarray(bits).ravel()) + "\n")
    colour.save(here / "picture-colour.bmp")
    grey.save(here / "picture-grey.bmp")
    bits.save(here / "picture-bits.bmp")
    colour.quantize(16).save(here / "picture-palette.bmp")
    alpha = colour.convert("RGBA")
    alpha.save(here / "picture-alpha.bmp")
    colour.transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(here / "picture-top-down.bmp")
    # A negative height means that the first row comes first.
    path = here / "picture-top-down.bmp"
    file = bytearray(path.read_bytes())
    file[22:26] = struct.pack("<i", -7)
    path.write_bytes(file)
    colour.save(here / "picture-turned.png", exif=exif(6))


def expected():
    with open(here / "pictures.bin", "wb") as file:
        for path in sorted(here.glob("picture-*")):
            image = ImageOps.exif_transpose(Image.open(path))
            planes = np.asarray(image.convert("L" if image.mode in ("1", "L") else "RGB"))
            planes = planes[None] if planes.ndim == 2 else planes.transpose(2, 0, 1)
            file.write(struct.pack(">3H", *planes.shape) + planes.tobytes())


jpegs()
others()
expected()
