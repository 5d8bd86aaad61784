"""Calibration images of the trained networks, prepared as their networks want them: taken evenly from the calibration splits of Cards/*.yaml.

Quantizers of the peers get exactly these arrays; `kerf quantize --data CARD --calibration COUNT` takes the same images.
"""
import gzip
import os
import pathlib

import numpy as np
from PIL import Image


def _data():
    return pathlib.Path(os.environ["KERF_DATA"])


def spread(items, count):
    """`count` of the items from all over the list, as `kerf` takes them: number k is item ⌊k · len / count⌋."""
    count = min(count, len(items))
    return [items[k * len(items) // count] for k in range(count)]


def _mnist(count):
    raw = gzip.open(_data() / "mnist" / "train-images-idx3-ubyte.gz").read()
    images = np.frombuffer(raw, np.uint8, offset=16).reshape(-1, 1, 28, 28)[::60]
    return [(image[None] / 256).astype(np.float32) for image in spread(images, count)]


def _cifar(count):
    records = np.fromfile(_data() / "cifar10" / "train_4000.bin", np.uint8).reshape(-1, 3073)[::8]
    mean, std = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]]).reshape(2, 1, 3, 1, 1)
    return [((record[1:].reshape(1, 3, 32, 32) / 255 - mean) / std).astype(np.float32) for record in spread(records, count)]


def _imagenet(size, prepare):
    def load(count):
        names = [line.split()[0] for line in (_data() / "imagenet-sample" / "labels.txt").read_text().splitlines()][::10]
        batches = []
        for name in spread(names, count):
            image = Image.open(_data() / "imagenet-sample" / "images" / name).convert("RGB")
            crop = 227 if size == 227 else 224
            left, top = (image.width - crop) // 2, (image.height - crop) // 2
            image = image.crop((left, top, left + crop, top + crop))
            if size != crop:
                image = image.resize((size, size), Image.BILINEAR)
            batches.append(prepare(np.asarray(image, np.float32)).transpose(2, 0, 1)[None].astype(np.float32))
        return batches
    return load


def _denoising(sigma):
    def load(count):
        files = [f for i, f in enumerate(sorted((_data() / "bsd400").glob("*.png"))) if i % 10 in (0, 5)]
        batches = []
        for i, file in enumerate(spread(files, count)):
            clean = np.asarray(Image.open(file), np.float64) / 255
            noisy = clean + np.random.default_rng(i).standard_normal(clean.shape) * sigma / 255
            batches.append(noisy.astype(np.float32)[None, None])
        return batches
    return load


def _super_resolution(enlarged_luma, peak=1):
    def load(count):
        batches = []
        for file in spread(sorted((_data() / "sunhays-crops").glob("*.png"))[::2], count):
            image = Image.open(file).convert("RGB")
            small = image.resize((image.width // 4, image.height // 4), Image.BICUBIC)
            pixels = np.asarray(small, np.float64)
            if enlarged_luma:
                luma = pixels @ np.array([65.481, 128.553, 24.966]) / 255 + 16
                large = Image.fromarray(luma.astype(np.float32)).resize(image.size, Image.BICUBIC)
                batches.append((np.asarray(large) / 255).astype(np.float32)[None, None])
            else:
                batches.append((pixels * peak / 255).astype(np.float32).transpose(2, 0, 1)[None].copy())
        return batches
    return load


def _signed(image):
    return (image - 127.5) / 127.5


def _caffe(image):
    return image[..., ::-1] - np.array([104, 117, 123], np.float32)


# Network: its card, how its images are loaded, how many of them all quantizers get.
NETWORKS = {
    "mnist_lenet": ("mnist", _mnist, 128),
    "cifar10_resnet20": ("cifar10", _cifar, 256),
    "cifar10_resnet32": ("cifar10", _cifar, 256),
    "dn_dncnn_s25": ("dncnn_s25", _denoising(25), 32),
    "imagenet_mobilenet_v1_0.75_192": ("imagenet_mobilenet_v1", _imagenet(192, _signed), 64),
    "imagenet_mobilenet_v2_1.0_224": ("imagenet_mobilenet_v2", _imagenet(224, _signed), 64),
    "imagenet_squeezenet1_1": ("imagenet_squeezenet", _imagenet(227, _caffe), 64),
    "sr_imdn_x4": ("imdn", _super_resolution(False), 16),
    "sr_realesr_general_x4v3": ("realesr", _super_resolution(False), 16),
    "sr_vdsr": ("vdsr", _super_resolution(True), 16),
}


def batches(name):
    """The calibration inputs of a network, one image each."""
    _, load, count = NETWORKS[name]
    return load(count)
