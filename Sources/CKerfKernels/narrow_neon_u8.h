// Floats to bytes on NEON.

#define rounded(v) ((VI)vcvtnq_s32_f32((float32x4_t)(v)))
INLINE B4 narrow(VI a, VI b, VI c, VI d) {
  const int16x8_t ab = vcombine_s16(vqmovn_s32((int32x4_t)a), vqmovn_s32((int32x4_t)b));
  const int16x8_t cd = vcombine_s16(vqmovn_s32((int32x4_t)c), vqmovn_s32((int32x4_t)d));
  return (B4)vcombine_u8(vqmovun_s16(ab), vqmovun_s16(cd));
}
#define narrow_taps narrow
