// Who clicks what: n_u is Poisson with mean λ_u, so Σ (n_u − λ_u)² / λ_u has mean 1 and variance 2 + 1 / λ_u
// per entity, by stratum of λ. Mutants: weights of the neighbour, a uniform pick, weights rounded coarsely.

#include <numeric>

#include "tests/verification/statistics.h"

namespace netcvr {
namespace {

struct Stratum {
    double sum = 0, mean = 0, variance = 0, count = 0, expected = 0;
    void add(double n, double lambda) {
        sum += (n - lambda) * (n - lambda) / lambda, mean += 1, variance += 2 + 1 / lambda;
        count += n, expected += lambda;
    }
    double z() const {
        const double spread = (sum - mean) / std::sqrt(variance),
                     level = (count - expected) / std::sqrt(expected);
        return mean == 0 ? 0 : std::fabs(spread) > std::fabs(level) ? spread : level;
    }
};

/// Six strata in factors of four of λ, two statistics each.
double worst_stratum(const std::vector<double>& counts, const std::vector<double>& weights, double clicks) {
    const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
    std::vector<Stratum> strata(6);
    for (std::size_t e = 0; e < weights.size(); ++e) {
        const double lambda = clicks * weights[e] / all;
        const double k = std::clamp(std::log(lambda) / std::log(4.0) + 1, 0.0, 5.0);
        strata[static_cast<std::size_t>(k)].add(counts[e], lambda);
    }
    return worst(strata);
}

TEST(Arrivals, give_everyone_and_everything_clicks_in_proportion) {
    const Scenario scenario = cascade_like(2e6);
    const World world = make_world(scenario, 2);
    const LogRows rows = draw_rows(world, 0, row_count(world), false);
    const double bound = bound_of(24);
    const auto examine = [&](const char* what, const std::vector<std::int32_t>& ids,
                             const std::vector<float>& w) {
        std::vector<double> counts(w.size()), weights(w.begin(), w.end());
        for (const std::int32_t id : ids) ++counts[static_cast<std::size_t>(id)];
        const double most = worst_stratum(counts, weights, scenario.mean_clicks());
        std::printf("    %s: worst stratum %.2f (bound %.2f)\n", what, most, bound);
        EXPECT_LT(most, bound) << what;
        auto shifted = weights;
        std::rotate(shifted.begin(), shifted.begin() + 1, shifted.end());
        expect_rejected("the weight of the neighbour", worst_stratum(counts, shifted, scenario.mean_clicks()),
                        bound);
        auto alike = std::vector<double>(weights.size(), 1.0);
        expect_rejected("all alike", worst_stratum(counts, alike, scenario.mean_clicks()), bound);
        auto coarse = weights;  // to 1/8 of a column: an alias table with three bits of height
        const double mean =
            std::accumulate(weights.begin(), weights.end(), 0.0) / static_cast<double>(w.size());
        for (double& x : coarse) x = std::max(1.0, std::round(x / mean * 8)) * mean / 8;
        expect_rejected("weights rounded to an eighth of the mean",
                        worst_stratum(counts, coarse, scenario.mean_clicks()), bound);
    };
    examine("users", rows.log.user_id, world.population.activity);
    examine("items", rows.log.item_id, world.population.popularity);
}

}  // namespace
}  // namespace netcvr
