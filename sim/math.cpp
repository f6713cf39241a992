#include "sim/math.h"

#include <algorithm>
#include <array>

#include "sim/vector_clones.h"

namespace netcvr::math {
namespace {

template <int N>
double polynomial(const double (&coefficients)[N], double x) {  // highest power first
    double sum = coefficients[0];
    for (int i = 1; i < N; ++i) sum = sum * x + coefficients[i];
    return sum;
}

}  // namespace

double normal_cdf(double x) {
    static constexpr double numerator[] = {3.52624965998911e-02, 0.700383064443688, 6.37396220353165,
                                           33.912866078383,      112.079291497871,  221.213596169931,
                                           220.206867912376};
    static constexpr double denominator[] = {8.83883476483184e-02, 1.75566716318264, 16.064177579207,
                                             86.7807322029461,     296.564248779674, 637.333633378831,
                                             793.826512519948,     440.413735824752};
    const double a = std::fabs(x);
    if (a > 37.0) return x > 0 ? 1.0 : 0.0;
    const double density = exp(-0.5 * a * a);
    double tail = 0;
    if (a < 7.07106781186547) {
        tail = density * polynomial(numerator, a) / polynomial(denominator, a);
    } else {
        const double fraction = a + 1.0 / (a + 2.0 / (a + 3.0 / (a + 4.0 / (a + 0.65))));
        tail = density / fraction / 2.506628274631;
    }
    return x > 0 ? 1.0 - tail : tail;
}

namespace {

constexpr double central_half = 0.425;  // quantiles of ½ ± this have a formula without logarithm

/// At ½ + q.
double central_quantile(double q) {
    static constexpr double a[] = {2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
                                   4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
                                   1.3314166789178437745e2, 3.3871328727963666080e0};
    static constexpr double b[] = {
        5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4, 2.1213794301586595867e4,
        5.3941960214247511077e3, 6.8718700749205790830e2, 4.2313330701600911252e1, 1.0};
    const double r = 0.180625 - q * q;
    return q * polynomial(a, r) / polynomial(b, r);
}

/// Less its sign, at r = √(−log(distance of u from the nearer end)) <= 5.
double tail_quantile(double r) {
    static constexpr double c[] = {7.74545014278341407640e-4, 2.27238449892691845833e-2,
                                   2.41780725177450611770e-1, 1.27045825245236838258e0,
                                   3.64784832476320460504e0,  5.76949722146069140550e0,
                                   4.63033784615654529590e0,  1.42343711074968357734e0};
    static constexpr double d[] = {1.05075007164441684324e-9, 5.47593808499534494600e-4,
                                   1.51986665636164571966e-2, 1.48103976427480074590e-1,
                                   6.89767334985100004550e-1, 1.67638483018380384940e0,
                                   2.05319162663775882187e0,  1.0};
    return polynomial(c, r - 1.6) / polynomial(d, r - 1.6);
}

/// The same for r > 5.
double far_quantile(double r) {
    static constexpr double e[] = {2.01033439929228813265e-7, 2.71155556874348757815e-5,
                                   1.24266094738807843860e-3, 2.65321895265761230930e-2,
                                   2.96560571828504891230e-1, 1.78482653991729133580e0,
                                   5.46378491116411436990e0,  6.65790464350110377720e0};
    static constexpr double f[] = {2.04426310338993978564e-15, 1.42151175831644588870e-7,
                                   1.84631831751005468180e-5,  7.86869131145613259100e-4,
                                   1.48753612908506148525e-2,  1.36929880922735805310e-1,
                                   5.99832206555887937690e-1,  1.0};
    return polynomial(e, r - 5.0) / polynomial(f, r - 5.0);
}

}  // namespace

double normal_quantile(double u) {
    const double q = u - 0.5;
    if (std::fabs(q) <= central_half) return central_quantile(q);
    const double r = std::sqrt(-log(q < 0 ? u : 1.0 - u));
    const double x = r <= 5.0 ? tail_quantile(r) : far_quantile(r);
    return q < 0 ? -x : x;
}

VECTOR_CLONES
void normal_quantile_column(std::span<double> u) {
    constexpr std::size_t tile = 256;
    std::array<double, tile> tail{};
    std::array<std::uint32_t, tile> place{};
    for (std::size_t begin = 0; begin < u.size(); begin += tile) {
        double* const x = u.data() + begin;
        const std::size_t n = std::min(tile, u.size() - begin);
        // One in seven needs the logarithm: these are put aside, so that each formula runs over a column.
        std::size_t tails = 0;
        for (std::size_t i = 0; i < n; ++i) {
            place[tails] = static_cast<std::uint32_t>(i);
            tail[tails] = x[i];
            tails += std::fabs(x[i] - 0.5) > central_half ? 1 : 0;
        }
        for (std::size_t i = 0; i < n; ++i) x[i] = central_quantile(x[i] - 0.5);
        double nearest = 1;
        for (std::size_t k = 0; k < tails; ++k) {
            const double end = tail[k] < 0.5 ? tail[k] : 1.0 - tail[k];
            nearest = std::min(nearest, end);
            const double z = tail_quantile(std::sqrt(-log(end)));
            x[place[k]] = tail[k] < 0.5 ? -z : z;
        }
        if (nearest < 0x1p-36)  // r > 5 is e^−25 at most
            for (std::size_t k = 0; k < tails; ++k) x[place[k]] = normal_quantile(tail[k]);
    }
}

double stirling_rest(double z) {
    // rest(z) = rest(z + 1) + (z + ½) log(1 + 1/z) − 1, until its asymptotic series is exact at z >= 16.
    double steps = 0;
    while (z < 1.0) {
        steps += (z + 0.5) * log((z + 1.0) / z) - 1.0;
        z += 1.0;
    }
    while (z < 16.0) {
        // 2 artanh(s) = log(1 + 1/z): the step is s²/3 + s⁴/5 + …, s² <= 1/9.
        const double s = 1.0 / (2.0 * z + 1.0), square = s * s;
        double sum = 0;
        for (int m = 33; m >= 3; m -= 2) sum = (sum + 1.0 / m) * square;
        steps += sum;
        z += 1.0;
    }
    const double w = 1.0 / (z * z);
    static constexpr double series[] = {1.0 / 156,  -691.0 / 360360, 1.0 / 1188, -1.0 / 1680,
                                        1.0 / 1260, -1.0 / 360,      1.0 / 12};
    return steps + polynomial(series, w) / z;
}

double gamma_series(double k, double t) {
    double term = 1.0, sum = 1.0;
    for (int n = 1; n <= 400 && term > sum * 0x1p-56; ++n) {
        term *= t / (k + n);
        sum += term;
    }
    return sum;
}

double gamma_fraction(double k, double t) {
    // Legendre's continued fraction by Lentz's method.
    double b = t + 1.0 - k, d = 1.0 / b, c = 0x1p1000, value = d;
    for (int i = 1; i <= 400; ++i) {
        const double a = i * (k - i);
        b += 2.0;
        d = 1.0 / (a * d + b);
        c = b + a / c;
        const double factor = c * d;
        value *= factor;
        if (std::fabs(factor - 1.0) < 0x1p-51) break;
    }
    return value;
}

}  // namespace netcvr::math
