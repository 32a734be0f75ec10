"""Writes transforms.bin: what torchvision makes of small pictures.

    python3 make_transforms.py        (needs torchvision; written with torch 2.13, torchvision 0.28 and Pillow 13)

First the number of source pictures, then each as channels, rows, columns (16 bits, big-endian) and its planes. Then records: the length of a
name and the name, the source's number (8 bits), channels, rows, columns and planes of the result.
"""

import struct
from pathlib import Path

import numpy as np
import torch
import torchvision.transforms.v2 as v2
import torchvision.transforms.v2.functional as F
from PIL import Image

random = np.random.default_rng(5)


def waves(channels, rows, columns):
    y, x = np.mgrid[0:rows, 0:columns]
    planes = [127 + 100 * np.sin(x / (2 + k) + y / (3 + k)) + random.normal(0, 20, (rows, columns)) for k in range(channels)]
    return torch.from_numpy(np.clip(np.stack(planes), 0, 255).astype(np.uint8))


sources = [waves(3, 9, 12), waves(1, 7, 7), torch.tensor([[[200]]], dtype=torch.uint8)]
bilinear, nearest = v2.InterpolationMode.BILINEAR, v2.InterpolationMode.NEAREST
records = []


def case(name, function, only=None):
    for number, source in enumerate(sources):
        if only is None or number in only:
            records.append((name, number, function(source)))


def filled(function, fill):
    """torchvision weighs pixels beyond the edges twice where it is told a fill; this weighs them once."""
    return lambda x: (function(x.float() - fill) + fill).round().to(torch.uint8)


def affine(angle=0.0, translate=(0, 0), scale=1.0, shear=(0.0, 0.0), interpolation=bilinear):
    return lambda x: F.affine(x, angle=angle, translate=list(translate), scale=scale, shear=list(shear), interpolation=interpolation)


def perspective(x, interpolation=bilinear):
    rows, columns = x.shape[-2:]
    right, bottom = columns - 1, rows - 1
    start = [[0, 0], [right, 0], [right, bottom], [0, bottom]]
    end = [[1, 2], [right - 2, 0], [right, bottom - 1], [2, bottom - 1]]
    return F.perspective(x, start, end, interpolation=interpolation)


def elastic(x):
    rows, columns = x.shape[-2:]
    y, column = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    right = ((7 * y + 3 * column) % 11 - 5) * 0.25
    down = ((5 * y + 2 * column) % 7 - 3) * 0.25
    return F.elastic(x, torch.stack([right * 2 / columns, down * 2 / rows], -1)[None])


def pillow(function):
    """Through Pillow, as torchvision treats its images."""
    def run(x):
        image = Image.fromarray(x.permute(1, 2, 0).squeeze(-1).numpy())
        result = torch.from_numpy(np.array(function(image)))
        return result[None] if result.ndim == 2 else result.permute(2, 0, 1)
    return run


case("flip", F.horizontal_flip)
case("vertical-flip", F.vertical_flip)
case("pad constant", lambda x: F.pad(x, [3], fill=9))
case("pad edge", lambda x: F.pad(x, [3], padding_mode="edge"))
case("pad reflect", lambda x: F.pad(x, [3], padding_mode="reflect"), only=[0, 1])
case("crop", lambda x: F.crop(F.pad(x, [2]), 3, 0, 5, 6), only=[0])
for side in [3, 4, 8, 11]:
    case(f"center-crop {side}", lambda x: F.center_crop(x, [side, side]))
case("bicubic up", pillow(lambda x: F.resize(x, [17, 14], interpolation=v2.InterpolationMode.BICUBIC)))
case("bicubic down", pillow(lambda x: F.resize(x, [4, 5], interpolation=v2.InterpolationMode.BICUBIC)), only=[0, 1])
case("resize 5", pillow(lambda x: F.resize(x, [5])))

for angle in [0.0, 17.0, 90.0, -133.0]:
    case(f"rotate {angle:g}", lambda x: F.rotate(x, angle, interpolation=bilinear), only=[0, 1])
case("rotate nearest", lambda x: F.rotate(x, 23.0, interpolation=nearest))
case("rotate filled", filled(lambda x: F.rotate(x, 30.0, interpolation=bilinear), 100), only=[0])
case("affine all", affine(12.0, (2, -1), 1.2, (8.0, -5.0)))
case("affine nearest", affine(12.0, (2, -1), 1.2, (8.0, -5.0), nearest))
case("affine shift", affine(translate=(3, 2)))
case("affine small", affine(scale=0.4))
case("affine shear", affine(shear=(20.0, 0.0)))
case("perspective", perspective, only=[0, 1])
case("perspective nearest", lambda x: perspective(x, nearest), only=[0, 1])
case("elastic", elastic, only=[0, 1])

for factor in [0.0, 0.6, 1.7]:
    case(f"brightness {factor:g}", lambda x: F.adjust_brightness(x, factor))
    case(f"contrast {factor:g}", lambda x: F.adjust_contrast(x, factor))
    case(f"saturation {factor:g}", lambda x: F.adjust_saturation(x, factor))
    case(f"sharpness {factor:g}", lambda x: F.adjust_sharpness(x, factor))
for turn in [-0.5, -0.1, 0.0, 0.27]:
    case(f"hue {turn:g}", lambda x: F.adjust_hue(x, turn))
case("grey", pillow(lambda x: F.rgb_to_grayscale(x, 3)), only=[0])
case("blur 5", lambda x: F.gaussian_blur(x, [5, 5], [1.3, 1.3]), only=[0, 1])
case("blur 9", lambda x: F.gaussian_blur(x, [9, 9], [2.0, 2.0]), only=[0, 1])
case("posterize 3", lambda x: F.posterize(x, 3))
case("solarize 100", lambda x: F.solarize(x, 100))
case("autocontrast", F.autocontrast)
case("equalize", F.equalize)
big = waves(1, 40, 40)
sources.append(big)
case("equalize", F.equalize, only=[3])
case("erase", lambda x: F.erase(x, 2, 3, 4, 5, torch.tensor([7])[:, None, None]), only=[0])

for name, policy, step in [("rand", v2.RandAugment(), 9), ("trivial", v2.TrivialAugmentWide(), 21)]:
    for operation, (magnitudes, signed) in policy._AUGMENTATION_SPACE.items():
        table = magnitudes(31, 9, 12)
        magnitude = 0.0 if table is None else float(table[step])
        for sign in [1, -1] if signed else [1]:
            case(
                f"{name} {operation} {sign}",
                lambda x: policy._apply_image_or_video_transform(x, operation, sign * magnitude, nearest, policy._fill), only=[0])


def packed(picture):
    return struct.pack(">HHH", *picture.shape) + picture.to(torch.uint8).contiguous().numpy().tobytes()


with open(Path(__file__).parent / "transforms.bin", "wb") as file:
    file.write(struct.pack(">H", len(sources)) + b"".join(packed(x) for x in sources))
    for name, number, result in records:
        file.write(struct.pack(">B", len(name)) + name.encode() + struct.pack(">B", number) + packed(result))
