#include "output/compare.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "output/compare_findings.h"
#include "output/compare_groups.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

using BySeed = std::map<std::int64_t, double>;
using Replicates = std::vector<const Result*>;  // of one group, seeds increasing

std::vector<double> values_of(const BySeed& by_seed) {
    std::vector<double> values;
    values.reserve(by_seed.size());
    for (const auto& [seed, value] : by_seed) values.push_back(value);
    return values;
}

const MethodScores* scores_of(const Result& result, std::string_view method) {
    const auto found = std::ranges::find(result.scores.methods, method, &MethodScores::method);
    return found == result.scores.methods.end() ? nullptr : &*found;
}

BySeed values_of(const Replicates& replicates,
                 std::string_view method,
                 Target target,
                 std::string_view metric) {
    BySeed values;
    for (const Result* result : replicates) {
        const MethodScores* scores = scores_of(*result, method);
        const Score* score = scores ? find_score(scores->scores, target, metric) : nullptr;
        if (score && score->value) values[result->seed] = *score->value;
    }
    return values;
}

BySeed excess_of(const Replicates& replicates, std::string_view method) {
    return values_of(replicates, method, Target::net_cvr, "excess_log_loss");
}

/// a − b by common seed. None at all if some pair is infinite on both sides: leaving it out would flatter.
BySeed paired_difference(const BySeed& a, const BySeed& b) {
    BySeed differences;
    for (const auto& [seed, value] : a) {
        const auto other = b.find(seed);
        if (other == b.end()) continue;
        if (std::isinf(value) && std::isinf(other->second)) return {};
        differences[seed] = value - other->second;
    }
    return differences;
}

/// Mean forecast − mean truth of net_cvr, per click.
BySeed bias_of(const Replicates& replicates, std::string_view method) {
    BySeed bias;
    for (const Result* result : replicates) {
        const MethodScores* scores = scores_of(*result, method);
        if (!scores) continue;
        const auto any = std::ranges::find(scores->breakdowns, Target::net_cvr, &Breakdown::target);
        if (any == scores->breakdowns.end()) continue;
        const double clicks = pairwise_sum(any->weight);
        if (clicks > 0)
            bias[result->seed] = (pairwise_sum(any->forecast) - pairwise_sum(any->truth)) / clicks;
    }
    return bias;
}

Ratio improvement(const Replicates& replicates,
                  std::string_view method,
                  Target target,
                  const Metric& metric) {
    const auto of = [&](std::string_view name) { return values_of(replicates, name, target, metric.name); };
    const double sign = metric.better == Better::lower ? 1 : -1;
    const BySeed start = of(pretrained_method);
    const BySeed gained = paired_difference(start, of(method));
    const BySeed possible = paired_difference(start, of(oracle_method));
    std::vector<std::pair<double, double>> pairs;
    for (const auto& [seed, gain] : gained)
        if (possible.contains(seed)) pairs.emplace_back(sign * gain, sign * possible.at(seed));
    return ratio(pairs);
}

/// Of the excess and of every metric against labels that has a better side.
std::vector<Improvement> improvements_of(const Replicates& replicates, const MethodSummary& summary) {
    std::vector<Improvement> all;
    const std::string& name = summary.method;
    if (name == oracle_method || name == pretrained_method) return all;
    for (const Metric& metric : metrics()) {
        const bool wanted = metric.name == "excess_log_loss" || metric.against == Against::labels;
        if (!wanted || metric.better == Better::near_one) continue;
        for (const Target target : metric.targets)
            if (!values_of(replicates, name, target, metric.name).empty())
                all.push_back(
                    {target, std::string(metric.name), improvement(replicates, name, target, metric)});
    }
    return all;
}

MethodSummary summarise(const Replicates& replicates, const std::string& name) {
    const auto over_seeds = [&](Target target, std::string_view metric) {
        return estimate(values_of(values_of(replicates, name, target, metric)));
    };
    MethodSummary summary;
    summary.method = name;
    std::vector<double> copies;
    for (const Result* result : replicates) {
        const MethodScores* scores = scores_of(*result, name);
        if (!scores) continue;
        summary.reference = scores->reference;
        summary.cascade = scores->cascade;
        summary.seeds.push_back(result->seed);
        if (scores->copies > 0) copies.push_back(static_cast<double>(scores->copies));
    }
    const BySeed excess = excess_of(replicates, name);
    summary.excess = estimate(values_of(excess));
    if (name != oracle_method)
        summary.over_oracle =
            estimate(values_of(paired_difference(excess, excess_of(replicates, oracle_method))));
    if (name != direct_method) {
        summary.differences = paired_difference(excess, excess_of(replicates, direct_method));
        const std::vector<double> differences = values_of(summary.differences);
        summary.over_direct = estimate(differences);
        if (summary.cascade && !summary.reference) summary.p_value = t_test(differences);
    }
    summary.rmse = over_seeds(Target::net_cvr, "rmse");
    summary.bias = estimate(values_of(bias_of(replicates, name)));
    summary.pcoc_net = over_seeds(Target::net_cvr, "pcoc_truth");
    summary.pcoc_cvr = over_seeds(Target::cvr, "pcoc_truth");
    summary.pcoc_refund = over_seeds(Target::refund_rate, "pcoc_truth");
    summary.auc = over_seeds(Target::net_cvr, "expected_auc");
    summary.copies = estimate(copies);
    summary.improvements = improvements_of(replicates, summary);
    return summary;
}

/// Sets `best` on the one method, if any, that every paired test says is better than each other one.
void mark_best(std::vector<MethodSummary>& methods, const Replicates& replicates) {
    for (MethodSummary& method : methods) {
        if (method.reference) continue;
        std::vector<double> p_values;
        bool lower = true;
        for (const MethodSummary& other : methods) {
            if (other.reference || &other == &method) continue;
            const std::vector<double> difference = values_of(
                paired_difference(excess_of(replicates, method.method), excess_of(replicates, other.method)));
            p_values.push_back(t_test(difference).value_or(1));
            lower = lower && !difference.empty() && *estimate(difference).mean < 0;
        }
        const std::vector<double> adjusted = holm(p_values);
        method.best = lower && !adjusted.empty() && std::ranges::max(adjusted) <= test_level;
    }
}

bool lower_excess(const MethodSummary& a, const MethodSummary& b) {
    if (!a.excess.mean || !b.excess.mean) return a.excess.mean.has_value() && !b.excess.mean;
    return *a.excess.mean < *b.excess.mean;
}

void summarise(Group& group, const Replicates& replicates) {
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
    mark_best(group.methods, replicates);
    std::ranges::stable_sort(group.methods, lower_excess);
}

void add_costs(Group& group, const std::vector<std::optional<RunCost>>& costs) {
    std::vector<double> memory;
    std::map<std::string, std::vector<double>> seconds;
    for (const std::size_t r : group.results) {
        if (r >= costs.size() || !costs[r]) continue;
        memory.push_back(static_cast<double>(costs[r]->peak_memory));
        for (const auto& [method, taken] : costs[r]->method_seconds) seconds[method].push_back(taken);
    }
    group.peak_memory = estimate(memory);
    for (MethodSummary& method : group.methods) method.seconds = estimate(seconds[method.method]);
}

void check(const Replicates& replicates) {
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
        tested[i]->verdict = adjusted[i] > test_level           ? Verdict::undecided
                             : *tested[i]->over_direct.mean < 0 ? Verdict::cascade_better
                                                                : Verdict::direct_better;
    }
}

}  // namespace

const MethodSummary* find_method(const Group& group, std::string_view method) {
    const auto found = std::ranges::find(group.methods, method, &MethodSummary::method);
    return found == group.methods.end() ? nullptr : &*found;
}

const Improvement* find_improvement(const MethodSummary& method, Target target, std::string_view metric) {
    const auto found = std::ranges::find_if(method.improvements, [&](const Improvement& improvement) {
        return improvement.target == target && improvement.metric == metric;
    });
    return found == method.improvements.end() ? nullptr : &*found;
}

Comparison compare(const SweepResults& sweep, const std::vector<std::optional<RunCost>>& costs) {
    Comparison comparison;
    comparison.groups = groups_of(sweep);
    for (Group& group : comparison.groups) {
        Replicates replicates;
        for (const std::size_t r : group.results) replicates.push_back(&sweep.results[r]);
        check(replicates);
        summarise(group, replicates);
        add_costs(group, costs);
        if (std::ranges::count(comparison.panels, group.panel) == 0) comparison.panels.push_back(group.panel);
    }
    decide(comparison);
    comparison.findings = findings(sweep, comparison);
    comparison.summary = summary(sweep, comparison);
    return comparison;
}

}  // namespace netcvr
