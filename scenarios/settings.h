#pragma once

#include <vector>

#include "estimators/training.h"
#include "output/published.h"
#include "sim/scenario.h"

namespace netcvr {

/// Everything a scenario file may set.
struct Settings {
    Scenario scenario;
    Training training;
    std::vector<Published> published;  // of [[published]]: what `inspect --against` holds a log to
};

}  // namespace netcvr
