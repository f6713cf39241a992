#pragma once
// What `netcvr sample` was asked for, with its defaults filled in.

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/commands.h"
#include "sim/sample.h"

namespace netcvr {

struct SampleRequest {
    std::string scheme;  // as asked for
    bool prior = true;   // choose by the prior period, else by the log itself
    SamplingPlan plan;
    SampleTruth truth = SampleTruth::kept;
};
/// Throws InputError (usage) for options that do not go together.
SampleRequest sample_request(const SampleArguments& arguments);

/// "purchases=6..:0.5,clicks=2..4:0.3,clicks=0:0.2"; shares sum to 1. Throws InputError (usage).
std::vector<StratumRule> parse_strata(std::string_view text);

/// "1000" users, or a share of the eligible: "0.05", "5%", "1/79.13". Throws InputError (usage).
void parse_users(std::string_view text, SamplingPlan& plan);

}  // namespace netcvr
