"""Explains the same class of the same picture by Striate and by Captum, with the same weights."""

import argparse
import contextlib
import copy
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
# answers in single and in double precision. One unit that jumps in a late layer moves the whole map of a picture, in some pictures and not in
# others, so that of the maps of several pictures the middle one counts where a map is one slope; integrated gradients are means of many.
SHARE_OF_PLACES = 0.01
METHODS = ["grad-cam", "saliency", "integrated-gradients", "occlusion"]
BY_SLOPES = ["saliency", "integrated-gradients"]
PICTURES = 5
# Of the numbers that convolutions make.
NOISE = 1e-6
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


def picture(path, seed):
    """Spots of all colours under noise: where a picture is even, values tie, and rounding decides which of them a max pool takes."""
    down, across = np.mgrid[0:224, 0:224] / 224
    spots = [np.exp(-((down - r) ** 2 + (across - c) ** 2) * 40) for r, c in [(0.3, 0.3), (0.6, 0.7), (0.8, 0.2)]]
    levels = np.stack([180 * spot for spot in spots], axis=2) + np.random.default_rng(seed).integers(0, 76, (224, 224, 3))
    Image.fromarray(levels.clip(0, 255).astype(np.uint8)).save(path)


def normalized(levels):
    mean, deviation = (torch.tensor(values, dtype=levels.dtype).view(1, 3, 1, 1) for values in (MEAN, DEVIATION))
    return (levels / 255 - mean) / deviation


def by_captum(made, x, target, layer, methods):
    makers = {
        "grad-cam": lambda: LayerGradCam(made, dict(made.named_modules())[layer]).attribute(x, target=target, relu_attributions=True)[0, 0],
        "saliency": lambda: Saliency(made).attribute(x, target=target).amax(dim=1)[0],
        "integrated-gradients": lambda: IntegratedGradients(made).attribute(
            x, baselines=normalized(torch.zeros_like(x)), target=target, n_steps=STEPS, method="riemann_middle",
            internal_batch_size=4).sum(dim=1)[0],
        # The same for all channels.
        "occlusion": lambda: Occlusion(made).attribute(
            x, target=target, sliding_window_shapes=(3, WINDOW, WINDOW), strides=(3, STRIDE, STRIDE), baselines=torch.zeros_like(x))[0, 0],
    }
    return {method: makers[method]().detach().numpy() for method in methods}


@contextlib.contextmanager
def rounding(made):
    """Lets convolutions round more than they do."""
    random = torch.Generator().manual_seed(1)
    hooks = [
        module.register_forward_hook(lambda module, inputs, result: result * (1 + NOISE * torch.randn(result.shape, generator=random)))
        for module in made.modules() if isinstance(module, torch.nn.Conv2d)
    ]
    yield
    for hook in hooks:
        hook.remove()


def compare(name, striate):
    """The distances by method and share of places: of one picture, and of single slopes the middle ones of several."""
    made, layer = network(name), LAYERS[name]
    exact = copy.deepcopy(made).double()
    with tempfile.TemporaryDirectory() as folder:
        weights = os.path.join(folder, "w.safetensors")
        save_file({key: value.numpy() for key, value in made.state_dict().items() if value.is_floating_point()}, weights)
        found = [
            distances(made, exact, [name, "--weights", weights], layer, METHODS if seed == 1 else ["saliency"], seed, folder, striate)
            for seed in range(1, PICTURES + 1)
        ]
    result = found[0]
    for share in result["saliency"]:
        result["saliency"][share] = Distances(*np.median([picture["saliency"][share] for picture in found], axis=0))
    return result


def distances(made, exact, model, layer, methods, seed, folder, striate):
    """Of one picture, by method and share of places."""
    image, values, seen = (os.path.join(folder, file) for file in ("p.png", "v.safetensors", "seen"))
    picture(image, seed)
    name, *weights = model
    model = [name, image, *weights, "--quiet"]
    subprocess.run([striate, "inspect", *model, "--layers", layer, "--out", seen], check=True, stdout=subprocess.DEVNULL)
    levels = np.asarray(Image.open(os.path.join(seen, "input.png"))).transpose(2, 0, 1)
    x, exact_x = (normalized(torch.tensor(levels[None].astype(kind))) for kind in (np.float32, np.float64))
    target = int(made(x)[0].argmax())
    options = ["--class", str(target), "--method", ",".join(methods)]
    if "grad-cam" in methods:
        options += ["--layer", layer]
    if "integrated-gradients" in methods:
        options += ["--steps", str(STEPS)]
    if "occlusion" in methods:
        options += ["--window", str(WINDOW), "--stride", str(STRIDE), "--fill", "mean"]
    subprocess.run(
        [striate, "explain", *model, *options, "--out", folder, "--values", values], check=True, stdout=subprocess.DEVNULL)
    found = load_file(values)
    single, double = by_captum(made, x, target, layer, methods), by_captum(exact, exact_x, target, layer, methods)
    with rounding(made):
        rounded = single | by_captum(made, x, target, layer, ["saliency"])

    def compared(method, share):
        pairs = [(found, single), (found, double), (single, double), (rounded, double)]
        return Distances(*(distance(a[method], b[method], share) for a, b in pairs))

    return {method: {share: compared(method, share) for share in ([1 - SHARE_OF_PLACES, 1] if method in BY_SLOPES else [1])} for method in methods}


class Distances(NamedTuple):
    """Of a map of Striate's from Captum's in single and in double precision, and of Captum's from its own in double precision: plainly, and of
    saliency with convolutions that round more."""

    from_captum: float
    from_double: float
    captum_from_double: float
    rounded_from_double: float

    @property
    def agree(self):
        """Within the tolerance, or no further from double precision than Captum's."""
        return self.from_captum <= TOLERANCE or self.from_double <= max(self.captum_from_double, self.rounded_from_double)


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
            agree = agree and next(iter(shares.values())).agree
            for share, distances in shares.items():
                places = "at all places" if share == 1 else f"at {share:.0%} of the places"
                print(
                    f"{name:20} {method:20} {places:20}  from Captum {distances.from_captum:.1e}, from double precision "
                    f"{distances.from_double:.1e}; PyTorch's own from double precision {distances.captum_from_double:.1e}"
                    + (f", with noise {distances.rounded_from_double:.1e}" if method == "saliency" else ""), flush=True)
    sys.exit(0 if agree else 1)


if __name__ == "__main__":
    main()
