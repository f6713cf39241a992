// How long a copy takes from its rule into the stream, for the rule of every learner of every method.

#include <algorithm>

#include <fmt/core.h>

#include "estimators/method.h"
#include "scenarios/scenario_file.h"
#include "sim/parallel.h"
#include "sim/simulate.h"
#include "tests/bench/measure.h"

namespace netcvr {
namespace {

constexpr double goal = 20;  // M copies/s: 0.05 µs a copy
constexpr std::size_t shown = 5;

/// One pass: the rule for all clicks, and its copies in order.
Candidate delivery_of(const Method& method, const Learner& learner, const Outcomes& all) {
    const auto stream = [&learner, &all] {
        Copies sent;
        learner.delivery(all, learner.stage, sent);
        return learner.collected > 0 ? collected(sent, learner.collected, 0, never)
                                     : sorted_between(sent, 0, never);
    };
    return {fmt::format("{}, {} stage", method.name, name_of(learner.stage)),
            static_cast<double>(stream().size()) / 1e6, "M copies/s", goal, timed([stream] { stream(); })};
}

}  // namespace

void bench_deliver(int repeats) {
    const World world =
        make_world(load_settings("cascade", {"log.clicks=2000000"}).scenario, thread_count(0));
    const LogRows rows = draw_rows(world, 0, row_count(world), false);
    const Outcomes all = outcomes(rows.log);
    std::vector<Candidate> candidates;
    for (const Method& method : methods())
        for (const Learner& learner : method.learners)
            if (learner.delivery) candidates.push_back(delivery_of(method, learner, all));
    take_turns(candidates, repeats);
    std::ranges::sort(candidates, {}, &Candidate::median);
    fmt::print("deliver: {:.1f} M clicks, one thread; the slowest of {} rules of methods\n",
               static_cast<double>(rows.log.size()) / 1e6, candidates.size());
    for (std::size_t k = 0; k < std::min(shown, candidates.size()); ++k) print_line(candidates[k]);
    fmt::print("  fastest: {:.1f} M copies/s\n", candidates.back().median());
}

}  // namespace netcvr
