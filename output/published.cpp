#include "output/published.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "output/table.h"

namespace netcvr {
namespace {

bool meets(const Published& p, double realised) {
    if (p.bound == "at-least") return realised >= p.value;
    if (p.bound == "at-most") return realised <= p.value;
    return std::fabs(realised - p.value) <= p.tolerance * std::fabs(p.value);
}

/// Four digits, counts whole.
std::string number(double x) {
    return std::fabs(x) >= 1e4 ? fmt::format("{:.0f}", x) : fmt::format("{:.4g}", x);
}

std::string asked(const Published& p) {
    if (p.bound == "at-least") return ">= " + number(p.value);
    if (p.bound == "at-most") return "<= " + number(p.value);
    return number(p.value);
}

std::string verdict(const FigureCheck& row) {
    if (!row.realised) return "not in this log";
    return row.met ? "met" : "missed";
}

}  // namespace

const std::vector<Field>& published_fields() {
    using P = Published;
    static const std::vector<Field> table = {
        {.name = "statistic",
         .kind = Kind::text,
         .slot = slot_of<&P::statistic>,
         .unit = "",
         .help = "What was counted: a name of `netcvr list statistics`."},
        {.name = "value",
         .kind = Kind::number,
         .slot = slot_of<&P::value>,
         .low = -1e15,
         .high = 1e15,
         .unit = "the statistic's",
         .help = "What was published."},
        {.name = "tolerance",
         .kind = Kind::number,
         .slot = slot_of<&P::tolerance>,
         .low = 0,
         .high = 10,
         .unit = "relative",
         .help = "How far a log may be off."},
        {.name = "kind",
         .kind = Kind::text,
         .slot = slot_of<&P::kind>,
         .unit = "",
         .help = "Whether the scenario must meet it.",
         .choices = {"hard", "soft"}},
        {.name = "bound",
         .kind = Kind::text,
         .slot = slot_of<&P::bound>,
         .unit = "",
         .help = "On which side of the value a log may be.",
         .choices = {"near", "at-least", "at-most"}},
        {.name = "source",
         .kind = Kind::text,
         .slot = slot_of<&P::source>,
         .unit = "",
         .help = "Who published it, and where."},
    };
    return table;
}

std::optional<double> FigureCheck::error() const {
    if (!realised || published.bound != "near") return std::nullopt;
    return published.value == 0 ? *realised : (*realised - published.value) / std::fabs(published.value);
}

std::size_t hard_misses(const std::vector<FigureCheck>& rows) {
    return static_cast<std::size_t>(std::ranges::count_if(
        rows, [](const FigureCheck& row) { return row.published.kind == "hard" && !row.met; }));
}

std::vector<FigureCheck> compare_with(const std::vector<Published>& published,
                                      const LogFile& file,
                                      double scale) {
    const CountedLog log(file);
    std::vector<FigureCheck> rows;
    for (Published p : published) {
        if (find_statistic(p.statistic).is_count) p.value *= scale;
        FigureCheck row{.published = p, .realised = value_of(p.statistic, log)};
        row.met = row.realised && meets(p, *row.realised);
        rows.push_back(row);
    }
    return rows;
}

std::string comparison_text(const std::string& name, const std::vector<FigureCheck>& rows) {
    Table table{{"statistic", "published", "realised", "error", "within", "kind", "verdict", "unit"}, {}};
    std::size_t hard = 0;
    for (const auto& row : rows) {
        const Published& p = row.published;
        const auto error = row.error();
        table.rows.push_back({p.statistic, asked(p), row.realised ? number(*row.realised) : "–",
                              error && p.value != 0 ? fmt::format("{:+.2f} %", 100 * *error) : "–",
                              p.bound == "near" ? fmt::format("{:g} %", 100 * p.tolerance) : "–", p.kind,
                              verdict(row), std::string(find_statistic(p.statistic).unit)});
        hard += p.kind == "hard" ? 1 : 0;
    }
    return fmt::format(
        "against the published figures of {}\n\n{}\n{} of {} hard figures missed, {} soft figures\n", name,
        text_table(table), hard_misses(rows), hard, rows.size() - hard);
}

std::string comparison_json(const std::string& name, const std::vector<FigureCheck>& rows) {
    nlohmann::ordered_json json = {{"against", name}, {"published", nlohmann::ordered_json::array()}};
    for (const auto& row : rows) {
        const Published& p = row.published;
        const auto optional = [](const std::optional<double>& x) {
            return x ? nlohmann::ordered_json(*x) : nlohmann::ordered_json();
        };
        json["published"].push_back({{"statistic", p.statistic},
                                     {"value", p.value},
                                     {"bound", p.bound},
                                     {"tolerance", p.tolerance},
                                     {"kind", p.kind},
                                     {"source", p.source},
                                     {"realised", optional(row.realised)},
                                     {"error", optional(row.error())},
                                     {"met", row.met}});
    }
    return json.dump(1) + "\n";
}

}  // namespace netcvr
