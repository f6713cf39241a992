#include "sim/calibrate.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "sim/calibrate_stages.h"
#include "sim/digest.h"

namespace netcvr {
namespace {

/// What the stages need of the clicks they average over.
struct Material {
    Spreadable conversion, refund;
    std::vector<double> considered, repeat, hour;
};

Material material_of(const World& world, const Clicks& clicks) {
    const Scenario& s = world.scenario;
    const auto predicted = [&](double spread, double amplitude, double refund_spread) {
        Scenario::Solved with;
        with.conversion_spread = spread, with.conversion_hour = amplitude, with.refund_spread = refund_spread;
        Predictors x;
        predict(world, with, clicks, x);
        return x;
    };
    // Predictors are linear in each of the three, so one more evaluation each says all.
    Predictors whole = predicted(1, 1, 1);
    Material m;
    const bool spread = s.targets.bayes_auc_cvr > 0 || s.targets.bayes_auc_net_cvr > 0;
    const Predictors flat = spread ? predicted(0, 1, 0) : Predictors{};
    if (s.targets.hourly_cvr_ratio > 0) {
        m.hour.reserve(clicks.size());
        for (const Time t : clicks.time) m.hour.push_back(world.arrivals.local_hour(t));
    }
    m.conversion = Spreadable(std::move(whole.conversion), flat.conversion,
                              m.hour.empty() ? std::vector<double>{} : predicted(1, 0, 1).conversion,
                              std::move(whole.conversion_log_scale), s.conversion_delay.propensity);
    m.refund = Spreadable(std::move(whole.refund), flat.refund, {}, std::move(whole.refund_log_scale),
                          s.refund_delay.propensity);
    m.considered = std::move(whole.considered);
    m.repeat = std::move(whole.repeat);
    return m;
}

Scenario::Solved solve_stages(const World& world, Material m) {
    const Scenario& s = world.scenario;
    Scenario::Solved found;
    const ConversionMasses masses =
        solve_conversions(world, std::move(m.conversion), m.considered, m.hour, found);
    const double reference = solve_refunds(world, m.refund, masses, found);
    if (s.has_repeats()) solve_repeats(world, m.repeat, m.refund, masses, reference, found);
    found.key = solution_key(s);
    return found;
}

}  // namespace

std::string solution_key(const Scenario& scenario) {
    Scenario copy = scenario;
    std::string all;
    for (const auto& field : scenario_fields()) {
        if ((field.moves & ~moves_prior) == 0) continue;
        all += field.name;
        std::visit(
            [&](auto* value) {
                if constexpr (std::is_same_v<decltype(value), std::string*>)
                    all += "=" + *value;
                else if constexpr (requires { value->begin(); })
                    for (const auto& entry : *value) all += fmt::format("={:a}", static_cast<double>(entry));
                else
                    all += fmt::format("={:a}/{}", static_cast<double>(*value), *value);
            },
            field.slot(&copy));
        all += '\n';
    }
    const Digest digest = digest_of(all.data(), all.size());
    return fmt::format("{:016x}{:016x}", digest.high, digest.low);
}

Scenario::Solved calibrate(const World& world) {
    return solve_stages(world, material_of(world, pilot_clicks(world)));
}

Scenario::Solved calibrate(const World& world, const Predictors& x) {
    return solve_stages(world, {.conversion = {x.conversion, {}, {}, x.conversion_log_scale, 0},
                                .refund = {x.refund, {}, {}, x.refund_log_scale, 0},
                                .considered = x.considered,
                                .repeat = x.repeat,
                                .hour = {}});
}

Scenario::Solved calibrate_refunds(const World& world, const Predictors& x) {
    ConversionMasses masses;
    masses.within[1].assign(x.considered.begin(), x.considered.end());
    for (const double considered : x.considered) masses.within[0].push_back(1 - considered);
    masses.ever[0] = masses.within[0], masses.ever[1] = masses.within[1];
    Scenario::Solved found;
    Spreadable refund(x.refund, {}, {}, x.refund_log_scale, 0);
    solve_refunds(world, refund, masses, found);
    return found;
}

}  // namespace netcvr
