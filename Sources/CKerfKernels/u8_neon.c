#include "CKerfKernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include <math.h>
#define KERF_ISA_NAME neon
#define LANES 4
#define MAX_MR 12
#define MAX_NV 2
#define MULTIPLY_ADDS 16
#define WINDOW_PIXELS 4
#define WINDOW_SLIDES(S)
#define TILES(T) \
  T(1, 1) T(2, 1) T(3, 1) T(4, 1) T(5, 1) T(6, 1) T(7, 1) T(8, 1) T(9, 1) T(10, 1) T(11, 1) T(12, 1) \
  T(1, 2) T(2, 2) T(3, 2) T(4, 2) T(5, 2) T(6, 2) T(7, 2) T(8, 2)
#define TILE_ROWS {0, 12, 8}
#include "vectors_u8.h"
#include "portable_u8.h"
#include "narrow_neon_u8.h"
#include "template_u8.h"
#endif
