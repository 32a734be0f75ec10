"""Explains the same class of the same picture by Striate and by Captum, with the same weights."""

import argparse
import os
import subprocess
import sys
import tempfile
from typing import NamedTuple

import numpy as np
import torch

# torchvision registers operators of its compiled part, which builds for CPUs alone may lack and nothing here needs.
register = torch.library.register_fake
torch.library.register_fake = lambda *arguments, **options: lambda function: function
import torchvision  # noqa: E402

torch.library.register_fake = register
from captum.attr import IntegratedGradients, LayerGradCam, Occlusion, Saliency  # noqa: E402
from PIL import Image  # noqa: E402
from safetensors.numpy import load_file, save_file  # noqa: E402

TOLERANCE = 1e-3
# Of the places of maps that follow slopes down to the picture. Slopes jump where the input of a ReLU passes 0, and in networks with random
# weights some inputs always lie within rounding of it. How far that moves a map is printed too, at all places: by what PyTorch itself
# answers in single and in double precision.
SHARE_OF_PLACES = 0.01
BY_SLOPES = ["saliency", "integrated-gradients"]
STEPS, WINDOW, STRIDE = 50, 40, 30
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
# The end of the last stage with places, by torchvision's names.
LAYERS = {"resnet18": "layer4", "resnet50": "layer4", "vgg11": "features.19", "alexnet-torchvision": "features.11"}


def network(name):
    """With random weights with which signals neither die out nor explode, statistics included."""
    torch.manual_seed(1)
    made = getattr(torchvision.models, name.removesuffix("-torchvision"))(weights=None).eval()
    for module in made.modules():
        if isinstance(module, torch.nn.ReLU):
            module.inplace = False
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            torch.nn.init.kaiming_normal_(module.weight)
            if module.bias is not None:
                torch.nn.init.uniform_(module.bias, -0.1, 0.1)
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1)
            torch.nn.init.uniform_(module.bias, -0.1, 0.1)
            module.running_mean.uniform_(-0.1, 0.1)
            module.running_var.uniform_(0.8, 1.5)
    return made


def picture(path):
    """Spots of all colours under noise: where a picture is even, values tie, and rounding decides which of them a max pool takes."""
    down, across = np.mgrid[0:224, 0:224] / 224
    spots = [np.exp(-((down - r) ** 2 + (across - c) ** 2) * 40) for r, c in [(0.3, 0.3), (0.6, 0.7), (0.8, 0.2)]]
    levels = np.stack([180 * spot for spot in spots], axis=2) + np.random.default_rng(1).integers(0, 76, (224, 224, 3))
    Image.fromarray(levels.clip(0, 255).astype(np.uint8)).save(path)


def normalized(levels):
    mean, deviation = (torch.tensor(values, dtype=levels.dtype).view(1, 3, 1, 1) for values in (MEAN, DEVIATION))
    return (levels / 255 - mean) / deviation


def by_captum(made, x, target, layer):
    black = normalized(torch.zeros_like(x))
    module = dict(made.named_modules())[layer]
    occlusion = Occlusion(made).attribute(
        x, target=target, sliding_window_shapes=(3, WINDOW, WINDOW), strides=(3, STRIDE, STRIDE), baselines=torch.zeros_like(x))
    maps = {
        "grad-cam": LayerGradCam(made, module).attribute(x, target=target, relu_attributions=True)[0, 0],
        "saliency": Saliency(made).attribute(x, target=target).amax(dim=1)[0],
        "integrated-gradients": IntegratedGradients(made).attribute(
            x, baselines=black, target=target, n_steps=STEPS, method="riemann_middle", internal_batch_size=4).sum(dim=1)[0],
        # The same for all channels.
        "occlusion": occlusion[0, 0],
    }
    return {method: map.detach().numpy() for method, map in maps.items()}


def compare(name, striate):
    made, layer = network(name), LAYERS[name]
    with tempfile.TemporaryDirectory() as folder:
        weights, image, values, seen = (os.path.join(folder, file) for file in ("w.safetensors", "p.png", "v.safetensors", "seen"))
        save_file({key: value.numpy() for key, value in made.state_dict().items() if value.is_floating_point()}, weights)
        picture(image)
        model = [name, image, "--weights", weights, "--quiet"]
        subprocess.run([striate, "inspect", *model, "--layers", layer, "--out", seen], check=True, stdout=subprocess.DEVNULL)
        levels = np.asarray(Image.open(os.path.join(seen, "input.png"))).transpose(2, 0, 1).astype(np.float32)
        x = normalized(torch.tensor(levels)[None])
        target = int(made(x)[0].argmax())
        subprocess.run(
            [
                striate, "explain", *model, "--class", str(target), "--layer", layer, "--steps", str(STEPS), "--window", str(WINDOW),
                "--stride", str(STRIDE), "--fill", "mean", "--out", folder, "--values", values,
            ], check=True, stdout=subprocess.DEVNULL)
        found = load_file(values)
    expected = by_captum(made, x, target, layer)
    exact = by_captum(made.double(), normalized(torch.tensor(levels, dtype=torch.float64)[None]), target, layer)
    return {
        method: {
            share: Distances(
                from_captum=distance(found[method], expected[method], share), from_double=distance(found[method], exact[method], share),
                captum_from_double=distance(expected[method], exact[method], share))
            for share in ([1 - SHARE_OF_PLACES, 1] if method in BY_SLOPES else [1])
        }
        for method in expected
    }


class Distances(NamedTuple):
    """Of a map of Striate's from Captum's in single and in double precision, and of Captum's from its own in double precision."""

    from_captum: float
    from_double: float
    captum_from_double: float


def distance(found, expected, share):
    """The largest difference, as a share of the largest number, in this share of the places."""
    return float(np.quantile(np.abs(found - expected), share) / np.abs(expected).max())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--striate", required=True)
    parser.add_argument("networks", nargs="*")
    options = parser.parse_args()
    agree = True
    for name in options.networks or LAYERS:
        for method, shares in compare(name, options.striate).items():
            # The first share is the one that has to agree.
            agree = agree and next(iter(shares.values())).from_captum <= TOLERANCE
            for share, distances in shares.items():
                places = "at all places" if share == 1 else f"at {share:.0%} of the places"
                print(
                    f"{name:20} {method:20} {places:20}  from Captum {distances.from_captum:.1e}, from double precision "
                    f"{distances.from_double:.1e}; PyTorch's own from double precision {distances.captum_from_double:.1e}", flush=True)
    sys.exit(0 if agree else 1)


if __name__ == "__main__":
    main()
