#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "output/results.h"
#include "output/table.h"

namespace netcvr {
namespace {

constexpr std::string_view none = "–";

std::string fixed(const std::optional<double>& value) {
    return value ? fmt::format("{:.6f}", *value) : std::string(none);
}

std::string title(const Scores& scores, Target target) {
    if (target == Target::cvr) return "cvr = P(conversion within W_A | click)";
    if (target == Target::net_cvr)
        return "net_cvr = P(conversion within W_A and no refund within W_R of it | click)";
    if (target == Target::gmv) return "gmv = E[order value of a conversion within W_A | click]";
    if (target == Target::net_gmv) return "net_gmv = the same less what a refund within W_R of it pays back";
    return fmt::format(
        "refund_rate = P(refund within W_R of the conversion | conversion within W_A, click)\n"
        "  against the truth: clicks weighted by their true cvr; against labels: {} conversions",
        grouped(scores.conversions));
}

/// Metrics of one kind that at least one method has a value for.
std::vector<std::string_view> metrics_shown(const Scores& scores, Target target, Against against) {
    std::vector<std::string_view> names;
    for (const Metric& metric : metrics()) {
        const bool shown = std::ranges::any_of(scores.methods, [&](const MethodScores& method) {
            const Score* score = find_score(method.scores, target, metric.name);
            return score && score->value;
        });
        if (metric.against == against && shown) names.push_back(metric.name);
    }
    return names;
}

/// Half the length of an interval.
template <class Measured>
std::optional<double> half(const Measured* of) {
    if (!of || !of->low || !of->high || std::isinf(*of->high)) return std::nullopt;
    return (*of->high - *of->low) / 2;
}

/// A row of half intervals under a row of values; none if there are none.
template <class Find>
void add_halves(Table& table, std::span<const MethodScores* const> methods, Find find) {
    std::vector<std::string> row = {"    95 % ±", ""};
    bool any = false;
    for (const MethodScores* method : methods) {
        const auto value = half(find(*method));
        any = any || value;
        row.push_back(value ? fixed(value) : "");
    }
    if (any) table.rows.push_back(std::move(row));
}

const RelativeImprovement* find_improvement(const MethodScores& method,
                                            Target target,
                                            std::string_view metric) {
    for (const RelativeImprovement& one : method.improvements)
        if (one.target == target && one.metric == metric) return &one;
    return nullptr;
}

/// RI-… of the metrics that at least one method has it for.
void add_improvements(Table& table, Target target, std::span<const MethodScores* const> methods) {
    bool first = true;
    for (const Metric& metric : metrics()) {
        const auto find = [&](const MethodScores& method) {
            return find_improvement(method, target, metric.name);
        };
        if (std::ranges::none_of(methods, [&](const MethodScores* method) { return find(*method); }))
            continue;
        if (std::exchange(first, false)) table.rows.push_back({"from pretrained (0) to oracle (1)"});
        std::vector<std::string> row = {fmt::format("  RI-{}", metric.name), std::string(none)};
        for (const MethodScores* method : methods) {
            const RelativeImprovement* one = find(*method);
            row.push_back(one && !one->refused.empty() ? "refused" : fixed(one ? one->value : std::nullopt));
        }
        table.rows.push_back(std::move(row));
        add_halves(table, methods, find);
    }
}

Table block(const Scores& scores, Target target, std::span<const MethodScores* const> methods) {
    Table table{.header = {"", "ceiling"}, .rows = {}};
    for (const MethodScores* method : methods) table.header.push_back(method->method);
    for (const Against against : {Against::truth, Against::labels}) {
        const auto names = metrics_shown(scores, target, against);
        if (!names.empty())
            table.rows.push_back({against == Against::truth ? "against the truth" : "against labels"});
        for (const std::string_view name : names) {
            const Score* world = find_score(scores.world, target, name);
            std::vector<std::string> row = {fmt::format("  {}", name),
                                            fixed(world ? world->ceiling : std::nullopt)};
            for (const MethodScores* method : methods) {
                const Score* score = find_score(method->scores, target, name);
                row.push_back(fixed(score ? score->value : std::nullopt));
            }
            table.rows.push_back(std::move(row));
            add_halves(table, methods,
                       [&](const MethodScores& method) { return find_score(method.scores, target, name); });
        }
    }
    add_improvements(table, target, methods);
    return table;
}

/// As many methods side by side as fit the page.
std::string blocks(const Scores& scores, Target target, std::span<const MethodScores* const> methods) {
    std::string text;
    while (!methods.empty()) {
        std::size_t fitting = methods.size();
        std::string part = text_table(block(scores, target, methods));
        const auto width = [](std::string_view table) {
            std::size_t widest = 0;
            while (!table.empty()) {
                const std::size_t end = std::min(table.find('\n'), table.size() - 1);
                widest = std::max(widest, display_width(table.substr(0, end)));
                table.remove_prefix(end + 1);
            }
            return widest;
        };
        while (fitting > 1 && width(part) > page_width)
            part = text_table(block(scores, target, methods.first(--fitting)));
        text += "\n" + part;
        methods = methods.subspan(fitting);
    }
    return text;
}

std::string infinities(const Scores& scores) {
    std::string text;
    for (const MethodScores& method : scores.methods)
        for (const Score& score : method.scores)
            if (score.infinite > 0)
                text += fmt::format(
                    "{} {} of {}: {} of {} rows are infinite (a forecast of exactly 0 or 1 was wrong)\n",
                    target_name(score.target), score.metric, method.method, grouped(score.infinite),
                    grouped(score.count));
    return text.empty() ? "" : "\n" + text;
}

/// Each reason once: it lies in oracle and pretrained, or in the method it names.
std::string refusals(const Scores& scores) {
    std::vector<std::string> lines;
    for (const MethodScores& method : scores.methods)
        for (const RelativeImprovement& one : method.improvements) {
            if (one.refused.empty()) continue;
            std::string line =
                fmt::format("RI-{} of {} refused: {}", one.metric, target_name(one.target), one.refused);
            if (std::ranges::count(lines, line) == 0) lines.push_back(std::move(line));
        }
    std::string text;
    for (const std::string& line : lines) text += wrapped(line, 2);
    return text.empty() ? "" : "\n" + text;
}

std::string copies(const Scores& scores) {
    std::vector<std::string> parts;
    for (const MethodScores& method : scores.methods)
        if (method.copies > 0) parts.push_back(fmt::format("{} {}", method.method, grouped(method.copies)));
    return parts.empty()
               ? ""
               : wrapped(fmt::format("Copies trained on in the stream: {}.", fmt::join(parts, ", ")), 2);
}

/// Where they differ: then each method's was chosen.
std::string chosen_rates(const Scores& scores) {
    std::map<double, std::vector<std::string>> methods_at;
    for (const MethodScores& method : scores.methods)
        if (method.learning_rate > 0) methods_at[method.learning_rate].push_back(method.method);
    if (methods_at.size() < 2) return "";
    std::vector<std::string> parts;
    parts.reserve(methods_at.size());
    for (const auto& [rate, methods] : methods_at)
        parts.push_back(fmt::format("{:g}: {}", rate, fmt::join(methods, ", ")));
    return wrapped(fmt::format("Learning rates of the streams, {}.", fmt::join(parts, "; ")), 2);
}

std::string odd_weights(const Scores& scores) {
    std::vector<std::string> parts;
    for (const MethodScores& method : scores.methods) {
        const auto& [large, negative, clipped] = method.incidents;
        if (large + negative + clipped > 0)
            parts.push_back(fmt::format("{} {}, {}, {}", method.method, grouped(large), grouped(negative),
                                        grouped(clipped)));
    }
    return parts.empty()
               ? ""
               : wrapped(fmt::format("Weights above 20, below 0, clipped by the method's own rule: {}.",
                                     fmt::join(parts, "; ")),
                         2);
}

std::string derived(const Scores& scores) {
    std::string text;
    for (const MethodScores& method : scores.methods)
        if (method.net_derived)
            text += wrapped(
                fmt::format("net_cvr of {} is its cvr · (1 − refund_rate): the predictions have none.",
                            method.method),
                2);
    return text;
}

std::string legend(const Scores& scores) {
    std::string text = "\n";
    text += wrapped(
        "ceiling: what the generating probabilities themselves would score (the world ceiling), expected "
        "over labels for the metrics against labels.",
        0);
    if (scores.bootstrap > 0 && scores.no_labels.empty())
        text +=
            wrapped(fmt::format("95 % ±: half the length of the percentile interval of {} resamples of {}; "
                                "--json and --csv have its ends.",
                                scores.bootstrap, scores.resampled),
                    0);
    for (const Metric& metric : metrics())
        text += fmt::format("{:<32}{}{}\n", metric.name, metric.formula,
                            metric.unit == "1" ? "" : fmt::format("; {}", metric.unit));
    text +=
        wrapped("p truth, f forecast, y label. For refund_rate read 'per conversion' for 'per click'.", 0);
    return text;
}

std::string better(Better direction) {
    switch (direction) {
        case Better::lower:
            return "lower";
        case Better::higher:
            return "higher";
        case Better::near_one:
            return "near 1";
        case Better::near_zero:
            break;
    }
    return "near 0";
}

}  // namespace

std::string results_text(const Result& result) {
    const Scores& scores = result.scores;
    std::string text =
        fmt::format("{}, seed {}: {} scored clicks", result.scenario, result.seed, grouped(scores.clicks));
    if (scores.no_labels.empty())
        text += fmt::format(", {} conversions within W_A, {} refunds within W_R of them",
                            grouped(scores.conversions), grouped(scores.refunds));
    text += "\n";
    if (const auto as_of = result.labels.find("labels_as_of"); as_of != result.labels.end())
        text += fmt::format(
            "Labels as they were known {} after the time origin: later clicks have none, later "
            "events had not happened. No ceiling is known of them.\n",
            as_of->second);
    if (!scores.no_truth.empty()) text += "No metrics against the truth: " + scores.no_truth + ".\n";
    if (!scores.no_labels.empty()) text += "No metrics against labels: " + scores.no_labels + ".\n";
    text += copies(scores) + chosen_rates(scores) + odd_weights(scores) + derived(scores);
    const auto add = [&](Target target) {
        std::vector<const MethodScores*> methods;
        for (const MethodScores& method : scores.methods)
            if (std::ranges::any_of(
                    method.scores, [&](const Score& score) { return score.target == target && score.value; }))
                methods.push_back(&method);
        if (!methods.empty()) text += "\n" + title(scores, target) + "\n" + blocks(scores, target, methods);
    };
    std::ranges::for_each(all_targets, add);
    std::ranges::for_each(money_targets, add);
    return text + refusals(scores) + infinities(scores) + legend(scores);
}

std::string results_csv(const Result& result) {
    Table table{.header = {"scenario", "seed", "method", "target", "metric", "value", "ceiling", "count",
                           "infinite", "low", "high"},
                .rows = {}};
    for (const MethodScores& method : result.scores.methods)
        for (const Score& score : method.scores)
            table.rows.push_back({result.scenario, std::to_string(result.seed), method.method,
                                  std::string(target_name(score.target)), score.metric, exact(score.value),
                                  exact(score.ceiling), std::to_string(score.count),
                                  std::to_string(score.infinite), exact(score.low), exact(score.high)});
    for (const MethodScores& method : result.scores.methods)
        for (const RelativeImprovement& one : method.improvements)
            table.rows.push_back({result.scenario, std::to_string(result.seed), method.method,
                                  std::string(target_name(one.target)), "RI-" + one.metric, exact(one.value),
                                  "", "", "", exact(one.low), exact(one.high)});
    return csv_table(table);
}

std::string metrics_text() {
    std::string text;
    for (const Metric& metric : metrics()) {
        std::string targets;
        for (const Target target : metric.targets)
            targets += (targets.empty() ? "" : ", ") + std::string(target_name(target));
        text += fmt::format("{:<32}{:<8}{:<8}{}\n{:32}{}; {}\n", metric.name,
                            metric.against == Against::truth ? "truth" : "labels", better(metric.better),
                            metric.formula, "", metric.unit == "1" ? "no unit" : metric.unit, targets);
    }
    return text;
}

}  // namespace netcvr
