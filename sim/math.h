#pragma once
// exp, log, the logistic function and the normal law with a fixed order of IEEE operations. The C library
// picks different variants of exp and log by processor, which differ in the last bit (one exp in a thousand);
// these do not, and they vectorise. Relative error below 4e-16 for exp and log (tests/sim/math_test.cpp,
// against Boost).

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>

namespace netcvr::math {

inline double power_of_two(double whole) {  // 2^whole for |whole| <= 1022
    return std::bit_cast<double>(
        static_cast<std::uint64_t>((std::bit_cast<std::int64_t>(whole + 0x1.8p52) + 1023) << 52));
}

/// e^x = 2^k (1 + rest), with log 2 / 2 >= |log(1 + rest)|.
struct Exponential {
    double power, rest;
};
inline Exponential exponential(double x) {
    const double bounded = x < -708.0 ? -708.0 : (x > 709.0 ? 709.0 : x);
    // x = k log 2 + r, |r| <= log 2 / 2; log 2 in two parts so that k · high is exact.
    const double k = (bounded * 0x1.71547652b82fep0 + 0x1.8p52) - 0x1.8p52;
    const double r = (bounded - k * 0x1.62e42fefa0000p-1) - k * 0x1.cf79abc9e3b39p-40;
    // Taylor to r^13 / 13!: the rest is below 1e-18 at |r| = 0.347.
    double p = 1.6059043836821613e-10;
    p = p * r + 2.08767569878681e-09;
    p = p * r + 2.505210838544172e-08;
    p = p * r + 2.755731922398589e-07;
    p = p * r + 2.7557319223985893e-06;
    p = p * r + 2.48015873015873e-05;
    p = p * r + 1.984126984126984e-04;
    p = p * r + 1.3888888888888889e-03;
    p = p * r + 8.333333333333333e-03;
    p = p * r + 4.1666666666666664e-02;
    p = p * r + 1.6666666666666666e-01;
    p = p * r + 0.5;
    return {power_of_two(k), r + r * r * p};
}

/// e^x; 0 below −708, e^709 above 709.
inline double exp(double x) {
    const Exponential e = exponential(x);
    const double result = (1.0 + e.rest) * e.power;
    return x < -708.0 ? 0.0 : result;
}

/// 1 − e^(−y), with all its digits for small |y| too; 1 − e^709 below −709.
inline double one_minus_exp(double y) {
    const Exponential e = exponential(-y);
    return (1.0 - e.power) - e.power * e.rest;
}

/// Natural logarithm of a positive normal number.
inline double log(double x) {
    // x = 2^k m with m in [√½, √2); log m = 2 artanh(s), s = (m − 1) / (m + 1).
    const auto bits = std::bit_cast<std::uint64_t>(x);
    const std::uint64_t shifted = bits - 0x3fe6a09e667f3bcdULL;  // bits of √½
    const std::uint64_t exponent = shifted & 0xfff0000000000000ULL;
    // Arithmetic shift of the exponent as a double: add a bias first so that the integer is positive.
    const std::uint64_t biased = (shifted + 0x4000000000000000ULL) >> 52;  // k + 1024
    const double k = std::bit_cast<double>(biased | 0x4330000000000000ULL) - 0x1p52 - 1024.0;
    const double m = std::bit_cast<double>(bits - exponent);
    const double f = m - 1.0;
    const double s = f / (2.0 + f);
    const double z = s * s;
    double p = 1.0 / 21.0;
    p = p * z + 1.0 / 19.0;
    p = p * z + 1.0 / 17.0;
    p = p * z + 1.0 / 15.0;
    p = p * z + 1.0 / 13.0;
    p = p * z + 1.0 / 11.0;
    p = p * z + 1.0 / 9.0;
    p = p * z + 1.0 / 7.0;
    p = p * z + 1.0 / 5.0;
    p = p * z + 1.0 / 3.0;
    // log m = 2s + 2s z p, with f in place of 2s so that no digit is lost: 2s = f − s f.
    const double low = k * 0x1.cf79abc9e3b39p-40 - s * (f - 2.0 * z * p);
    return k * 0x1.62e42fefa0000p-1 + (f + low);
}

/// sin(2π x), by Taylor's series on the quarter turn; absolute error below 1e-15.
inline double sine_of_turns(double x) {
    double r = x - std::nearbyint(x);
    if (r > 0.25) r = 0.5 - r;
    if (r < -0.25) r = -0.5 - r;
    const double a = r * 0x1.921fb54442d18p+2, square = a * a;
    double sum = 1;
    for (int k = 20; k >= 2; k -= 2) sum = 1 - sum * square / (k * (k + 1));
    return a * sum;
}

inline double logistic(double z) {
    const double e = exp(-std::fabs(z));
    const double tail = e / (1.0 + e);
    return z < 0 ? tail : 1.0 - tail;
}
inline double logit(double p) {
    return log(p) - log(1.0 - p);
}

/// P(Z <= x), Z standard normal. Hart (1968), algorithm 5666, as given by West (2005); absolute error below
/// 1e-15.
double normal_cdf(double x);
/// Inverse of normal_cdf for u in (0, 1). Wichura (1988), algorithm AS 241; relative error about 1e-16.
double normal_quantile(double u);
/// u[i] becomes its quantile.
void normal_quantile_column(std::span<double> u);

/// What Stirling's formula leaves: log Γ(z) − ((z − ½) log z − z + ½ log 2π), for z > 0; error below 1e-15.
double stirling_rest(double z);

// The incomplete gamma function, without its factor g = t^k e^(−t) / Γ(k), which the caller has in logs.
// For 0 < k <= 100; relative error of the series below 4e-15, of the fraction below 2e-14.

/// P(k, t) = g/k · gamma_series(k, t), for 0 <= t <= k + 1.
double gamma_series(double k, double t);
/// Q(k, t) = g · gamma_fraction(k, t), for t >= k + 1.
double gamma_fraction(double k, double t);

}  // namespace netcvr::math
