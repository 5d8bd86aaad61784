// What becomes of sums: see `kerf_epilogue_u8`.

/// All but the common cases, which are bytes from the sums, a scale and a bias, perhaps quantized on the way (then perhaps with a slope), perhaps with a
/// residual.
INLINE int NAME(is_slow)(const kerf_epilogue_u8 *e) { return e->to_float || (e->slope && e->middle_scale == 0); }

/// What floats are held under before they become bytes. Bytes saturate, so that a bound above 255 is none; but from 2³¹ on a float has no 32-bit integer,
/// so that 255 is the bound where the scales of `columns` columns let a sum come so far.
INLINE float NAME(byte_high)(const kerf_epilogue_u8 *e, long columns) {
  if (e->high < 255) return e->high;
  int near = !(e->residual_scale < 0x1p20f && e->residual_scale > -0x1p20f) || e->middle_scale != 0 || e->slope;
  for (long n = 0; n < columns; n++) near |= !(e->scale[n] <= 0.25f && e->scale[n] >= -0.25f && e->bias[n] < 0x1p29f && e->bias[n] > -0x1p29f);
  return near ? 255 : INFINITY;
}

/// The epilogue of one vector of sums: `count` elements of `residual` and `c` at the sums' place, `LANES` of them if `!part`.
INLINE void NAME(finish)(const int part, const kerf_epilogue_u8 *e, VI sum, V scale, V bias, V slope, const void *residual, void *c, long count) {
  V r = fused(as_float(sum), scale, bias);
  if (e->middle_scale != 0) {
    r = at_most(at_least(__builtin_elementwise_rint(r), splat(e->middle_low)), splat(e->middle_high));
    r = fused(r, splat(e->middle_scale), splat(e->middle_bias));
  }
  if (residual) {
    V x;
    if (e->to_float) x = part ? LOAD_PART((const float *)residual, count) : load(residual);
    else x = as_float(__builtin_convertvector(part ? LOAD_BYTES_PART((const uint8_t *)residual, count).lo.lo : load_bytes(residual), VI));
    r = fused(x, splat(e->residual_scale), r);
  }
  if (e->slope) {
    r = r < 0 ? r * slope : r;
    // Rounded before the zero point comes to it: an odd one would turn halves the other way.
    r = (e->to_float ? r : __builtin_elementwise_rint(r)) + splat(e->offset);
  }
  r = at_least(r, splat(e->low));
  if (e->to_float) {
    r = at_most(r, splat(e->high));
    if (part) STORE_PART((float *)c, r, count);
    else *(VU *)c = r;
  } else {
    VI q = rounded(at_most(r, splat(e->high < 255 ? e->high : 255)));
    B4 bytes = narrow(q, q, q, q);
    if (part) STORE_BYTES_PART((uint8_t *)c, bytes, count);
    else *(B1U *)c = bytes.lo.lo;
  }
}

/// The epilogue of a tile of sums in memory, `rows × vectors`, in all its forms. `n` columns are stored.
static __attribute__((noinline)) void NAME(finish_tile)(
    const int32_t *sums, long rows, long vectors, const kerf_epilogue_u8 *e, void *c, long ldc, long n) {
  const long size = e->to_float ? 4 : 1;
  for (long v = 0; v < vectors; v++) {
    const long count = n - v * LANES;
    if (count <= 0) break;
    const V scale = load(e->scale + v * LANES), bias = load(e->bias + v * LANES), slope = e->slope ? load(e->slope + v * LANES) : splat(0);
    for (long m = 0; m < rows; m++) {
      const VI sum = load_int(sums + (m * vectors + v) * LANES);
      const char *residual = e->residual ? (const char *)e->residual + (m * e->residual_step + v * LANES) * size : 0;
      char *to = (char *)c + (m * ldc + v * LANES) * size;
      if (count >= LANES) NAME(finish)(0, e, sum, scale, bias, slope, residual, to, LANES);
      else NAME(finish)(1, e, sum, scale, bias, slope, residual, to, count);
    }
  }
}
