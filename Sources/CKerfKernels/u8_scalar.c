#include <math.h>

#include "CKerfKernels.h"

// Portable C: the compiler's vectors of four at the baseline of the target.
#define KERF_ISA_NAME scalar
#define LANES 4
#define MAX_MR 4
#define MAX_NV 2
#define MULTIPLY_ADDS 3
#define WINDOW_PIXELS 2
#define WINDOW_SLIDES(S)
#define TILES(T) \
  T(1, 1) T(2, 1) T(3, 1) T(4, 1) \
  T(1, 2) T(2, 2)
#define TILE_ROWS {0, 4, 2}
#include "vectors_u8.h"
#include "portable_u8.h"

/// Adding 1.5·2²³ rounds to an integer, which the sum's low bits hold.
INLINE VI rounded(V v) { return (VI)(at_most(at_least(v, splat(0)), splat(255)) + splat(12582912.0f)) - 0x4B400000; }
INLINE B4 narrow(VI a, VI b, VI c, VI d) {
  B4 bytes;
  bytes.lo.lo = __builtin_convertvector(a, B1);
  bytes.lo.hi = __builtin_convertvector(b, B1);
  bytes.hi.lo = __builtin_convertvector(c, B1);
  bytes.hi.hi = __builtin_convertvector(d, B1);
  return bytes;
}
#define narrow_taps narrow

#include "template_u8.h"
