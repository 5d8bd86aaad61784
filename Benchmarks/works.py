"""What is measured: one list. A new work is one entry."""
import os
import pathlib
from dataclasses import dataclass
from typing import Callable

import calibration
from networks import Chain, repeated, vgg16

FAMILIES = {
    "dense": "3×3 layers, dense (chains of four between thin ends)",
    "factorized": "the same layers factorized to a quarter of the work",
    "shapes": "other kernels: large, strided, depthwise, one-dimensional",
    "vgg": "VGG-16's convolutions at 224², random weights",
    "networks": "trained networks",
    "vgg-int8": "VGG-16's convolutions in int8: one file for all",
    "layers-int8": "3×3 layers as spatial pairs in int8: one file for all",
    "networks-int8": "trained networks in int8: each runtime the file of its own quantizer",
    "networks-free": "trained networks with form, rank and precision free under a bound on the metric, against the originals in float32",
}
LAYERS = [
    (64, 64, 112), (64, 128, 112), (128, 128, 112), (128, 256, 56), (256, 256, 56), (256, 512, 28), (512, 512, 28), (512, 512, 14),
]


@dataclass(frozen=True)
class Bar:
    """What the ratio (peer's time / Kerf's time) must reach, against one peer or the best of them."""
    floor: float
    aim: float | None = None
    against: str = "best"


@dataclass(frozen=True)
class Work:
    """One network at one input shape. `build` writes it; without it the file is one of $KERF_DATA/models.

    `int8` says who quantizes it: nobody (""), onnxruntime's quantizer one file that all run ("shared"), each candidate's own quantizer, on
    the same calibration images ("own"; the peer with the best of several files counts), or `kerf compress` where it serves the bound `drop` on the
    metric ("free"; the peers run the original).
    """
    family: str
    name: str
    shape: tuple
    build: Callable[[], Chain] | None = None
    file: str | None = None
    bars: tuple = ()
    int8: str = ""
    drop: float | None = None

    @property
    def network(self):
        """The trained network's name, or None."""
        return self.file.removesuffix(".onnx") if self.file else None

    def path(self, folder: pathlib.Path) -> pathlib.Path:
        """The float32 ONNX file, written to `folder` if it is one of ours."""
        if self.build is None:
            return models_folder() / self.file
        path = folder / ("".join(c if c.isalnum() else "-" for c in f"{self.family} {self.name}") + ".onnx")
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            self.build().save(path)
        return path


def models_folder():
    """$KERF_DATA/models, or None."""
    data = os.environ.get("KERF_DATA", "")
    folder = pathlib.Path(data) / "models"
    return folder if data and folder.is_dir() else None


def _layers():
    for c, n, size in LAYERS:
        name = f"{c}→{n} @{size}"
        for form in ("dense", "spatial", "cp", "tucker2"):
            family, bars = ("dense", (Bar(1.15, 1.5, "ncnn"),)) if form == "dense" else ("factorized", ())
            build = lambda c=c, n=n, size=size, form=form: repeated(c, n, size, lambda chain, out: chain.layer(form, out, 4))
            yield Work(family, f"{form} {name}", (1, 3, size, size), build, bars=bars)


def _shapes():
    def chain(name, c, size, step, times=4):
        return Work("shapes", f"{name} {c} @{size}", (1, 3, size, size), lambda: repeated(c, c, size, step, times))

    for taps, c, size in ((5, 64, 56), (5, 128, 28), (7, 64, 56)):
        yield chain(f"{taps}×{taps}", c, size, lambda net, n, k=taps: net.conv(n, (k, k)).relu())
    for taps, c, size in ((5, 128, 56), (7, 128, 56)):
        yield chain(f"{taps}×1 and 1×{taps}", c, size, lambda net, n, k=taps: net.conv(48, (k, 1), bias=False).conv(n, (1, k)).relu())
    for n in (64, 96):
        build = lambda n=n: Chain(3, 224).conv(n, (11, 11), stride=4, padding=2).relu().max_pool(3).conv(16, (1, 1))
        yield Work("shapes", f"11×11 stride 4, 3→{n} @224", (1, 3, 224, 224), build)
    yield Work("shapes", "7×7 stride 2, 3→64 @224", (1, 3, 224, 224),
               lambda: Chain(3, 224).conv(64, (7, 7), stride=2).relu().max_pool(3).conv(16, (1, 1)))

    def halving():
        net = Chain(3, 112).conv(64, (1, 1)).relu()
        for n in (128, 256, 512):
            net.conv(n, (3, 3), stride=2).relu()
        return net.conv(16, (1, 1))

    yield Work("shapes", "3×3 stride 2, 64→128→256→512 @112", (1, 3, 112, 112), halving)
    for c, size in ((64, 112), (128, 56), (512, 14)):
        yield chain("depthwise 3×3", c, size, lambda net, n: net.conv(n, (3, 3), groups=n).relu(), 12)
    yield chain("depthwise 5×5", 128, 28, lambda net, n: net.conv(n, (5, 5), groups=n).relu(), 12)
    yield chain("depthwise 3×1 and 1×3", 128, 56,
                lambda net, n: net.conv(n, (3, 1), groups=n, bias=False).conv(n, (1, 3), groups=n).relu(), 12)
    yield chain("separable 3×3", 256, 28, lambda net, n: net.conv(n, (3, 3), groups=n).relu().conv(n, (1, 1)).relu())


def _vgg():
    bars = {
        ("dense", 1): (Bar(1.25, 1.5),),
        ("spatial", 4): (Bar(1.6, 1.8),), ("spatial", 8): (Bar(1.45, 1.65),), ("spatial", 16): (Bar(1.4, 1.6),),
        ("cp", 4): (Bar(1.05, 1.15),), ("cp", 8): (Bar(1.0, 1.15),), ("cp", 16): (Bar(1.0, 1.15),),
        ("tucker2", 4): (Bar(1.5, None, "onnxruntime"), Bar(1.1, None, "ncnn")),
        ("tucker2", 8): (Bar(1.5, None, "onnxruntime"), Bar(1.1, None, "ncnn")),
        ("tucker2", 16): (),
    }
    for (form, reduction), bar in bars.items():
        name = form if reduction == 1 else f"{form} {reduction}×"
        yield Work("vgg", f"VGG-16 {name}", (1, 3, 224, 224), lambda form=form, reduction=reduction: vgg16(form, reduction), bars=bar)


def _networks():
    sizes = {
        "mnist_lenet": (1, 28, 28), "cifar10_resnet20": (3, 32, 32), "cifar10_resnet32": (3, 32, 32), "dn_dncnn_s15": (1, 256, 256),
        "dn_dncnn_s25": (1, 256, 256), "imagenet_mobilenet_v1_0.75_192": (3, 192, 192), "imagenet_mobilenet_v2_1.0_224": (3, 224, 224),
        "imagenet_squeezenet1_1": (3, 227, 227), "sr_imdn_x4": (3, 128, 128), "sr_rfdn_x4": (3, 128, 128),
        "sr_realesr_general_x4v3": (3, 128, 128), "sr_vdsr": (1, 256, 256),
    }
    for name, size in sizes.items():
        yield Work("networks", name, (1, *size), file=name + ".onnx", bars=(Bar(1.0),))
        if name == "cifar10_resnet20":
            yield Work("networks", f"{name} batch 100", (100, *size), file=name + ".onnx", bars=(Bar(1.0),))


def _vgg_int8():
    bars = {
        ("dense", 1): (Bar(0.98, 1.05),),
        ("spatial", 4): (Bar(1.1, 1.3),), ("spatial", 8): (Bar(1.15, 1.3),), ("spatial", 16): (Bar(1.25, 1.3),),
        ("cp", 4): (Bar(1.2, 1.5),), ("cp", 8): (Bar(1.25, 1.5),), ("cp", 16): (Bar(1.3, 1.5),),
        ("tucker2", 4): (), ("tucker2", 8): (),
    }
    for (form, reduction), bar in bars.items():
        name = form if reduction == 1 else f"{form} {reduction}×"
        build = lambda form=form, reduction=reduction: vgg16(form, reduction)
        yield Work("vgg-int8", f"VGG-16 int8 {name}", (1, 3, 224, 224), build, bars=bar, int8="shared")


def _layers_int8():
    for c, n, size in LAYERS:
        if c >= 128:
            build = lambda c=c, n=n, size=size: repeated(c, n, size, lambda chain, out: chain.layer("spatial", out, 4))
            yield Work("layers-int8", f"int8 spatial {c}→{n} @{size}", (1, 3, size, size), build, int8="shared")


def _networks_int8():
    for work in _networks():
        if work.network in INT8_NETWORKS and "batch" not in work.name:
            yield Work("networks-int8", f"{work.name} int8", work.shape, file=work.file, bars=(Bar(1.0),), int8="own")


def _networks_free():
    for work in _networks():
        if work.network in ("dn_dncnn_s25", "sr_vdsr"):
            yield Work("networks-free", f"{work.name} −0.5 dB", work.shape, file=work.file, bars=(Bar(3.0, None, "ncnn"),), int8="free", drop=0.5)


# The trained networks that are measured in int8; `calibration.NETWORKS` has their images.
INT8_NETWORKS = [name for name in calibration.NETWORKS if name != "mnist_lenet"]
WORKS = [*_layers(), *_shapes(), *_vgg(), *_networks(), *_vgg_int8(), *_layers_int8(), *_networks_int8(), *_networks_free()]
# What the geometric mean over a family must reach, against one peer or the best of each work.
FAMILY_BARS = {"dense": Bar(1.5, None, "ncnn"), "networks": Bar(1.3), "networks-int8": Bar(1.2)}


def selected(families=(), names=()):
    """The works of these families whose name holds one of these texts (all, where none is given)."""
    return [w for w in WORKS if (not families or w.family in families) and (not names or any(n in w.name for n in names))]
