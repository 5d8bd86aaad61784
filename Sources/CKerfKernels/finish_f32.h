// What happens to finished sums: bias, addition of another value, activation.

/// `count` channels from `channel` on of a pixel.
INLINE void NAME(finish)(const kerf_epilogue_f32 *e, V v, float *c, const float *residual, long channel, long count) {
  const int part = count < LANES;
  v += part ? LOAD_PART(e->bias + channel, count) : load(e->bias + channel);
  if (residual) v += part ? LOAD_PART(residual, count) : load(residual);
  if (e->slope) v = v < 0 ? v * (part ? LOAD_PART(e->slope + channel, count) : load(e->slope + channel)) : v;
  else v = clamp(v, splat(e->low), splat(e->high));
  if (part) STORE_PART(c, v, count);
  else store(c, v);
}

/// The same of a row of pixels whose sums are `sums [columns][n]`.
static void NAME(finish_f32)(const kerf_epilogue_f32 *e, long columns, long n, const float *sums, float *c, long c_column) {
  for (long j = 0; j < columns; j++)
    for (long k = 0; k < n; k += LANES) {
      const float *x = sums + j * n + k;
      const long count = n - k < LANES ? n - k : LANES;
      NAME(finish)
      (e, count < LANES ? LOAD_PART(x, count) : load(x), c + j * c_column + k, e->residual ? e->residual + j * e->residual_step + k : 0, k, count);
    }
}
