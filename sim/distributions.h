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
///   gamma         P(k, t), the regularised lower incomplete gamma function
enum class Family : std::uint8_t { exponential, weibull, log_normal, log_logistic, gamma };

/// Throws std::invalid_argument for an unknown name (the field table has already checked it).
Family family_named(std::string_view name);

/// What of the gamma law depends on its shape k alone.
struct GammaConstants {
    double log_shape = 0;
    double log_peak = 0;  // log density of log T₀ at its mode, t = k
    double body = 0;      // P(T₀ <= k + 1)
};
GammaConstants gamma_constants(double shape);

struct DelayLaw {
    Family family = Family::weibull;
    double shape = 1;
    GammaConstants gamma = family == Family::gamma ? gamma_constants(shape) : GammaConstants{};

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
            case Family::gamma:
                return gamma_cdf_of_log(x);
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
            case Family::gamma:
                return gamma_log_quantile(u);
        }
        return 0;
    }
    /// Logarithm of the density of log T at log t − log_scale = x.
    double log_density_of_log(double x) const;

private:
    double gamma_log_density(double x) const;
    double gamma_cdf_of_log(double x) const;
    double gamma_log_quantile(double u) const;
    double gamma_log_quantile_of_body(double u, double start) const;
    double gamma_log_quantile_of_tail(double tail, double start) const;
};

}  // namespace netcvr
