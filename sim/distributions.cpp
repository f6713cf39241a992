#include "sim/distributions.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace netcvr {
namespace {

constexpr double log_two_pi = 0x1.d67f1c864beb5p0;

// Newton squares the error, so the step after one this small would be below the last bit.
constexpr double small_step = 1e-9;
constexpr int most_steps = 20;

}  // namespace

Family family_named(std::string_view name) {
    if (name == "exponential") return Family::exponential;
    if (name == "weibull") return Family::weibull;
    if (name == "log-normal") return Family::log_normal;
    if (name == "log-logistic") return Family::log_logistic;
    if (name == "gamma") return Family::gamma;
    throw std::invalid_argument("unknown delay family " + std::string(name));
}

GammaConstants gamma_constants(double shape) {
    GammaConstants constants;
    constants.log_shape = math::log(shape);
    constants.log_peak = 0.5 * (constants.log_shape - log_two_pi) - math::stirling_rest(shape);
    constants.body = DelayLaw{Family::gamma, shape, constants}.cdf_of_log(math::log(shape + 1.0));
    return constants;
}

double DelayLaw::log_density_of_log(double x) const {
    const double y = shape * x;
    switch (family) {
        case Family::exponential:
            return x - math::exp(x);
        case Family::weibull:
            return math::log(shape) + y - math::exp(y);
        case Family::log_normal:
            return math::log(shape) - 0.5 * (y * y + log_two_pi);
        case Family::log_logistic:
            return math::log(shape) - std::fabs(y) - 2.0 * math::log(1.0 + math::exp(-std::fabs(y)));
        case Family::gamma:
            return gamma_log_density(x);
    }
    return 0;
}

// k x − e^x − log Γ(k), from the mode: large terms would cancel there.
double DelayLaw::gamma_log_density(double x) const {
    const double d = x - gamma.log_shape;
    return gamma.log_peak - shape * (-math::one_minus_exp(-d) - d);
}

double DelayLaw::gamma_cdf_of_log(double x) const {
    if (x > 700.0) return 1.0;
    const double t = math::exp(x), density = math::exp(gamma_log_density(x));
    if (t <= shape + 1.0) return density / shape * math::gamma_series(shape, t);
    return 1.0 - density * math::gamma_fraction(shape, t);
}

double DelayLaw::gamma_log_quantile(double u) const {
    // Wilson and Hilferty: the cube root of T₀ / k is nearly normal.
    const double root = 1.0 - 1.0 / (9.0 * shape) + math::normal_quantile(u) / (3.0 * std::sqrt(shape));
    const double start = root > 0.1 ? gamma.log_shape + 3.0 * math::log(root) : -1e9;
    return u <= gamma.body ? gamma_log_quantile_of_body(u, start)
                           : gamma_log_quantile_of_tail(1.0 - u, start);
}

// Newton for log P = log u in x = log t. log P is concave in x, so that no start can lead astray, and
// P <= t^k / Γ(k + 1) bounds x below, closely where u or k is small.
double DelayLaw::gamma_log_quantile_of_body(double u, double start) const {
    const double log_u = math::log(u);
    const double log_factorial = shape * (gamma.log_shape - 1.0) + gamma.log_shape - gamma.log_peak;
    const double above = math::log(shape + 1.0), below = (log_u + log_factorial) / shape;
    double x = std::min(shape < 1.0 ? below : std::max(start, below), above);
    for (int i = 0; i < most_steps; ++i) {
        const double series = math::gamma_series(shape, math::exp(x));
        const double log_p = gamma_log_density(x) - gamma.log_shape + math::log(series);
        const double step = (log_u - log_p) * series / shape;  // P over its derivative in x is series / k
        x = std::min(x + step, above);
        if (std::fabs(step) < small_step) break;
    }
    return x;
}

// Newton for log Q = log tail in t, in which log Q is nearly a line.
double DelayLaw::gamma_log_quantile_of_tail(double tail, double start) const {
    const double log_tail = math::log(tail), least = shape + 1.0;
    double t = std::max(math::exp(start), least);
    for (int i = 0; i < most_steps; ++i) {
        const double fraction = math::gamma_fraction(shape, t);
        const double log_q = gamma_log_density(math::log(t)) + math::log(fraction);
        const double step = (log_q - log_tail) * fraction * t;  // Q over its derivative in t is −fraction · t
        t = std::max(t + step, least);
        if (std::fabs(step) < small_step * t) break;
    }
    return math::log(t);
}

}  // namespace netcvr
