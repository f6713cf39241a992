#include "output/metric_table.h"

#include <algorithm>
#include <string>

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
Value value_of_pcoc_truth(const Case& c) {
    return pcoc_truth(c.truth, c.forecast, c.weight);
}
Value value_of_expected_auc(const Case& c) {
    return expected_auc(c.truth, *c.ranking, c.weight);
}
Value value_of_expected_average_precision(const Case& c) {
    return expected_average_precision(c.truth, *c.ranking);
}
Value value_of_auc(const Case& c) {
    return auc(c.label, *c.ranking);
}
Value value_of_average_precision(const Case& c) {
    return average_precision(c.label, *c.ranking);
}
Value value_of_nll(const Case& c) {
    return nll(c.label, c.forecast);
}
Value value_of_pcoc_labels(const Case& c) {
    return pcoc_labels(c.label, c.forecast);
}

}  // namespace

std::string_view target_name(Target target) {
    constexpr std::array<std::string_view, 3> names = {"cvr", "refund_rate", "net_cvr"};
    return names[static_cast<std::size_t>(target)];
}

const std::vector<Metric>& metrics() {
    using enum Against;
    using enum Better;
    const std::vector<Target> all(all_targets.begin(), all_targets.end());
    const std::vector<Target> per_click = {Target::cvr, Target::net_cvr};
    static const std::vector<Metric> table = {
        {"excess_log_loss", truth, lower, "nats per click", "mean KL(p || f)", all, value_of_excess,
         value_of_excess},
        {"excess_over_oracle", truth, lower, "nats per click", "mean KL(p || f) - mean KL(p || oracle's f)",
         all, value_of_excess_over_oracle, value_of_excess_over_oracle},
        {"rmse", truth, lower, "probability", "sqrt(mean (f - p)^2)", all, value_of_rmse, value_of_rmse},
        {"logit_rmse", truth, lower, "logit", "sqrt(mean (logit f - logit p)^2)", all, value_of_logit_rmse,
         value_of_logit_rmse},
        {"pcoc_truth", truth, near_one, "1", "sum f / sum p", all, value_of_pcoc_truth, value_of_pcoc_truth},
        {"expected_auc", truth, higher, "1", "expected share of concordant (positive, negative) pairs", all,
         value_of_expected_auc, value_of_expected_auc},
        {"expected_average_precision", truth, higher, "1", "E[positives * average precision] / E[positives]",
         per_click, value_of_expected_average_precision, value_of_expected_average_precision},
        {"pcoc_labels", labels, near_one, "1", "sum f / sum y", all, value_of_pcoc_labels, nullptr},
        {"auc", labels, higher, "1", "area under ROC, ties at half", all, value_of_auc, ceiling_of_auc},
        {"average_precision", labels, higher, "1", "sum of precision * step in recall, ties grouped", all,
         value_of_average_precision, ceiling_of_average_precision},
        {"nll", labels, lower, "nats per click", "-mean[y log f + (1 - y) log(1 - f)]", all, value_of_nll,
         ceiling_of_nll},
    };
    return table;
}

const Metric& find_metric(std::string_view name) {
    const auto found = std::ranges::find(metrics(), name, &Metric::name);
    if (found != metrics().end()) return *found;
    std::vector<std::string> names;
    for (const Metric& metric : metrics()) names.emplace_back(metric.name);
    throw InputError(Exit::usage, "unknown metric '" + std::string(name) + "'" + suggestion(name, names));
}

}  // namespace netcvr
