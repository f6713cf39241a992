#include <algorithm>
#include <span>

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
        }
    }
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

std::string legend() {
    std::string text = "\n";
    text += wrapped(
        "ceiling: what the generating probabilities themselves would score (the world ceiling), expected "
        "over labels for the metrics against labels.",
        0);
    for (const Metric& metric : metrics())
        text += fmt::format("{:<28}{}{}\n", metric.name, metric.formula,
                            metric.unit == "1" ? "" : fmt::format("; {}", metric.unit));
    text +=
        wrapped("p truth, f forecast, y label. For refund_rate read 'per conversion' for 'per click'.", 0);
    return text;
}

std::string better(Better direction) {
    return direction == Better::lower ? "lower" : direction == Better::higher ? "higher" : "near 1";
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
    if (!scores.no_truth.empty()) text += "No metrics against the truth: " + scores.no_truth + ".\n";
    if (!scores.no_labels.empty()) text += "No metrics against labels: " + scores.no_labels + ".\n";
    for (const Target target : all_targets) {
        std::vector<const MethodScores*> methods;
        for (const MethodScores& method : scores.methods)
            if (std::ranges::count(method.scores, target, &Score::target) > 0) methods.push_back(&method);
        if (!methods.empty()) text += "\n" + title(scores, target) + "\n" + blocks(scores, target, methods);
    }
    return text + infinities(scores) + legend();
}

std::string results_csv(const Result& result) {
    Table table{
        .header = {"scenario", "seed", "method", "target", "metric", "value", "ceiling", "count", "infinite"},
        .rows = {}};
    for (const MethodScores& method : result.scores.methods)
        for (const Score& score : method.scores)
            table.rows.push_back({result.scenario, std::to_string(result.seed), method.method,
                                  std::string(target_name(score.target)), score.metric, exact(score.value),
                                  exact(score.ceiling), std::to_string(score.count),
                                  std::to_string(score.infinite)});
    return csv_table(table);
}

std::string metrics_text() {
    std::string text;
    for (const Metric& metric : metrics()) {
        std::string targets;
        for (const Target target : metric.targets)
            targets += (targets.empty() ? "" : ", ") + std::string(target_name(target));
        text += fmt::format("{:<28}{:<8}{:<8}{}\n{:28}{}; {}\n", metric.name,
                            metric.against == Against::truth ? "truth" : "labels", better(metric.better),
                            metric.formula, "", metric.unit == "1" ? "no unit" : metric.unit, targets);
    }
    return text;
}

}  // namespace netcvr
