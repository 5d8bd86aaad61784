#!/usr/bin/env python3
"""Makes Tests/KerfDataTests/Golden/data.json, which the tests of KerfData are held against.

    python3 Scripts/golden/make_data_golden.py

Made with the versions written into the file under "versions"; seed 0.  Pictures are random smooth patterns, so that every codec has work.
"""
import base64, gzip, io, json, math, os, zipfile

import numpy as np
import PIL
import scipy
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from scipy.signal import convolve2d

rng = np.random.default_rng(0)
here = os.path.dirname(os.path.abspath(__file__))
target = os.path.join(here, "..", "..", "Tests", "KerfDataTests", "Golden", "data.json")
b64 = lambda b: base64.b64encode(b).decode()


def pattern(height, width, channels):
    """Waves and noise, uint8."""
    y, x = np.mgrid[0:height, 0:width]
    planes = []
    for _ in range(channels):
        a, b, c = rng.uniform(0.1, 0.9, 3)
        planes.append(127 + 90 * np.sin(a * x + c) * np.cos(b * y) + rng.normal(0, 12, (height, width)))
    out = np.clip(np.round(np.stack(planes, -1)), 0, 255).astype(np.uint8)
    return out[..., 0] if channels == 1 else out


def saved(image, format, **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def values(array):
    return [int(v) if float(v).is_integer() else float(v) for v in np.asarray(array, np.float64).ravel()]


# ------------------------------------------------------------------ codecs
codecs = []


def codec(name, data, expected=None):
    if expected is None:
        image = Image.open(io.BytesIO(data))
        expected = np.asarray(image if image.mode in ("L", "RGB") else image.convert("RGB"))
    expected = np.asarray(expected)
    codecs.append({
        "name": name, "file": b64(data), "height": expected.shape[0], "width": expected.shape[1],
        "channels": 1 if expected.ndim == 2 else 3, "pixels": values(expected)})


grey, colour = Image.fromarray(pattern(13, 17, 1)), Image.fromarray(pattern(13, 17, 3))
deep = rng.integers(0, 65536, (9, 11), dtype=np.uint16)
alpha = colour.copy()
alpha.putalpha(Image.fromarray(rng.integers(0, 256, (13, 17), dtype=np.uint8)))
gamma = PngInfo()
gamma.add(b"gAMA", (100000).to_bytes(4, "big"))
codec("PNG grey", saved(grey, "PNG"))
codec("PNG RGB", saved(colour, "PNG"))
codec("PNG RGB with gamma 1.0, which is ignored", saved(colour, "PNG", pnginfo=gamma), colour)
codec("PNG RGB and alpha, dropped", saved(alpha, "PNG"), colour)
codec("PNG palette", saved(colour.quantize(16), "PNG"))
codec("PNG palette with a transparent entry", saved(colour.quantize(16), "PNG", transparency=3), colour.quantize(16).convert("RGB"))
codec("PNG 1 bit", saved(grey.convert("1"), "PNG"), np.asarray(grey.convert("1"), np.uint8) * 255)
codec("PNG 16-bit grey", saved(Image.fromarray(deep), "PNG"), deep / 257)
for subsampling, name in ((0, "4:4:4"), (1, "4:2:2"), (2, "4:2:0")):
    codec(f"JPEG {name}", saved(colour, "JPEG", quality=80, subsampling=subsampling))
codec("JPEG progressive", saved(colour, "JPEG", quality=60, progressive=True))
codec("JPEG grey", saved(grey, "JPEG", quality=75))
codec("TIFF grey", saved(grey, "TIFF"))
codec("TIFF RGB, LZW", saved(colour, "TIFF", compression="tiff_lzw"))
codec("TIFF RGB, deflate", saved(colour, "TIFF", compression="tiff_adobe_deflate"))
codec("TIFF palette", saved(colour.quantize(16), "TIFF"))
codec("TIFF 1 bit", saved(grey.convert("1"), "TIFF"), np.asarray(grey.convert("1"), np.uint8) * 255)
codec("TIFF 16-bit grey", saved(Image.fromarray(deep), "TIFF"), deep / 257)

refused = [
    {"name": "JPEG CMYK", "file": b64(saved(colour.convert("CMYK"), "JPEG")), "reason": "CMYK"},
    {"name": "TIFF CMYK", "file": b64(saved(colour.convert("CMYK"), "TIFF")), "reason": "TIFF"},
    {"name": "TIFF float", "file": b64(saved(Image.fromarray(deep.astype(np.float32)), "TIFF")), "reason": "TIFF"},
    {"name": "GIF", "file": b64(saved(grey, "GIF")), "reason": "not a PNG, JPEG or TIFF"},
    {"name": "empty file", "file": "", "reason": "empty"},
]

# ------------------------------------------------------------------ resampling
resampling = []
FILTERS = {"bilinear": Image.BILINEAR, "bicubic": Image.BICUBIC}
real = rng.normal(100, 40, (14, 16)).astype(np.float32)
SOURCES = {"F": real, "L": np.asarray(grey), "RGB": np.asarray(colour)}
for filter in FILTERS:
    for width, height in ((34, 26), (4, 3), (7, 5), (16, 20), (23, 12)):
        for name, data in SOURCES.items():
            out = np.asarray(Image.fromarray(data).resize((width, height), FILTERS[filter]))
            resampling.append({
                "mode": name, "filter": filter, "width": width, "height": height, "pixels": values(out)})

sources = {name: {"width": data.shape[1], "height": data.shape[0], "channels": 1 if data.ndim == 2 else 3, "pixels": values(data)}
           for name, data in SOURCES.items()}
conversion = {"input": values(np.asarray(colour)), "grey": values(np.asarray(colour.convert("L"))),
              "luma": values(np.asarray(colour, np.float64) @ np.array([65.481, 128.553, 24.966]) / 255 + 16)}


# ------------------------------------------------------------------ metrics
def ssim(a, b):
    d = np.arange(-5, 6)
    g = np.exp(-d * d / (2 * 1.5**2))
    w = np.outer(g, g) / np.outer(g, g).sum()
    m = lambda v: convolve2d(v, w, "valid")
    ma, mb = m(a), m(b)
    va, vb, vab = m(a * a) - ma * ma, m(b * b) - mb * mb, m(a * b) - ma * mb
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    return np.mean((2 * ma * mb + c1) * (2 * vab + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2)))


psnr = lambda a, b: 10 * np.log10(255**2 / np.mean((a - b) ** 2))
clean = pattern(24, 29, 3)
noisy = np.clip(clean + rng.normal(0, 20, clean.shape), 0, 255).astype(np.float32)
luma = lambda a: np.asarray(a, np.float64) @ np.array([65.481, 128.553, 24.966]) / 255 + 16
inside = lambda a: a[3:-3, 3:-3]
f64 = lambda a: np.asarray(a, np.float64)
metrics = {
    "width": 29, "height": 24, "border": 3, "clean": values(clean), "noisy": values(noisy),
    "psnr": psnr(f64(clean), f64(noisy)), "psnrLumaBorder": psnr(inside(luma(clean)), inside(luma(noisy))),
    "ssim": np.mean([ssim(f64(clean[..., c]), f64(noisy[..., c])) for c in range(3)]),
    "ssimLumaBorder": ssim(inside(luma(clean)), inside(luma(noisy))),
}


# ------------------------------------------------------------------ noise: the generator written again
M = (1 << 64) - 1
rotate = lambda v, k: (v << k | v >> (64 - k)) & M


def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & M
    z = (z ^ z >> 27) * 0x94D049BB133111EB & M
    return z ^ z >> 31


def normals(seed, index, count):
    gamma = 0x9E3779B97F4A7C15
    s = mix(mix(seed + gamma & M) + index & M)
    state = []
    for _ in range(4):
        s = s + gamma & M
        state.append(mix(s))

    def uniform():
        result = rotate(state[1] * 5 & M, 7) * 9 & M
        shifted = state[1] << 17 & M
        state[2] ^= state[0]
        state[3] ^= state[1]
        state[1] ^= state[2]
        state[0] ^= state[3]
        state[2] ^= shifted
        state[3] = rotate(state[3], 45)
        return (result >> 11) * 2.0**-52 - 1

    out = []
    while len(out) < count:
        x, y = uniform(), uniform()
        q = x * x + y * y
        if 0 < q < 1:
            f = math.sqrt(-2 * math.log(q) / q)
            out += [x * f, y * f]
    return out[:count]


noise = [{"seed": seed, "index": index, "values": normals(seed, index, 8)} for seed, index in ((0, 0), (0, 1), (7, 11), (2**40, 3))]

# ------------------------------------------------------------------ containers
small = [pattern(6, 5, 1) for _ in range(4)]
tiny = [pattern(6, 5, 3) for _ in range(3)]


def idx(array):
    return bytes([0, 0, 8, array.ndim]) + b"".join(int(n).to_bytes(4, "big") for n in array.shape) + array.tobytes()


def npy(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


archive = io.BytesIO()
with zipfile.ZipFile(archive, "w") as z:
    # A ZipInfo has a fixed date: the same file each time.
    for name, image, method in (("7/b.png", 1, zipfile.ZIP_DEFLATED), ("2/a.png", 0, zipfile.ZIP_STORED), ("7/c.png", 2, zipfile.ZIP_DEFLATED)):
        z.writestr(zipfile.ZipInfo(name), saved(Image.fromarray(tiny[image]), "PNG"), method)
planes = np.stack([rng.integers(0, 256, (3, 32, 32), dtype=np.uint8) for _ in range(2)])
containers = {
    "idxImages": b64(gzip.compress(idx(np.stack(small)), mtime=0)), "idxLabels": b64(idx(np.array([3, 1, 4, 1], np.uint8))),
    "idxPixels": [values(a) for a in small],
    "npyImages": b64(npy(np.stack(tiny))), "npyLabels": b64(npy(np.array([5, 9, 2], np.int64))), "npyPixels": [values(a) for a in tiny],
    "npyFloats": b64(npy(np.stack(small).astype(np.float32) + 0.25)),
    "zip": b64(archive.getvalue()), "zipLabels": [2, 7, 7],
    "cifar": b64(b"".join(bytes([label]) + image.tobytes() for label, image in zip((6, 0), planes))), "cifarLabels": [6, 0],
    "cifarPixels": [values(image.transpose(1, 2, 0)) for image in planes],
}

os.makedirs(os.path.dirname(target), exist_ok=True)
with open(target, "w") as out:
    json.dump({
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "pillow": PIL.__version__},
        "codecs": codecs, "refused": refused, "sources": sources, "resampling": resampling, "conversion": conversion, "metrics": metrics, "noise": noise,
        "containers": containers}, out, separators=(",", ":"))
print(os.path.getsize(target), "bytes")
