#pragma once

#include <string>

#include "sim/world.h"

namespace netcvr {

/// Digest of every field that moves a column, [solved] aside: what a solution belongs to.
std::string solution_key(const Scenario& scenario);

/// Solves the two intercepts and the two delay scales so that this world's own users and items, averaged over
/// by the probabilities themselves (no labels are drawn), meet the four targets. In frozen stages: conversion
/// first, refund delays at the reference sparsity next, the refund intercept last; no stage touches what
/// another solved. Deterministic; does not depend on the number of threads. Throws InputError (scenario) if a
/// target is out of reach; for a rate with the reachable interval.
Scenario::Solved calibrate(const World& world);

}  // namespace netcvr
