#include "CKerfKernels.h"

#if defined(__aarch64__)
#include <math.h>
#define KERF_ISA_NAME neon
#define LANES 4
#define MAX_MR 14
#define MAX_NV 3
#define MULTIPLY_ADDS 8
#define WINDOW_PIXELS 8
#define TILES(T) \
  T(1, 1) T(2, 1) T(3, 1) T(4, 1) T(5, 1) T(6, 1) T(7, 1) T(8, 1) T(9, 1) T(10, 1) T(11, 1) T(12, 1) T(13, 1) T(14, 1) \
  T(1, 2) T(2, 2) T(3, 2) T(4, 2) T(5, 2) T(6, 2) T(7, 2) T(8, 2) T(9, 2) T(10, 2) T(11, 2) T(12, 2) \
  T(1, 3) T(2, 3) T(3, 3) T(4, 3) T(5, 3) T(6, 3) T(7, 3) T(8, 3)
#define TILE_ROWS {0, 14, 12, 8}
#include "template_f32.h"
#endif
