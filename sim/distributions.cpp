#include "sim/distributions.h"

#include <stdexcept>
#include <string>

namespace netcvr {
namespace {

constexpr double log_two_pi = 0x1.d67f1c864beb5p0;

}  // namespace

Family family_named(std::string_view name) {
    if (name == "exponential") return Family::exponential;
    if (name == "weibull") return Family::weibull;
    if (name == "log-normal") return Family::log_normal;
    if (name == "log-logistic") return Family::log_logistic;
    throw std::invalid_argument("unknown delay family " + std::string(name));
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
    }
    return 0;
}

}  // namespace netcvr
