#include "check.h"

// The epilogue of the byte kernels as their header states it, in scalar C, and the levels that the checks are fed with.

#pragma STDC FP_CONTRACT OFF

void finished_u8(const kerf_epilogue_u8 *e, long n, int32_t sum, const void *residual, void *out) {
  float r = fmaf((float)sum, e->scale[n], e->bias[n]);
  if (e->middle_scale != 0) {
    r = rintf(r);
    r = r < e->middle_low ? e->middle_low : r;
    r = r > e->middle_high ? e->middle_high : r;
    r = fmaf(r, e->middle_scale, e->middle_bias);
  }
  if (residual) {
    const float x = e->to_float ? *(const float *)residual : *(const uint8_t *)residual;
    r = fmaf(x, e->residual_scale, r);
  }
  if (e->slope) {
    r = r < 0 ? r * e->slope[n] : r;
    r = (e->to_float ? r : rintf(r)) + e->offset;
  }
  r = r < e->low ? e->low : r;
  r = r > e->high ? e->high : r;
  if (e->to_float) {
    memcpy(out, &r, 4);
  } else {
    r = rintf(r);
    *(uint8_t *)out = r < 0 ? 0 : r > 255 ? 255 : (uint8_t)r;
  }
}

void levels(uint8_t *x, long count, int kind) {
  for (long i = 0; i < count; i++) x[i] = (uint8_t)(kind == 0 ? draw(0, 255) : kind == 1 ? 0 : kind == 2 ? 255 : 255 * draw(0, 1));
}

void weights(int8_t *w, long count, int kind) {
  for (long i = 0; i < count; i++) w[i] = (int8_t)(kind == 0 ? draw(-128, 127) : kind == 1 ? -128 : kind == 2 ? 127 : draw(0, 1) ? 127 : -128);
}
