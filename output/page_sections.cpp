#include "output/page_sections.h"

#include <algorithm>

#include <fmt/format.h>

#include "estimators/method.h"
#include "output/html.h"

namespace netcvr {
namespace {

std::string labels_text(const std::map<std::string, std::string>& labels) {
    std::string text;
    for (const auto& [key, value] : labels)
        text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", key, value);
    return text;
}

/// Where its towers settle; once if it is the same for both.
std::string optimum_text(const Method& method) {
    std::vector<std::string_view> texts;
    for (const Output& output : method.outputs())
        if (!output.optimum_text.empty() && std::ranges::count(texts, output.optimum_text) == 0)
            texts.push_back(output.optimum_text);
    if (texts.empty() && method.claim != Claim::fixed) return "no closed form";
    return texts.empty() ? "what it was pretrained to" : fmt::format("{}", fmt::join(texts, ", "));
}

/// Mean over the runs that have it; "–" if none has.
struct Mean {
    double sum = 0;
    std::size_t n = 0;
    void add(double value) {
        sum += value;
        ++n;
    }
    std::string text(int digits) const {
        return n == 0 ? "–" : fmt::format("{:.{}f}", sum / static_cast<double>(n), digits);
    }
};

std::string mean_copies(const SweepResults& sweep, const std::string& method) {
    Mean mean;
    for (const Result& result : sweep.results)
        for (const MethodScores& scores : result.scores.methods)
            if (scores.method == method && scores.copies > 0) mean.add(static_cast<double>(scores.copies));
    return mean.n == 0 ? "–" : grouped(static_cast<std::size_t>(mean.sum / static_cast<double>(mean.n)));
}

std::string mean_seconds(const ReportInput& input, const std::string& method) {
    Mean mean;
    for (const auto& cost : input.costs)
        if (cost && cost->method_seconds.contains(method)) mean.add(cost->method_seconds.at(method));
    return mean.text(1);
}

std::vector<std::string> method_row(const ReportInput& input, const std::string& name) {
    const Method* known = known_method(name);
    std::vector<std::string> row = {name};
    if (!known)
        row.insert(row.end(), {"not one of this program's methods", "", "", ""});
    else
        row.insert(row.end(), {std::string(known->title), std::string(claim_text(known->claim)),
                               optimum_text(*known), std::string(known->source)});
    row.insert(row.end(), {mean_copies(input.sweep, name), mean_seconds(input, name)});
    return row;
}

/// Columns in which no row has a number: costs nobody kept.
void drop_empty_columns(Table& table) {
    for (std::size_t c = table.header.size(); c-- > 0;) {
        if (std::ranges::any_of(table.rows, [&](const auto& row) { return row[c] != "–"; })) continue;
        const auto at = static_cast<std::ptrdiff_t>(c);
        table.header.erase(table.header.begin() + at);
        for (auto& row : table.rows) row.erase(row.begin() + at);
    }
}

std::string runs_text(const ReportInput& input) {
    const SweepResults& sweep = input.sweep;
    return fmt::format("{} of {} with a result, {} failed, {} still to come", sweep.results.size(),
                       sweep.planned, sweep.failures.size(), input.missing);
}

std::string cost_text(const ReportInput& input) {
    double seconds = 0;
    std::size_t memory = 0, n = 0;
    for (const auto& cost : input.costs)
        if (cost) {
            seconds += cost->simulate_seconds + cost->train_seconds + cost->score_seconds;
            memory = std::max(memory, cost->peak_memory);
            ++n;
        }
    return n == 0 ? "" : fmt::format("{:.0f} s in {} runs; at most {} MiB in one", seconds, n, memory >> 20);
}

Table logs_table(const SweepResults& sweep) {
    Table table{.header = {"run", "seed", "scored clicks", "conversions", "refunds", "digest of the log"},
                .rows = {}};
    for (const Result& result : sweep.results)
        table.rows.push_back({result.labels.empty() ? result.scenario : labels_text(result.labels),
                              std::to_string(result.seed), grouped(result.scores.clicks),
                              grouped(result.scores.conversions), grouped(result.scores.refunds),
                              result.log_digest});
    return table;
}

std::string definition(std::string_view term, const std::string& html) {
    return html.empty() ? "" : fmt::format("<dt>{}</dt><dd>{}</dd>\n", term, html);
}

std::string folded(std::string_view summary, const std::string& html) {
    return fmt::format("<details><summary>{}</summary>\n{}</details>\n", summary, html);
}

}  // namespace

std::string gaps_section(const ReportInput& input) {
    const SweepResults& sweep = input.sweep;
    if (sweep.failures.empty() && input.missing == 0) return "";
    std::string html =
        "<section class=\"alert\" aria-labelledby=\"gaps\">\n<h2 id=\"gaps\">Not all runs are here</h2>\n";
    html +=
        element("p", fmt::format("Runs: {}. What follows is of those that have a result.", runs_text(input)));
    if (!sweep.failures.empty()) html += "<ul>\n";
    for (const Failure& failure : sweep.failures)
        html += element("li", fmt::format("{}{}seed {}: {}", labels_text(failure.labels),
                                          failure.labels.empty() ? "" : ", ", failure.seed, failure.reason));
    if (!sweep.failures.empty()) html += "</ul>\n";
    return html + "</section>\n";
}

std::string methods_section(const ReportInput& input) {
    Table table{
        .header = {"method", "what it is", "claim", "settles at", "source", "copies a log", "seconds a log"},
        .rows = {}};
    for (const std::string& name : input.sweep.methods) table.rows.push_back(method_row(input, name));
    drop_empty_columns(table);
    return "<section id=\"methods\">\n<h2>Methods</h2>\n" + html_table(table, "Methods", "methods") +
           "<p class=\"note\">Settles at: in a standing world, with exact frozen heads. p: the true "
           "probability of a "
           "tower&#39;s event, "
           "d: that of one later than its observation window, r and n: the true refund rate and net cvr. "
           "Copies: labelled "
           "clicks trained on in the stream. Seconds: wall clock of the method&#39;s streams. Both are means "
           "over "
           "logs.</p>\n</section>\n";
}

std::string provenance_section(const ReportInput& input) {
    const SweepResults& sweep = input.sweep;
    const auto code = [](const std::string& text) {
        return text.empty() ? "" : fmt::format("<code>{}</code>", escaped(text));
    };
    std::string html = "<section id=\"provenance\">\n<h2>Provenance</h2>\n<dl>\n";
    html += definition("Command", code(input.command));
    if (!sweep.created_by.empty())
        html += definition(
            "Program", fmt::format("{}; stream version {}, training version {}", escaped(sweep.created_by),
                                   sweep.stream_version, sweep.training_version));
    html += definition("Scenario", code(sweep.scenario));
    html += definition("Runs", escaped(runs_text(input)));
    html += definition("Seeds", escaped(fmt::format("{}", fmt::join(sweep.seeds, ", "))));
    html += definition("Took", escaped(cost_text(input)));
    html += "</dl>\n";
    if (!sweep.sweep_toml.empty())
        html += folded("The sweep", fmt::format("<pre tabindex=\"0\">{}</pre>\n", escaped(sweep.sweep_toml)));
    html += folded(fmt::format("Logs and their digests: {}", sweep.results.size()),
                   html_table(logs_table(sweep), "Logs and their digests", "digests"));
    return html + "</section>\n";
}

}  // namespace netcvr
