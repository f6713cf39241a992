#pragma once
// What the processor could do at most, measured beside what it does.

#include <string>

#include "tests/bench/measure.h"

namespace netcvr {

/// One thread, nothing but fused multiply-adds of the widest registers.
Candidate fma_peak();

/// One thread's matrix product of 1024 × 1024 × 1024, by the library behind Eigen.
Candidate sgemm();

/// Name of the kernels that OpenBLAS has chosen for this processor.
std::string blas_core_type();

}  // namespace netcvr
