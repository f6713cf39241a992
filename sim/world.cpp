#include "sim/world.h"

#include <algorithm>
#include <cmath>

#include "sim/calibrate.h"
#include "sim/errors.h"
#include "sim/math.h"
#include "sim/parallel.h"
#include "sim/rng.h"

namespace netcvr {
namespace {

DelayLaw law_of_class(std::size_t k,
                      const std::string& first,
                      const std::string& second,
                      const std::vector<double>& shape) {
    return {family_named(k == 0 || second == "same" ? first : second), shape[k]};
}

void set_laws(World& world) {
    const Scenario& s = world.scenario;
    for (std::size_t k = 0; k < 2; ++k) {
        world.conversion_law[k] = conversion_delay_law(s, k);
        world.refund_law[k] = refund_delay_law(s, k);
    }
    world.repeat_gap = {family_named(s.repeats.gap_family), s.repeats.gap_shape};
    world.repeat_gap_log_scale =
        math::log(static_cast<double>(s.repeats.gap_median)) - world.repeat_gap.log_quantile(0.5);
    for (std::uint32_t c = 0; c < channels; ++c) {
        const Words w = philox(static_cast<std::uint64_t>(s.seed), Draw::channel_effect, c, 0, 0);
        world.channel_conversion.push_back(math::normal_quantile(uniform(w[0], w[1])));
        world.channel_refund.push_back(math::normal_quantile(uniform(w[2], w[3])));
    }
    world.time = TimeEffects(s);
}

}  // namespace

DelayLaw conversion_delay_law(const Scenario& s, std::size_t intent) {
    const auto& delay = s.conversion_delay;
    return law_of_class(intent, delay.family, delay.considered_family, delay.shape);
}

DelayLaw refund_delay_law(const Scenario& s, std::size_t kind) {
    const auto& delay = s.refund_delay;
    return law_of_class(kind, delay.family, delay.return_family, delay.shape);
}

World make_world(const Scenario& scenario, int threads) {
    check(scenario);
    World world;
    world.scenario = scenario;
    world.schema = Schema(scenario);
    world.population = make_population(scenario, thread_count(threads));
    world.arrivals =
        Arrivals(scenario, world.population.user_cohorts.entry, world.population.item_cohorts.entry);
    set_laws(world);
    if (scenario.solved.key != solution_key(scenario)) world.scenario.solved = calibrate(world);
    return world;
}

World make_laws(const Scenario& scenario) {
    check(scenario);
    World world;
    world.scenario = scenario;
    set_laws(world);
    return world;
}

void Clicks::resize(std::size_t n) {
    time.resize(n);
    for (auto* column : {&user, &item, &position, &channel, &category, &brand}) column->resize(n);
}

}  // namespace netcvr
