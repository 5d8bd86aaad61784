// Convolution in windows by the Fourier transform (overlap-save): tiles → V [tile][point][channel], one product a point and panel, inverse transform.
//
// The channels are the lanes: sixteen transforms go side by side without a shuffle. A real tile has redundant frequencies. Two real rows go through
// one complex transform as its real and imaginary part; so do the columns 0 and T/2 of the half spectrum, which are real before the second
// transform. What is left are `real` frequencies without an imaginary part (two along one axis, four along two) and complex ones, each of which
// takes three products instead of four (C. F. Gauss): with x = a + ib and w = c + id
//   xw = (k1 − k3) + i(k1 + k2),  k1 = c(a + b),  k2 = a(d − c),  k3 = b(c + d).
// Points: the real frequencies, then three a complex one: 3/2·T − 1 along one axis, 3/2·T² − 2 along two.

typedef struct {
  V re, im;
} NAME(complex);
#define COMPLEX NAME(complex)

static long NAME(fft_scratch)(long points, long count, long channels) {
  return 16 + count * (NAME(odd_lines)(points * NAME(winograd_pitch)(channels)) + NAME(odd_lines)(points * MAX_NV * LANES)) + (points + 2) * LANES;
}

INLINE COMPLEX NAME(turned)(COMPLEX x, const float *root) {
  const V c = splat(root[0]), s = splat(root[1]);
  return (COMPLEX){x.re * c - x.im * s, x.re * s + x.im * c};
}

/// `X[f] = Σ_j x[j] e^(−2πi fj/n)` for `n` = 1, 8, 16, 32 or 64, in natural order, in `x` or `y`; `roots` holds the 64 roots e^(−2πi k/64).
/// T. G. Stockham's self-sorting passes: radix 4, and 2 at the end.
static __attribute__((noinline)) COMPLEX *NAME(fft)(long size, COMPLEX *restrict x, COMPLEX *restrict y, const float *roots) {
  long n = size, s = 1;
  const long step = 64 / size;
  for (; n >= 4; n /= 4, s *= 4) {
    const long m = n / 4;
    for (long p = 0; p < m; p++) {
      const float *w1 = roots + 2 * (p * s * step), *w2 = roots + 4 * (p * s * step), *w3 = roots + 6 * (p * s * step);
      for (long q = 0; q < s; q++) {
        const COMPLEX *in = x + q + s * p;
        COMPLEX *out = y + q + s * 4 * p;
        const COMPLEX a = in[0], b = in[s * m], c = in[2 * s * m], d = in[3 * s * m];
        const COMPLEX e = {a.re + c.re, a.im + c.im}, f = {b.re + d.re, b.im + d.im};
        const COMPLEX g = {a.re - c.re, a.im - c.im}, h = {b.re - d.re, b.im - d.im};
        const COMPLEX second = {g.re + h.im, g.im - h.re}, third = {e.re - f.re, e.im - f.im}, fourth = {g.re - h.im, g.im + h.re};
        out[0] = (COMPLEX){e.re + f.re, e.im + f.im};
        out[s] = p ? NAME(turned)(second, w1) : second;
        out[2 * s] = p ? NAME(turned)(third, w2) : third;
        out[3 * s] = p ? NAME(turned)(fourth, w3) : fourth;
      }
    }
    COMPLEX *const made = y;
    y = x;
    x = made;
  }
  if (n == 1) return x;
  for (long q = 0; q < s; q++) {
    const COMPLEX a = x[q], b = x[q + s];
    y[q] = (COMPLEX){a.re + b.re, a.im + b.im};
    y[q + s] = (COMPLEX){a.re - b.re, a.im - b.im};
  }
  return y;
}

/// What a transform of `z = x + iy`, `x` and `y` real, says of both at a frequency: from `Z[f]` and `Z[−f]`.
INLINE void NAME(separate)(COMPLEX a, COMPLEX b, COMPLEX *x, COMPLEX *y) {
  const V half = splat(0.5f);
  *x = (COMPLEX){(a.re + b.re) * half, (a.im - b.im) * half};
  *y = (COMPLEX){(a.im + b.im) * half, (b.re - a.re) * half};
}

/// The inverse, with real and imaginary parts exchanged: a forward transform of that is the inverse one, exchanged.
INLINE void NAME(join)(COMPLEX x, COMPLEX y, COMPLEX *a, COMPLEX *b) {
  *a = (COMPLEX){x.im + y.re, x.re - y.im};
  *b = (COMPLEX){y.re - x.im, x.re + y.im};
}

/// A complex frequency as the three factors that meet the weights'.
INLINE float *NAME(put)(float *v, long plane, COMPLEX x) {
  store(v, x.re + x.im);
  store(v + plane, x.re);
  store(v + 2 * plane, x.im);
  return v + 3 * plane;
}

INLINE COMPLEX NAME(take)(const float **t, long plane) {
  const V k1 = load(*t), k2 = load(*t + plane), k3 = load(*t + 2 * plane);
  *t += 3 * plane;
  return (COMPLEX){k1 - k3, k1 + k2};
}

/// A row of a tile's pixels at `row`, zeros outside `from..<to` or where there is no row.
INLINE void NAME(fft_row)(long size, const float *row, long step, long from, long to, long count, V *out) {
  for (long j = 0; j < size; j++) {
    const float *p = row + j * step;
    out[2 * j] = j < from || j >= to ? splat(0) : count < LANES ? LOAD_PART(p, count) : load(p);
  }
}

/// Pixels of a tile, whose first one would lie at `x`, to `v [point]` with `plane` floats between points; `LANES` channels.
/// Rows `rows[0]..<rows[1]` and columns likewise are inside the image.
static void NAME(fft_input)(
    const kerf_winograd_f32 *g, long row_size, long size, const float *x, long row_step, long step, const long rows[2], const long columns[2],
    long count, COMPLEX *half, float *v, long plane) {
  COMPLEX z[64], other[64];
  for (long r = 0; r < row_size; r += 2) {
    for (long k = 0; k < 2; k++) {
      const int inside = r + k >= rows[0] && r + k < rows[1];
      NAME(fft_row)(size, x + (r + k) * row_step, step, columns[0], inside ? columns[1] : 0, count, &z[0].re + k);
    }
    const COMPLEX *f = NAME(fft)(size, z, other, g->roots);
    half[r] = (COMPLEX){f[0].re, f[size / 2].re};
    if (row_size == 1) {
      store(v, half[0].re);
      store(v + plane, half[0].im);
      v += 2 * plane;
      for (long q = 1; q < size / 2; q++) v = NAME(put)(v, plane, f[q]);
      return;
    }
    half[r + 1] = (COMPLEX){f[0].im, f[size / 2].im};
    for (long q = 1; q < size / 2; q++) NAME(separate)(f[q], f[size - q], &half[q * row_size + r], &half[q * row_size + r + 1]);
  }
  const COMPLEX *f = NAME(fft)(row_size, half, other, g->roots);
  store(v, f[0].re);
  store(v + plane, f[0].im);
  store(v + 2 * plane, f[row_size / 2].re);
  store(v + 3 * plane, f[row_size / 2].im);
  v += 4 * plane;
  for (long i = 1; i < row_size / 2; i++) {
    COMPLEX first, last;
    NAME(separate)(f[i], f[row_size - i], &first, &last);
    v = NAME(put)(v, plane, first);
    v = NAME(put)(v, plane, last);
  }
  for (long q = 1; q < size / 2; q++) {
    f = NAME(fft)(row_size, half + q * row_size, other, g->roots);
    for (long i = 0; i < row_size; i++) v = NAME(put)(v, plane, f[i]);
  }
}

/// The sums `t [point]` of a tile to its output pixels inside the image, `LANES` channels from `channel` on, `count` of them stored.
static void NAME(fft_output)(
    const kerf_winograd_f32 *g, long row_size, long size, const float *t, long plane, COMPLEX *half, long rows, long columns, float *c,
    long c_row, long step, const float *residual, long residual_row, long residual_step, long channel, long count) {
  COMPLEX z[64], other[64];
  if (row_size == 1) {
    half[0] = (COMPLEX){load(t), load(t + plane)};
    t += 2 * plane;
    for (long q = 1; q < size / 2; q++) half[q] = NAME(take)(&t, plane);
  } else {
    z[0] = (COMPLEX){load(t + plane), load(t)};
    z[row_size / 2] = (COMPLEX){load(t + 3 * plane), load(t + 2 * plane)};
    t += 4 * plane;
    for (long i = 1; i < row_size / 2; i++) {
      const COMPLEX first = NAME(take)(&t, plane), last = NAME(take)(&t, plane);
      NAME(join)(first, last, &z[i], &z[row_size - i]);
    }
    for (long q = 0; q < size / 2; q++) {
      if (q)
        for (long i = 0; i < row_size; i++) {
          const COMPLEX x = NAME(take)(&t, plane);
          z[i] = (COMPLEX){x.im, x.re};
        }
      const COMPLEX *f = NAME(fft)(row_size, z, other, g->roots);
      for (long i = 0; i < rows; i++) half[q * row_size + i] = (COMPLEX){f[i].im, f[i].re};
    }
  }
  const V none = splat(0);
  for (long r = 0; r < rows; r += 2) {
    const int pair = r + 1 < rows;
    z[0] = (COMPLEX){pair ? half[r + 1].re : none, half[r].re};
    z[size / 2] = (COMPLEX){pair ? half[r + 1].im : none, half[r].im};
    for (long q = 1; q < size / 2; q++)
      NAME(join)(half[q * row_size + r], pair ? half[q * row_size + r + 1] : (COMPLEX){none, none}, &z[q], &z[size - q]);
    const COMPLEX *f = NAME(fft)(size, z, other, g->roots);
    for (long k = 0; k < 1 + pair; k++)
      for (long j = 0; j < columns; j++) {
        const float *added = residual ? residual + (r + k) * residual_row + j * residual_step : 0;
        NAME(finish)(&g->epilogue, k ? f[j].re : f[j].im, c + (r + k) * c_row + j * step, added, channel, count);
      }
  }
}

static void NAME(fft_f32)(const kerf_winograd_f32 *g) {
  const long vertical = g->column_alpha == 1, row_size = vertical ? 1 : g->row_alpha, size = vertical ? g->row_alpha : g->column_alpha;
  const long points = row_size == 1 ? size * 3 / 2 - 1 : row_size * size * 3 / 2 - 2;
  const long pitch = NAME(winograd_pitch)(g->channels), far = NAME(odd_lines)(points * pitch);
  float *v = (float *)(((size_t)g->scratch + 63) / 64 * 64), *t = v + g->count * far;
  COMPLEX *half = (COMPLEX *)(t + g->count * NAME(odd_lines)(points * MAX_NV * LANES));
  for (long i = 0; i < g->count; i++) {
    const long tile = g->first + i, top = tile / g->tile_columns * g->row_outputs - g->top, left = tile % g->tile_columns * g->column_outputs - g->left;
    const long down[2] = {top < 0 ? -top : 0, g->height - top}, across[2] = {left < 0 ? -left : 0, g->width - left};
    // The one row of a vertical line is the image's column.
    const long one[2] = {0, left >= 0 && left < g->width}, flat[2] = {0, top >= 0 && top < g->height};
    const float *x = g->x + top * g->x_row + left * g->x_column;
    for (long c = 0; c < g->channels; c += LANES)
      NAME(fft_input)
      (g, row_size, size, x + c, g->x_row, vertical ? g->x_row : g->x_column, vertical ? one : row_size == 1 ? flat : down, vertical ? down : across,
       g->channels - c, half, v + i * far + c, pitch);
  }
  const float *u = g->u;
  long taken = 0;
  for (long p = 0; p < g->panel_count; p++) {
    const long nv = g->panels[p], width = nv * LANES, tallest = NAME(tile_rows)[nv], t_far = NAME(odd_lines)(points * width);
    const long groups = (g->count + tallest - 1) / tallest, height = groups ? (g->count + groups - 1) / groups : 0;
    for (long q = 0; q < points; q++, u += g->channels * width)
      for (long i = 0; i < g->count; i += height) {
        const long mr = g->count - i < height ? g->count - i : height;
        NAME(raw_tiles)[nv][mr](v + i * far + q * pitch, far, g->channels, u, t + i * t_far + q * width, t_far);
      }
    for (long i = 0; i < g->count; i++) {
      const long tile = g->first + i, top = tile / g->tile_columns * g->row_outputs, left = tile % g->tile_columns * g->column_outputs;
      const long rows = g->out_height - top < g->row_outputs ? g->out_height - top : g->row_outputs;
      const long columns = g->out_width - left < g->column_outputs ? g->out_width - left : g->column_outputs;
      for (long k = 0; k < width && taken + k < g->n; k += LANES) {
        const long channel = taken + k, step = vertical ? g->c_row : g->c_column, residual_step = vertical ? g->residual_row : g->epilogue.residual_step;
        const float *residual = g->epilogue.residual;
        if (residual) residual += top * g->residual_row + left * g->epilogue.residual_step + channel;
        NAME(fft_output)
        (g, row_size, size, t + i * t_far + k, width, half, vertical ? columns : rows, vertical ? rows : columns,
         g->c + top * g->c_row + left * g->c_column + channel, g->c_row, step, residual, g->residual_row, residual_step, channel,
         g->n - channel < LANES ? g->n - channel : LANES);
      }
    }
    taken += width;
  }
}
#undef COMPLEX
