"""The networks that torchvision lacks, written from their papers' tables: what Striate's are compared with.

Names of parameters are Striate's, so that weights go by name.
"""

from collections import namedtuple

import torch
from torch import nn
from torch.nn import functional


class LeNet5Of1998(nn.Module):
    """LeCun, Bottou, Bengio, Haffner 1998, section II-B."""

    # Table 1, a row for each map of S2.
    TABLE = ["X...XXX..XXXX.XX", "XX...XXX..XXXX.X", "XXX...XXX..X.XXX", ".XXX..XXXX..X.XX", "..XXX..XXXX.XX.X", "...XXX..XXXX.XXX"]
    # Figure 3, a row of twelve lines for each digit.
    BITMAPS = """
        .#####./......./..###../.##.##./##...##/##...##/##...##/##...##/.##.##./..###../......./.......
        ...##../..###../.####../...##../...##../...##../...##../...##../...##../.######/......./.......
        .#####./......./.#####./##...##/#....##/....##./..###../.##..../##...../#######/......./.......
        #######/.....##/....##./...##../..####./.....##/.....##/.....##/##...##/.#####./......./.......
        .#####./......./......./.##..##/.##..##/###..##/##...##/##...##/##..###/.######/.....##/.....##
        .#####./......./#######/##...../##...../.####../..####./.....##/##...##/.#####./......./.......
        ..####./.##..../##...../##...../######./###..##/##...##/##...##/###..##/.#####./......./.......
        #######/.....##/.....##/....##./...##../...##../..##.../..##.../..##.../..##.../......./.......
        .#####./##...##/##...##/##...##/.#####./##...##/##...##/##...##/##...##/.#####./......./.......
        .#####./##..###/##...##/##...##/##..###/.######/.....##/.....##/....##./.####../......./.......
    """.split()

    class Subsampling(nn.Module):
        def __init__(self, maps):
            super().__init__()
            self.coefficient = nn.Parameter(torch.zeros(maps))
            self.bias = nn.Parameter(torch.zeros(maps))

        def forward(self, x):
            sums = x[:, :, 0::2, 0::2] + x[:, :, 0::2, 1::2] + x[:, :, 1::2, 0::2] + x[:, :, 1::2, 1::2]
            return self.coefficient[:, None, None] * sums + self.bias[:, None, None]

    def __init__(self):
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, 5)
        self.s2 = self.Subsampling(6)
        self.c3 = nn.Conv2d(6, 16, 5)
        self.s4 = self.Subsampling(16)
        self.c5 = nn.Conv2d(16, 120, 5)
        self.f6 = nn.Linear(120, 84)
        mask = torch.tensor([[float(row[column] == "X") for row in self.TABLE] for column in range(16)])
        centers = torch.tensor([[1.0 if pixel == "#" else -1.0 for pixel in bitmap if pixel != "/"] for bitmap in self.BITMAPS])
        self.register_buffer("mask", mask[:, :, None, None], persistent=False)
        self.register_buffer("centers", centers, persistent=False)

    def forward(self, x):
        def squash(a):
            return 1.7159 * torch.tanh(2 * a / 3)

        x = squash(self.s2(squash(self.c1(x))))
        x = squash(functional.conv2d(x, self.c3.weight * self.mask, self.c3.bias))
        x = squash(self.c5(squash(self.s4(x)))).flatten(1)
        x = squash(self.f6(x))
        return -((x[:, None, :] - self.centers) ** 2).sum(2)


class AlexNet(nn.Module):
    """Krizhevsky, Sutskever, Hinton 2012, in one tower."""

    def __init__(self, classes=1000):
        super().__init__()

        def normalisation():
            # The paper's alpha is not divided by the size, PyTorch's is.
            return nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2)

        self.features = nn.Sequential(
            nn.Conv2d(3, 96, 11, stride=4), nn.ReLU(), normalisation(), nn.MaxPool2d(3, 2),
            nn.Conv2d(96, 256, 5, padding=2), nn.ReLU(), normalisation(), nn.MaxPool2d(3, 2),
            nn.Conv2d(256, 384, 3, padding=1), nn.ReLU(),
            nn.Conv2d(384, 384, 3, padding=1), nn.ReLU(),
            nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2))
        self.classes = classes
        self.classifier = self.head(9216)

    def head(self, inputs):
        return nn.Sequential(
            nn.Dropout(), nn.Linear(inputs, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(),
            nn.Linear(4096, self.classes))

    def forward(self, x):
        return self.classifier(self.features(x).flatten(1))


class Unit(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2)

    def forward(self, x):
        return functional.relu(self.conv(x))


class Inception(nn.Module):
    def __init__(self, inputs, one, three_reduced, three, five_reduced, five, pool):
        super().__init__()
        self.branch1 = Unit(inputs, one, 1)
        self.branch2 = nn.Sequential(Unit(inputs, three_reduced, 1), Unit(three_reduced, three, 3))
        self.branch3 = nn.Sequential(Unit(inputs, five_reduced, 1), Unit(five_reduced, five, 5))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1), Unit(inputs, pool, 1))

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


class AuxiliaryHead(nn.Module):
    def __init__(self, inputs, classes):
        super().__init__()
        self.conv = Unit(inputs, 128, 1)
        self.fc1 = nn.Linear(2048, 1024)
        self.dropout = nn.Dropout(0.7)
        self.fc2 = nn.Linear(1024, classes)

    def forward(self, x):
        x = self.conv(functional.avg_pool2d(x, 5, 3)).flatten(1)
        return self.fc2(self.dropout(functional.relu(self.fc1(x))))


class GoogLeNet2014(nn.Module):
    """Szegedy et al. 2015, table 1; response normalisation as in Caffe's replica."""

    Outputs = namedtuple("Outputs", ["logits", "aux_logits2", "aux_logits1"])

    def __init__(self, classes=1000):
        super().__init__()
        self.conv1 = Unit(3, 64, 7, 2)
        self.conv2 = Unit(64, 64, 1)
        self.conv3 = Unit(64, 192, 3)
        self.inception3a = Inception(192, 64, 96, 128, 16, 32, 32)
        self.inception3b = Inception(256, 128, 128, 192, 32, 96, 64)
        self.inception4a = Inception(480, 192, 96, 208, 16, 48, 64)
        self.inception4b = Inception(512, 160, 112, 224, 24, 64, 64)
        self.inception4c = Inception(512, 128, 128, 256, 24, 64, 64)
        self.inception4d = Inception(512, 112, 144, 288, 32, 64, 64)
        self.inception4e = Inception(528, 256, 160, 320, 32, 128, 128)
        self.inception5a = Inception(832, 256, 160, 320, 32, 128, 128)
        self.inception5b = Inception(832, 384, 192, 384, 48, 128, 128)
        self.aux1 = AuxiliaryHead(512, classes)
        self.aux2 = AuxiliaryHead(528, classes)
        self.dropout = nn.Dropout(0.4)
        self.fc = nn.Linear(1024, classes)

    def forward(self, x):
        def pool(x):
            return functional.max_pool2d(x, 3, 2, ceil_mode=True)

        def normalised(x):
            return functional.local_response_norm(x, 5, alpha=1e-4, beta=0.75, k=1)

        x = normalised(pool(self.conv1(x)))
        x = pool(normalised(self.conv3(self.conv2(x))))
        x = pool(self.inception3b(self.inception3a(x)))
        first = self.inception4a(x)
        second = self.inception4d(self.inception4c(self.inception4b(first)))
        x = pool(self.inception4e(second))
        x = self.inception5b(self.inception5a(x)).mean((2, 3))
        logits = self.fc(self.dropout(x))
        return self.Outputs(logits, self.aux2(second), self.aux1(first)) if self.training else logits


class CIFARBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)

    def forward(self, x):
        y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        if y.shape != x.shape:
            # Option A: every second pixel, half of the new channels before the old ones and half behind.
            rest = y.shape[1] - x.shape[1]
            x = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, rest // 2, rest - rest // 2))
        return functional.relu(x + y)


class ResNetCIFAR(nn.Module):
    """He, Zhang, Ren, Sun 2016, section 4.2."""

    def __init__(self, depth, classes=10):
        super().__init__()
        blocks = (depth - 2) // 6
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        widths = [16, 16, 32, 64]
        for stage in (1, 2, 3):
            layers = [CIFARBlock(widths[stage - 1], widths[stage], 1 if stage == 1 else 2)]
            layers += [CIFARBlock(widths[stage], widths[stage], 1) for _ in range(blocks - 1)]
            setattr(self, f"layer{stage}", nn.Sequential(*layers))
        self.linear = nn.Linear(64, classes)

    def forward(self, x):
        x = functional.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))


class MNISTConvNet(nn.Module):
    """Six 3x3 convolutions with batch normalisation: Striate's `mnist-cnn`."""

    def __init__(self, classes=10):
        super().__init__()
        inputs = 1
        for index, maps in enumerate([16, 16, 32, 32, 64, 64], start=1):
            setattr(self, f"conv{index}", nn.Conv2d(inputs, maps, 3, padding=1, bias=False))
            setattr(self, f"bn{index}", nn.BatchNorm2d(maps))
            inputs = maps
        self.fc = nn.Linear(64, classes)

    def forward(self, x):
        for index in range(1, 7):
            x = functional.relu(getattr(self, f"bn{index}")(getattr(self, f"conv{index}")(x)))
            if index in (2, 4):
                x = functional.max_pool2d(x, 2)
        return self.fc(x.mean((2, 3)))


class ResNet9(nn.Module):
    """Page 2018, How to train your ResNet."""

    class Unit(nn.Module):
        def __init__(self, inputs, maps):
            super().__init__()
            self.conv = nn.Conv2d(inputs, maps, 3, padding=1, bias=False)
            self.bn = nn.BatchNorm2d(maps)

        def forward(self, x):
            return functional.relu(self.bn(self.conv(x)))

    class Stage(nn.Module):
        def __init__(self, inputs, maps, residual):
            super().__init__()
            self.unit = ResNet9.Unit(inputs, maps)
            if residual:
                self.residual = nn.ModuleDict({name: ResNet9.Unit(maps, maps) for name in ("unit1", "unit2")})

        def forward(self, x):
            x = functional.max_pool2d(self.unit(x), 2)
            return x + self.residual["unit2"](self.residual["unit1"](x)) if hasattr(self, "residual") else x

    def __init__(self, classes=10, width=64):
        super().__init__()
        self.prep = self.Unit(3, width)
        self.layer1 = self.Stage(width, 2 * width, True)
        self.layer2 = self.Stage(2 * width, 4 * width, False)
        self.layer3 = self.Stage(4 * width, 8 * width, True)
        self.linear = nn.Linear(8 * width, classes, bias=False)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.prep(x))))
        return self.linear(x.amax((2, 3))) / 8


class AirBench(nn.Module):
    """Jordan 2024, 94% on CIFAR-10 in 3.29 Seconds on a Single GPU; nothing of how it is trained."""

    class Group(nn.Module):
        def __init__(self, inputs, maps):
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, maps, 3, padding=1, bias=False)
            self.norm1 = nn.BatchNorm2d(maps, eps=1e-12)
            self.conv2 = nn.Conv2d(maps, maps, 3, padding=1, bias=False)
            self.norm2 = nn.BatchNorm2d(maps, eps=1e-12)

        def forward(self, x):
            x = functional.gelu(self.norm1(functional.max_pool2d(self.conv1(x), 2)))
            return functional.gelu(self.norm2(self.conv2(x)))

    def __init__(self, classes=10, maps=(64, 256, 256)):
        super().__init__()
        self.whiten = nn.Conv2d(3, 24, 2)
        for place, (inputs, outputs) in enumerate(zip((24, *maps), maps), 1):
            setattr(self, f"group{place}", self.Group(inputs, outputs))
        self.linear = nn.Linear(maps[-1], classes, bias=False)

    def forward(self, x):
        x = self.group3(self.group2(self.group1(functional.gelu(self.whiten(x)))))
        return self.linear(functional.max_pool2d(x, 3).flatten(1)) / 9
