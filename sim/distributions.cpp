#include "sim/distributions.h"

#include <stdexcept>
#include <string>

namespace netcvr {

Family family_named(std::string_view name) {
    if (name == "exponential") return Family::exponential;
    if (name == "weibull") return Family::weibull;
    if (name == "log-normal") return Family::log_normal;
    if (name == "log-logistic") return Family::log_logistic;
    throw std::invalid_argument("unknown delay family " + std::string(name));
}

}  // namespace netcvr
