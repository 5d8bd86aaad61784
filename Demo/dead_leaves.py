"""Dead leaves: the standard synthetic model of natural image statistics.

Opaque shapes of random place, size and grey fall on each other; the picture is what is seen from above.  With radii distributed as r^-3
between r_min and r_max every octave of size covers the same area, so the statistics are (nearly) scale invariant, edges occlude and
power spectra fall like those of photographs.
Reference: A. B. Lee, D. Mumford, J. Huang, "Occlusion models for natural images: a statistical study of a scale-invariant dead leaves
model", International Journal of Computer Vision 41 (2001), 35-59.
"""

import numpy as np

OVERSAMPLING = 2  # pictures are drawn this much larger and averaged down: antialiased edges


def pink_noise(rng, side, exponent):
    """A [side, side] periodic field with amplitude spectrum f^-exponent, zero mean and unit variance."""
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :])
    frequency[0, 0] = 1
    spectrum = np.fft.rfft2(rng.standard_normal((side, side))) * frequency**-exponent
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, s=(side, side))
    return field / field.std()


def blur(image, sigma):
    """Gaussian blur of a 2-D array, edges reflected; sigma in pixels."""
    if sigma < 0.1:
        return image
    reach = max(1, int(np.ceil(3 * sigma)))
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    taps /= taps.sum()
    for axis in (0, 1):
        padded = np.pad(image, [(reach, reach) if a == axis else (0, 0) for a in (0, 1)], mode="reflect")
        image = sum(t * np.take(padded, range(k, k + image.shape[axis]), axis=axis) for k, t in enumerate(taps))
    return image


def draw(rng, height, width, r_min=1.0, r_max=None, coverage=0.995):
    """One picture, float64 [height, width] in 0...1.  Radii in pixels of the result, density r^-3 on r_min...r_max."""
    s = OVERSAMPLING
    h, w = height * s, width * s
    low, high = r_min * s, (r_max or 0.6 * max(height, width)) * s
    canvas = np.zeros((h, w))
    free = np.ones((h, w), dtype=bool)
    free_count, total = h * w, h * w
    textures = [pink_noise(rng, 512, e) for e in (0.6, 1.0, 1.6)]
    contrast = rng.uniform(0.5, 1.0)  # of this picture: greys fill centre ± contrast/2
    centre = rng.uniform(contrast / 2, 1 - contrast / 2)
    # From the front to the back: a shape is seen only where nothing before it was drawn.
    while free_count > (1 - coverage) * total:
        # inverse of the distribution function of the density r^-3
        radius = (low**-2 - rng.random() * (low**-2 - high**-2)) ** -0.5
        aspect = np.exp(rng.normal(0, 0.45))
        a, b = radius * aspect**0.5, radius * aspect**-0.5
        reach = max(a, b) * 1.42
        cy, cx = rng.uniform(-reach, h + reach), rng.uniform(-reach, w + reach)
        y0, y1 = max(0, int(cy - reach)), min(h, int(cy + reach) + 2)
        x0, x1 = max(0, int(cx - reach)), min(w, int(cx + reach) + 2)
        if y0 >= y1 or x0 >= x1:
            continue
        window = free[y0:y1, x0:x1]
        if not window.any():
            continue
        angle = rng.uniform(0, np.pi)
        yy, xx = np.arange(y0, y1)[:, None] - cy, np.arange(x0, x1)[None, :] - cx
        u = (np.cos(angle) * xx + np.sin(angle) * yy) / a
        v = (np.cos(angle) * yy - np.sin(angle) * xx) / b
        shape = u * u + v * v <= 1 if rng.random() < 0.7 else (np.abs(u) <= 1) & (np.abs(v) <= 1)
        shape &= window
        seen = int(np.count_nonzero(shape))
        if seen == 0:
            continue
        value = np.full(shape.shape, centre + contrast * rng.uniform(-0.5, 0.5))
        kind = rng.random()
        if radius > 4 * s and kind < 0.75:
            value += rng.normal(0, 0.08) * u + rng.normal(0, 0.04) * v  # shading
        if radius > 4 * s and kind > 0.55:
            if rng.random() < 0.75:  # rough surface
                texture = textures[rng.integers(len(textures))]
                oy, ox = rng.integers(512, size=2)
                rows, columns = (np.arange(y0, y1) + oy) % 512, (np.arange(x0, x1) + ox) % 512
                value += np.exp(rng.uniform(np.log(0.01), np.log(0.1))) * texture[np.ix_(rows, columns)]
            else:  # stripes
                period, direction = np.exp(rng.uniform(np.log(3 * s), np.log(16 * s))), rng.uniform(0, np.pi)
                phase = 2 * np.pi * (np.cos(direction) * xx + np.sin(direction) * yy) / period + rng.uniform(0, 2 * np.pi)
                value += rng.uniform(0.02, 0.2) * np.sin(phase)
        canvas[y0:y1, x0:x1][shape] = value[shape]
        window[shape] = False
        free_count -= seen
    canvas[free] = centre
    canvas = canvas.reshape(height, s, width, s).mean(axis=(1, 3))
    return np.clip(blur(canvas, rng.uniform(0.0, 0.7)), 0, 1)


def draw_mixed(rng, height, width):
    """A picture whose smallest shape is itself drawn at random: fine texture to large flat parts."""
    return draw(rng, height, width, r_min=np.exp(rng.uniform(np.log(0.8), np.log(6.0))))
