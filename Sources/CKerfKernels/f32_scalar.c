#include <math.h>

#include "CKerfKernels.h"

// Portable C: the compiler's vectors of four at the baseline of the target.
#define KERF_ISA_NAME scalar
#define LANES 4
#define MAX_MR 6
#define MAX_NV 2
#define MULTIPLY_ADDS 2
#define WINDOW_PIXELS 4
#define TILES(T) \
  T(1, 1) T(2, 1) T(3, 1) T(4, 1) T(5, 1) T(6, 1) \
  T(1, 2) T(2, 2) T(3, 2) T(4, 2)
#define TILE_ROWS {0, 6, 4}
#include "template_f32.h"
