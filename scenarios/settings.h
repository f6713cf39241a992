#pragma once

#include "estimators/training.h"
#include "sim/scenario.h"

namespace netcvr {

/// Everything a scenario file may set.
struct Settings {
    Scenario scenario;
    Training training;
};

}  // namespace netcvr
