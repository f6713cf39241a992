#include "tests/bench/peak.h"

#include <immintrin.h>

#include <Eigen/Core>

extern "C" char* openblas_get_corename() __attribute__((weak));

namespace netcvr {
namespace {

constexpr int rounds = 4'000'000, chains = 12;  // enough independent chains to hide the latency
volatile float seen = 0;                        // what is looked at has to be computed

__attribute__((target("avx512f"))) void wide_rounds() {
    const __m512 factor = _mm512_set1_ps(0.9999F), term = _mm512_set1_ps(1e-6F);
    __m512 sum[chains];
    for (__m512& s : sum) s = _mm512_set1_ps(1);
    for (int k = 0; k < rounds; ++k)
#pragma GCC unroll 12
        for (__m512& s : sum) s = _mm512_fmadd_ps(s, factor, term);
    for (const __m512& s : sum) seen = seen + s[0];
}

__attribute__((target("avx2,fma"))) void narrow_rounds() {
    const __m256 factor = _mm256_set1_ps(0.9999F), term = _mm256_set1_ps(1e-6F);
    __m256 sum[chains];
    for (__m256& s : sum) s = _mm256_set1_ps(1);
    for (int k = 0; k < rounds; ++k)
#pragma GCC unroll 12
        for (__m256& s : sum) s = _mm256_fmadd_ps(s, factor, term);
    for (const __m256& s : sum) seen = seen + s[0];
}

}  // namespace

Candidate fma_peak() {
    const bool wide = __builtin_cpu_supports("avx512f") > 0;
    return {"fused multiply-adds", 2e-9 * (wide ? 16 : 8) * chains * rounds, "GFLOP/s", 0,
            timed(wide ? wide_rounds : narrow_rounds)};
}

Candidate sgemm() {
    const auto work = [a = Eigen::MatrixXf(Eigen::MatrixXf::Random(1024, 1024)),
                       c = Eigen::MatrixXf(1024, 1024)]() mutable {
        for (int k = 0; k < 4; ++k) c.noalias() = a * a;
    };
    return {"sgemm 1024 × 1024 × 1024", 4 * 2.147483648, "GFLOP/s", 0, timed(work)};
}

std::string blas_core_type() {
    return openblas_get_corename ? openblas_get_corename() : "none (Eigen's own products)";
}

}  // namespace netcvr
