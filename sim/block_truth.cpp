// The truth about a block's clicks: their law at the scenario's windows, and with a full truth its
// parameters.
#include "sim/block.h"
#include "sim/statements.h"

namespace netcvr {
namespace {

void put(const std::vector<double>& from, double shift, std::size_t first, std::vector<float>& to) {
    float* const out = to.data() + first;
    for (std::size_t i = 0; i < from.size(); ++i) out[i] = static_cast<float>(from[i] + shift);
}

}  // namespace

void write_truth(
    const World& world, std::size_t first, bool full_truth, const BlockBuffers& b, Truth& truth) {
    const Scenario::Solved& solved = world.scenario.solved;
    put(b.law.cvr, 0, first, truth.cvr);
    put(b.law.refund_rate, 0, first, truth.refund_rate);
    put(b.law.net_cvr, 0, first, truth.net_cvr);
    write_statements(world, b.predictors, b.law, first, truth.more);
    if (!full_truth) return;
    std::size_t next = 0;
    const auto add = [&](const std::vector<double>& from, double shift = 0) {
        put(from, shift, first, truth.law[next++].value);
    };
    add(b.law.conversion);
    add(b.predictors.considered);
    for (const auto& refund : b.law.refund) add(refund);
    add(b.predictors.conversion_log_scale, solved.conversion_delay_log_scale);
    add(b.predictors.refund_log_scale, solved.refund_delay_log_scale);
    if (world.scenario.has_repeats()) {
        for (const auto& mean : b.law.repeat_mean) add(mean);
        for (const auto& refund : b.law.repeat_refund) add(refund);
    }
    if (world.scenario.has_money()) add(b.predictors.price);
}

std::vector<Truth::Column> law_columns(const Scenario& scenario) {
    std::vector<Truth::Column> columns;
    const auto add = [&](const char* name, const char* description, const char* units = "1",
                         const char* denominator = "") {
        columns.push_back({.name = name,
                           .description = description,
                           .units = units,
                           .denominator = denominator,
                           .value = {}});
    };
    const char* const per_conversion = "per conversion ever";
    add("conversion_probability", "P(converts ever | click)", "1", "per click");
    add("considered_share", "P(considered, not impulse | converts ever, click)", "1", per_conversion);
    add("refund_probability_impulse", "P(refunded ever | converts ever, impulse, click)", "1",
        per_conversion);
    add("refund_probability_considered", "P(refunded ever | converts ever, considered, click)", "1",
        per_conversion);
    add("conversion_delay_log_scale",
        "log seconds; considered buyers: plus log of the ratio of conversion delays", "log s");
    add("refund_delay_log_scale", "log seconds; returns: plus log of refund_delay.ratio", "log s");
    if (scenario.has_repeats()) {
        add("repeat_mean_impulse", "E[repeats ever | converts ever, impulse, click]", "events",
            per_conversion);
        add("repeat_mean_considered", "E[repeats ever | converts ever, considered, click]", "events",
            per_conversion);
        add("repeat_refund_probability_impulse", "P(refunded ever | repeat, impulse, click)", "1",
            "per repeat ever");
        add("repeat_refund_probability_considered", "P(refunded ever | repeat, considered, click)", "1",
            "per repeat ever");
    }
    if (scenario.has_money())
        add("expected_order_value", "E[order value | purchase, click]", "currency", "per purchase");
    return columns;
}

}  // namespace netcvr
