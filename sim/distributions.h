#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

#include "sim/math.h"

namespace netcvr {

/// Families of delay laws. T = e^(log_scale) · T₀, where T₀ is the standard member with the given shape:
///   exponential   P(T₀ <= t) = 1 − e^(−t)
///   weibull       1 − e^(−t^k)
///   log_normal    Φ(k log t), so k = 1 / (standard deviation of log T)
///   log_logistic  1 / (1 + t^(−k))
enum class Family : std::uint8_t { exponential, weibull, log_normal, log_logistic };

/// Throws std::invalid_argument for an unknown name (the field table has already checked it).
Family family_named(std::string_view name);

struct DelayLaw {
    Family family = Family::weibull;
    double shape = 1;

    /// P(T <= t) at log t − log_scale.
    double cdf_of_log(double x) const {
        switch (family) {
            case Family::exponential:
                return math::one_minus_exp(math::exp(x));
            case Family::weibull:
                return math::one_minus_exp(math::exp(shape * x));
            case Family::log_normal:
                return math::normal_cdf(shape * x);
            case Family::log_logistic:
                return math::logistic(shape * x);
        }
        return 0;
    }
    /// log T − log_scale at which P(T <= t) = u, for u in (0, 1).
    double log_quantile(double u) const {
        switch (family) {
            case Family::exponential:
                return math::log(-math::log(1.0 - u));
            case Family::weibull:
                return math::log(-math::log(1.0 - u)) / shape;
            case Family::log_normal:
                return math::normal_quantile(u) / shape;
            case Family::log_logistic:
                return math::logit(u) / shape;
        }
        return 0;
    }
    /// Logarithm of the density of log T at log t − log_scale = x.
    double log_density_of_log(double x) const;
};

}  // namespace netcvr
