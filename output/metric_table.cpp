#include "output/metric_table.h"

#include <algorithm>
#include <string>

#include "output/money_metrics.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

// Ceilings of label metrics: the Case holds the truth as forecast, and on these rows labels are
// Bernoulli(truth).
Value ceiling_of_auc(const Case& c) {
    return expected_auc(c.truth, *c.ranking);
}
Value ceiling_of_average_precision(const Case& c) {
    return expected_average_precision(c.truth, *c.ranking);
}
Value ceiling_of_nll(const Case& c) {
    return entropy(c.truth);
}

Value value_of_excess(const Case& c) {
    return excess_log_loss(c.truth, c.forecast, c.weight);
}
Value value_of_excess_over_oracle(const Case& c) {
    return c.oracle.empty() ? Value{} : excess_difference(c.truth, c.forecast, c.oracle, c.weight);
}
Value value_of_rmse(const Case& c) {
    return rmse(c.truth, c.forecast, c.weight);
}
Value value_of_logit_rmse(const Case& c) {
    return logit_rmse(c.truth, c.forecast, c.weight);
}
Value value_of_bias(const Case& c) {
    return bias(c.truth, c.forecast, c.weight);
}
Value value_of_pcoc_truth(const Case& c) {
    return pcoc_truth(c.truth, c.forecast, c.weight);
}
Value value_of_expected_auc(const Case& c) {
    return expected_auc(c.truth, *c.ranking, c.weight);
}
Value value_of_expected_average_precision(const Case& c) {
    return expected_average_precision(c.truth, *c.ranking);
}

Value value_of_nrmse(const Case& c) {
    return normalised_rmse(c.truth, c.forecast);
}
Value value_of_nmae(const Case& c) {
    return normalised_mae(c.truth, c.forecast);
}
Value value_of_gini(const Case& c) {
    return normalised_gini(c.truth, *c.ranking);
}
Value value_of_nrmse_labels(const Case& c) {
    return normalised_rmse(c.value, c.forecast);
}
Value value_of_gini_labels(const Case& c) {
    return normalised_gini(c.value, *c.ranking);
}

Terms terms_of_pcoc(const Case& c) {
    if (c.value.empty()) return pcoc_terms(c.label, c.forecast);
    return {.numerator = {c.forecast.begin(), c.forecast.end()},
            .denominator = {c.value.begin(), c.value.end()},
            .cell = {}};
}
Terms terms_of_nmae(const Case& c) {
    return nmae_terms(c.value, c.forecast);
}
Terms terms_of_nll(const Case& c) {
    return nll_terms(c.label, c.forecast);
}
Terms terms_of_nll_by_segment(const Case& c) {
    Terms terms = nll_terms(c.label, c.forecast);
    terms.cell.assign(c.segment.begin(), c.segment.end());
    terms.cells = c.segments;
    return terms;
}
Terms terms_of_ece(const Case& c) {
    return ece_terms(c.label, c.forecast, *c.ranking);
}
Terms terms_of_gauc(const Case& c) {
    return gauc_terms(c.label, *c.ranking, c.user, c.users);
}

}  // namespace

std::string_view target_name(Target target) {
    constexpr std::array<std::string_view, 5> names = {"cvr", "refund_rate", "net_cvr", "gmv", "net_gmv"};
    return names[static_cast<std::size_t>(target)];
}

const std::vector<Metric>& metrics() {
    using enum Against;
    using enum Better;
    const std::vector<Target> all(all_targets.begin(), all_targets.end());
    const std::vector<Target> money(money_targets.begin(), money_targets.end());
    const std::vector<Target> all_and_money = {Target::cvr, Target::refund_rate, Target::net_cvr, Target::gmv,
                                               Target::net_gmv};
    const std::vector<Target> per_click = {Target::cvr, Target::net_cvr};
    static const std::vector<Metric> table = {
        {"excess_log_loss", truth, lower, "nats per click", "mean KL(p || f)", all, value_of_excess,
         value_of_excess},
        {"excess_over_oracle", truth, lower, "nats per click", "mean KL(p || f) - mean KL(p || oracle's f)",
         all, value_of_excess_over_oracle, value_of_excess_over_oracle},
        {"rmse", truth, lower, "probability", "sqrt(mean (f - p)^2)", all, value_of_rmse, value_of_rmse},
        {"logit_rmse", truth, lower, "logit", "sqrt(mean (logit f - logit p)^2)", all, value_of_logit_rmse,
         value_of_logit_rmse},
        {"bias", truth, near_zero, "probability", "mean f - mean p", all, value_of_bias, value_of_bias},
        {"pcoc_truth", truth, near_one, "1", "sum f / sum p", all_and_money, value_of_pcoc_truth,
         value_of_pcoc_truth},
        {"expected_auc", truth, higher, "1", "expected share of concordant (positive, negative) pairs", all,
         value_of_expected_auc, value_of_expected_auc},
        {"expected_average_precision", truth, higher, "1", "E[positives * average precision] / E[positives]",
         per_click, value_of_expected_average_precision, value_of_expected_average_precision},
        {"nrmse", truth, lower, "mean truth per click", "sqrt(mean (f - v)^2) / mean v", money, nullptr,
         value_of_nrmse},
        {"nmae", truth, lower, "mean truth per click", "mean |f - v| / mean v", money, nullptr,
         value_of_nmae},
        {"gini", truth, higher, "1", "Gini of v along f / Gini of v along v, ties at their middle", money,
         nullptr, value_of_gini},
        {"pcoc_labels",
         labels,
         near_one,
         "1",
         "sum f / sum y",
         all_and_money,
         nullptr,
         nullptr,
         {.terms = terms_of_pcoc, .of_sums = ratio}},
        {"ece",
         labels,
         lower,
         "probability",
         "sum over ten equal-mass bins of share * |mean f - mean y|",
         all,
         nullptr,
         nullptr,
         {.terms = terms_of_ece, .of_sums = absolute_ratio, .interval = false}},
        {"auc",
         labels,
         higher,
         "1",
         "area under ROC, ties at half",
         all,
         ceiling_of_auc,
         nullptr,
         {.of_curve = auc}},
        {"auc_segment_mean",
         labels,
         higher,
         "1",
         "mean of auc over segments with both classes",
         all,
         nullptr,
         nullptr,
         {.of_curve = auc, .by_segment = true}},
        {"gauc",
         labels,
         higher,
         "1",
         "mean of auc over users with both classes, by their rows",
         all,
         nullptr,
         nullptr,
         {.terms = terms_of_gauc, .of_sums = ratio}},
        {"average_precision",
         labels,
         higher,
         "1",
         "sum of precision * step in recall, ties grouped",
         all,
         ceiling_of_average_precision,
         nullptr,
         {.of_curve = average_precision}},
        {"average_precision_segment_mean",
         labels,
         higher,
         "1",
         "mean of average_precision over segments with a positive",
         all,
         nullptr,
         nullptr,
         {.of_curve = average_precision, .by_segment = true}},
        {"pr_auc_trapezoid",
         labels,
         higher,
         "1",
         "area under lines between points of precision and recall",
         all,
         nullptr,
         nullptr,
         {.of_curve = pr_auc_trapezoid}},
        {"nll",
         labels,
         lower,
         "nats per click",
         "-mean[y log f + (1 - y) log(1 - f)]",
         all,
         ceiling_of_nll,
         nullptr,
         {.terms = terms_of_nll, .of_sums = ratio}},
        {"nll_segment_mean",
         labels,
         lower,
         "nats per click",
         "mean of nll over segments",
         all,
         nullptr,
         nullptr,
         {.terms = terms_of_nll_by_segment, .of_sums = mean_of_ratios}},
        {"nrmse_labels",
         labels,
         lower,
         "mean value per click",
         "sqrt(mean (f - v)^2) / mean v, v the money there was",
         money,
         nullptr,
         nullptr,
         {.of_values = value_of_nrmse_labels, .interval = false}},
        {"nmae_labels",
         labels,
         lower,
         "mean value per click",
         "mean |f - v| / mean v, v the money there was",
         money,
         nullptr,
         nullptr,
         {.terms = terms_of_nmae, .of_sums = ratio}},
        {"gini_labels",
         labels,
         higher,
         "1",
         "Gini of v along f / Gini of v along v, v the money there was",
         money,
         nullptr,
         nullptr,
         {.of_values = value_of_gini_labels, .interval = false}},
    };
    return table;
}

Value value_of(const Metric& metric, const Case& of) {
    const LabelFormula& formula = metric.on_labels;
    if (metric.on_truth) return metric.on_truth(of);
    if (formula.of_values) return formula.of_values(of);
    if (formula.terms) return formula.of_sums(sums(formula.terms(of)));
    if (!formula.by_segment) return formula.of_curve(curve(*of.ranked));
    std::vector<Value> values;
    for (std::size_t s = 0; s < of.segments; ++s)
        values.push_back(formula.of_curve(curve(*of.ranked_by_segment, s)));
    return mean_of(values);
}

std::vector<const Metric*> metrics_of(Target target, Against against) {
    std::vector<const Metric*> chosen;
    for (const Metric& metric : metrics())
        if (metric.against == against && std::ranges::count(metric.targets, target) > 0)
            chosen.push_back(&metric);
    return chosen;
}

const Metric& find_metric(std::string_view name) {
    const auto found = std::ranges::find(metrics(), name, &Metric::name);
    if (found != metrics().end()) return *found;
    std::vector<std::string> names;
    for (const Metric& metric : metrics()) names.emplace_back(metric.name);
    throw InputError(Exit::usage, "unknown metric '" + std::string(name) + "'" + suggestion(name, names));
}

}  // namespace netcvr
