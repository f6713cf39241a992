#include "output/compare.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include <boost/math/distributions/students_t.hpp>
#include <fmt/format.h>

#include "sim/errors.h"

namespace netcvr {
namespace {

constexpr double level = .05;  // of intervals and verdicts

using BySeed = std::map<std::int64_t, double>;

struct Moments {
    double mean = 0, standard_error = 0;
};

Moments moments(const std::vector<double>& values) {
    const auto n = static_cast<double>(values.size());
    Moments m{.mean = pairwise_sum(values) / n};
    std::vector<double> squares;
    squares.reserve(values.size());
    for (const double value : values) squares.push_back((value - m.mean) * (value - m.mean));
    if (values.size() > 1) m.standard_error = std::sqrt(pairwise_sum(squares) / (n - 1) / n);
    return m;
}

boost::math::students_t student(std::size_t n) {
    return boost::math::students_t(static_cast<double>(n) - 1);
}

std::vector<double> values_of(const BySeed& by_seed) {
    std::vector<double> values;
    values.reserve(by_seed.size());
    for (const auto& [seed, value] : by_seed) values.push_back(value);
    return values;
}

BySeed values_of(const std::vector<const Result*>& replicates,
                 std::string_view method,
                 Target target,
                 std::string_view metric) {
    BySeed values;
    for (const Result* result : replicates)
        for (const MethodScores& scores : result->scores.methods) {
            const Score* score =
                scores.method == method ? find_score(scores.scores, target, metric) : nullptr;
            if (score && score->value) values[result->seed] = *score->value;
        }
    return values;
}

/// a − b by common seed. None at all if some pair is infinite on both sides: leaving it out would flatter.
std::vector<double> paired_difference(const BySeed& a, const BySeed& b) {
    std::vector<double> differences;
    for (const auto& [seed, value] : a) {
        const auto other = b.find(seed);
        if (other == b.end()) continue;
        if (std::isinf(value) && std::isinf(other->second)) return {};
        differences.push_back(value - other->second);
    }
    return differences;
}

MethodSummary summarise(const std::vector<const Result*>& replicates, const std::string& name) {
    const auto over_seeds = [&](Target target, std::string_view metric) {
        return estimate(values_of(values_of(replicates, name, target, metric)));
    };
    MethodSummary summary;
    summary.method = name;
    for (const Result* result : replicates)
        for (const MethodScores& method : result->scores.methods) {
            if (method.method != name) continue;
            summary.reference = method.reference;
            summary.cascade = method.cascade;
            summary.seeds.push_back(result->seed);
        }
    const BySeed excess = values_of(replicates, name, Target::net_cvr, "excess_log_loss");
    const BySeed oracle = values_of(replicates, oracle_method, Target::net_cvr, "excess_log_loss");
    const BySeed direct = values_of(replicates, direct_method, Target::net_cvr, "excess_log_loss");
    summary.excess = estimate(values_of(excess));
    if (name != oracle_method) summary.over_oracle = estimate(paired_difference(excess, oracle));
    if (name != direct_method) {
        const std::vector<double> differences = paired_difference(excess, direct);
        summary.over_direct = estimate(differences);
        if (summary.cascade && !summary.reference) summary.p_value = t_test(differences);
    }
    summary.rmse = over_seeds(Target::net_cvr, "rmse");
    summary.pcoc_net = over_seeds(Target::net_cvr, "pcoc_truth");
    summary.pcoc_cvr = over_seeds(Target::cvr, "pcoc_truth");
    summary.pcoc_refund = over_seeds(Target::refund_rate, "pcoc_truth");
    summary.auc = over_seeds(Target::net_cvr, "expected_auc");
    return summary;
}

bool lower_excess(const MethodSummary& a, const MethodSummary& b) {
    if (!a.excess.mean || !b.excess.mean) return a.excess.mean.has_value() && !b.excess.mean;
    return *a.excess.mean < *b.excess.mean;
}

Group summarise(std::vector<const Result*> replicates) {
    std::ranges::sort(replicates, {}, &Result::seed);
    Group group;
    std::vector<std::string> methods;
    std::vector<double> clicks, refunds, ceilings;
    for (const Result* result : replicates) {
        group.seeds.push_back(result->seed);
        clicks.push_back(static_cast<double>(result->scores.clicks));
        if (result->scores.no_labels.empty()) refunds.push_back(static_cast<double>(result->scores.refunds));
        const Score* world = find_score(result->scores.world, Target::net_cvr, "expected_auc");
        if (world && world->value) ceilings.push_back(*world->value);
        for (const MethodScores& method : result->scores.methods)
            if (std::ranges::count(methods, method.method) == 0) methods.push_back(method.method);
    }
    group.clicks = estimate(clicks);
    group.refunds = estimate(refunds);
    group.auc_ceiling = estimate(ceilings);
    for (const std::string& method : methods) group.methods.push_back(summarise(replicates, method));
    std::ranges::stable_sort(group.methods, lower_excess);
    return group;
}

void check(const std::vector<const Result*>& replicates) {
    std::set<std::int64_t> seeds;
    for (const Result* result : replicates) {
        if (!result->scores.no_truth.empty())
            throw InputError(Exit::data,
                             fmt::format("the result of {}, seed {}, has no scores against the truth ({})",
                                         result->scenario, result->seed, result->scores.no_truth));
        if (!seeds.insert(result->seed).second)
            throw InputError(Exit::data, fmt::format("two results of {} have seed {} and the same labels",
                                                     result->scenario, result->seed));
    }
}

/// "key = value" of the labels that are not the same everywhere; the scenario if it differs or nothing else
/// does.
std::string title_of(const Result& result, const std::vector<Result>& all) {
    std::vector<std::string> parts;
    for (const auto& label : result.labels) {
        const bool same = std::ranges::all_of(all, [&](const Result& other) {
            const auto found = other.labels.find(label.first);
            return found != other.labels.end() && found->second == label.second;
        });
        if (!same) parts.push_back(fmt::format("{} = {}", label.first, label.second));
    }
    const bool one_scenario =
        std::ranges::all_of(all, [&](const Result& other) { return other.scenario == result.scenario; });
    if (parts.empty() || !one_scenario) parts.insert(parts.begin(), result.scenario);
    return fmt::format("{}", fmt::join(parts, ", "));
}

/// Adjusts the p-values of all groups together and decides.
void decide(Comparison& comparison) {
    std::vector<MethodSummary*> tested;
    std::vector<double> p_values;
    for (Group& group : comparison.groups)
        for (MethodSummary& method : group.methods)
            if (method.p_value) tested.push_back(&method), p_values.push_back(*method.p_value);
    comparison.comparisons = tested.size();
    const std::vector<double> adjusted = holm(p_values);
    for (std::size_t i = 0; i < tested.size(); ++i) {
        tested[i]->p_value = adjusted[i];
        tested[i]->verdict = adjusted[i] > level                ? Verdict::undecided
                             : *tested[i]->over_direct.mean < 0 ? Verdict::cascade_better
                                                                : Verdict::direct_better;
    }
}

}  // namespace

Estimate estimate(const std::vector<double>& replicates) {
    Estimate result{.mean = std::nullopt, .half_width = std::nullopt, .n = replicates.size()};
    if (replicates.empty()) return result;
    const Moments m = moments(replicates);
    result.mean = m.mean;
    if (result.n > 1 && std::isfinite(m.mean))
        result.half_width = quantile(student(result.n), 1 - level / 2) * m.standard_error;
    return result;
}

std::optional<double> t_test(const std::vector<double>& replicates) {
    if (replicates.size() < 2) return std::nullopt;
    const Moments m = moments(replicates);
    if (!std::isfinite(m.mean)) return std::nullopt;
    if (m.standard_error == 0) return m.mean == 0 ? 1.0 : 0.0;
    return 2 * cdf(complement(student(replicates.size()), std::abs(m.mean) / m.standard_error));
}

std::vector<double> holm(const std::vector<double>& p_values) {
    std::vector<std::size_t> order(p_values.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return p_values[i]; });
    std::vector<double> adjusted(p_values.size());
    double largest = 0;
    for (std::size_t k = 0; k < order.size(); ++k) {
        largest =
            std::max(largest, std::min(1.0, p_values[order[k]] * static_cast<double>(order.size() - k)));
        adjusted[order[k]] = largest;
    }
    return adjusted;
}

std::string_view verdict_name(Verdict verdict) {
    switch (verdict) {
        case Verdict::cascade_better:
            return "cascade better";
        case Verdict::direct_better:
            return "direct better";
        case Verdict::undecided:
            return "undecided";
        case Verdict::untested:
            break;
    }
    return "untested";
}

Comparison compare(const std::vector<Result>& results) {
    using Key = std::pair<std::string, std::map<std::string, std::string>>;
    std::vector<Key> order;
    std::map<Key, std::vector<const Result*>> groups;
    for (const Result& result : results) {
        const Key key{result.scenario, result.labels};
        if (!groups.contains(key)) order.push_back(key);
        groups[key].push_back(&result);
    }
    Comparison comparison;
    for (const Key& key : order) {
        check(groups[key]);
        comparison.groups.push_back(summarise(groups[key]));
        comparison.groups.back().title = title_of(*groups[key].front(), results);
    }
    decide(comparison);
    return comparison;
}

}  // namespace netcvr
