"""Writes photographs.txt: what Pillow makes of the photographs in $STRIATE_DATA/photos, in short.

    STRIATE_DATA=… python3 make_photographs.py

A line for each file: its name, channels, rows, columns, the SHA-256 of all pixels (channel by channel), and a hundred pixels spread evenly, all
channels of each. Pictures are upright (EXIF), transparency lies on white, and of 16 bits a sample the upper 8 remain: Pillow's own rule for
colour; 16-bit grey it leaves to its user.
"""

import hashlib
import os
import pathlib

import numpy as np
from PIL import Image, ImageOps

folder = pathlib.Path(os.environ["STRIATE_DATA"]) / "photos"
lines = []
for path in sorted(folder.iterdir()):
    if path.suffix not in (".jpg", ".png"):
        continue
    picture = ImageOps.exif_transpose(Image.open(path))
    if picture.mode.startswith("I"):
        planes = (np.asarray(picture) >> 8).astype(np.uint8)[None]
    else:
        if picture.mode in ("LA", "RGBA"):
            plain = picture.mode[:-1]
            ground = Image.new(plain, picture.size, "white")
            ground.paste(picture.convert(plain), mask=picture.getchannel("A"))
            picture = ground
        if picture.mode != "L":
            picture = picture.convert("RGB")
        array = np.asarray(picture)
        planes = array[None] if array.ndim == 2 else array.transpose(2, 0, 1)
    channels, rows, columns = planes.shape
    area = rows * columns
    flat = np.ascontiguousarray(planes).reshape(channels, area)
    samples = flat[:, [k * area // 100 + area // 200 for k in range(100)]]
    digest = hashlib.sha256(flat.tobytes()).hexdigest()
    lines.append(f"{path.name} {channels} {rows} {columns} {digest} {samples.tobytes().hex()}\n")
(pathlib.Path(__file__).parent / "photographs.txt").write_text("".join(lines))
