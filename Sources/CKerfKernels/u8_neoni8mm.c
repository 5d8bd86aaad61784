#include "CKerfKernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include <math.h>
#define KERF_ISA_NAME neoni8mm
#define KERF_MIXED_DOT
#pragma clang attribute push(__attribute__((target("dotprod,i8mm"))), apply_to = function)
#include "dot_neon_u8.h"
#pragma clang attribute pop
#endif
