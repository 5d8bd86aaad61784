#pragma once
// OpenBLAS's BLAS (CBLAS) and LAPACK (LAPACKE) interfaces.
#include <cblas.h>
#include <lapacke.h>
