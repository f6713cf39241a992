// The comparison in sentences.

#include "output/compare_findings.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "sim/time.h"

namespace netcvr {
namespace {

/// The groups of a panel in increasing order of the first axis, or in the order of the plan if it has no
/// numbers.
std::vector<const Group*> groups_of(const SweepResults& sweep,
                                    const Comparison& comparison,
                                    const std::string& panel) {
    std::vector<const Group*> groups;
    for (const Group& group : comparison.groups)
        if (group.panel == panel) groups.push_back(&group);
    if (!sweep.axes.empty() && !sweep.axes[0].numbers.empty())
        std::ranges::stable_sort(groups, {},
                                 [&](const Group* g) { return sweep.axes[0].numbers[g->level[0]]; });
    return groups;
}

Sign sign_of(const MethodSummary* method) {
    if (!method) return 0;
    return method->verdict == Verdict::cascade_better  ? -1
           : method->verdict == Verdict::direct_better ? 1
                                                       : 0;
}

/// The differences of each seed that has a finite one in every group.
std::vector<std::vector<double>> curves_of(const std::vector<const Group*>& groups,
                                           const std::string& method) {
    std::vector<std::vector<double>> curves;
    if (!find_method(*groups.front(), method)) return curves;
    for (const auto& [seed, first] : find_method(*groups.front(), method)->differences) {
        std::vector<double> curve;
        for (const Group* group : groups) {
            const MethodSummary* summary = find_method(*group, method);
            if (!summary || !summary->differences.contains(seed)) break;
            curve.push_back(summary->differences.at(seed));
        }
        const bool finite = std::ranges::all_of(curve, [](double d) { return std::isfinite(d); });
        if (curve.size() == groups.size() && finite) curves.push_back(std::move(curve));
    }
    return curves;
}

Crossing crossing_of(const SweepResults& sweep,
                     const std::vector<const Group*>& groups,
                     const std::string& method) {
    std::vector<Sign> sign;
    std::vector<double> level;
    const bool numeric = !sweep.axes.empty() && !sweep.axes[0].numbers.empty();
    for (const Group* group : groups) {
        sign.push_back(sign_of(find_method(*group, method)));
        if (numeric) level.push_back(sweep.axes[0].numbers[group->level[0]]);
    }
    if (numeric) return crossing(level, curves_of(groups, method), sign);
    const auto all = [&](Sign wanted) { return std::ranges::count(sign, wanted) == std::ssize(sign); };
    return {.course = all(-1) ? Course::below : all(1) ? Course::above : Course::undecided};
}

std::string level_name(const SweepResults& sweep, const Group& group) {
    return sweep.axes.empty() ? group.title : sweep.axes[0].levels[group.level[0]];
}

/// " at every level of refunds_per_conversion (0.01 … 0.45)", or nothing without an axis.
std::string everywhere(const SweepResults& sweep, const std::vector<const Group*>& groups) {
    if (sweep.axes.empty()) return "";
    if (groups.size() == 1)
        return fmt::format(" at {} = {}", sweep.axes[0].title, level_name(sweep, *groups[0]));
    return fmt::format(" at every level of {} ({} … {})", sweep.axes[0].title,
                       level_name(sweep, *groups.front()), level_name(sweep, *groups.back()));
}

/// "cascade better at 0.45; undecided at 0.245, 0.01".
std::string level_by_level(const SweepResults& sweep,
                           const std::vector<const Group*>& groups,
                           const std::string& method) {
    std::vector<std::string> parts;
    for (const Verdict verdict :
         {Verdict::cascade_better, Verdict::direct_better, Verdict::undecided, Verdict::untested}) {
        std::vector<std::string> names;
        for (const Group* group : groups) {
            const MethodSummary* summary = find_method(*group, method);
            if ((summary ? summary->verdict : Verdict::untested) == verdict)
                names.push_back(level_name(sweep, *group));
        }
        if (!names.empty())
            parts.push_back(
                fmt::format("{}{}", verdict_name(verdict),
                            sweep.axes.empty() ? "" : fmt::format(" at {}", fmt::join(names, ", "))));
    }
    return fmt::format("{}", fmt::join(parts, "; "));
}

std::string crossing_sentence(const Axis& axis, const std::string& method, const Crossing& crossing) {
    const std::string_view under = crossing.rising ? std::string_view(method) : direct_method;
    const std::string_view over = crossing.rising ? direct_method : std::string_view(method);
    const auto value = [&](const std::optional<double>& x) { return axis_value(axis, *x); };
    std::string where;
    if (crossing.course == Course::bracketed)
        where = fmt::format("between {} = {} and {}, the nearest levels that decide", axis.title,
                            value(crossing.low), value(crossing.high));
    else
        where = fmt::format("at {} = {} (95 % interval {} … {}, {} seeds)", axis.title, value(crossing.at),
                            value(crossing.low), value(crossing.high), crossing.seeds);
    return fmt::format("{} and {} cross {}: {} is better below, {} above.", method, direct_method, where,
                       under, over);
}

std::string sentence_of(const SweepResults& sweep,
                        const std::vector<const Group*>& groups,
                        const std::string& method,
                        const Crossing& crossing) {
    const std::string_view no_crossing = groups.size() > 1 ? ": no crossing." : ".";
    switch (crossing.course) {
        case Course::below:
            return fmt::format("{} is better than {}{}{}", method, direct_method, everywhere(sweep, groups),
                               no_crossing);
        case Course::above:
            return fmt::format("{} is better than {}{}{}", direct_method, method, everywhere(sweep, groups),
                               no_crossing);
        case Course::crosses:
        case Course::bracketed:
            return crossing_sentence(sweep.axes[0], method, crossing);
        case Course::several:
            return fmt::format("{} and {} cross more than once: {}.", method, direct_method,
                               level_by_level(sweep, groups, method));
        case Course::undecided:
            break;
    }
    return fmt::format("{} or {}: {}.", method, direct_method, level_by_level(sweep, groups, method));
}

bool answers_about(const std::vector<const Group*>& groups, const std::string& method) {
    return std::ranges::any_of(groups, [&](const Group* group) {
        const MethodSummary* summary = find_method(*group, method);
        return summary && summary->cascade && !summary->reference && summary->over_direct.n > 0;
    });
}

/// One sentence for the cascades of a panel whose course is the same everywhere, one each for the others.
void summarise_panel(const SweepResults& sweep,
                     const Comparison& comparison,
                     const std::string& panel,
                     std::vector<std::string>& sentences) {
    const std::vector<const Group*> groups = groups_of(sweep, comparison, panel);
    const std::string where = comparison.panels.size() > 1 ? panel + ": " : "";
    const auto named = [&](Course course) {
        std::vector<std::string> names;
        for (const Finding& finding : comparison.findings)
            if (finding.panel == panel && finding.crossing.course == course) names.push_back(finding.method);
        return names;
    };
    for (const bool cascade : {true, false}) {
        const auto names = named(cascade ? Course::below : Course::above);
        if (names.empty()) continue;
        const std::string all = fmt::format("{}", fmt::join(names, ", "));
        sentences.push_back(fmt::format(
            "{}{}{} better than {}{}.", where, cascade ? all : std::string(direct_method),
            cascade && names.size() > 1 ? " are each" : " is", cascade ? std::string(direct_method) : all,
            everywhere(sweep, groups) + (groups.size() > 1 ? ", so there is no crossing" : "")));
    }
    for (const Finding& finding : comparison.findings)
        if (finding.panel == panel && finding.crossing.course != Course::below &&
            finding.crossing.course != Course::above)
            sentences.push_back(where + finding.sentence);
}

}  // namespace

std::string axis_value(const Axis& axis, double value) {
    struct Unit {
        const char* name;
        Time seconds;
    };
    constexpr std::array units = {Unit{"d", day}, Unit{"h", hour}, Unit{"m", minute}};
    const bool durations = !axis.levels.empty() && parse_duration(axis.levels[0]);
    if (!durations) return fmt::format("{:.3g}", value);
    for (const Unit& unit : units)
        if (value >= static_cast<double>(unit.seconds))
            return fmt::format("{:.3g}{}", value / static_cast<double>(unit.seconds), unit.name);
    return fmt::format("{:.3g}s", value);
}

std::vector<Finding> findings(const SweepResults& sweep, const Comparison& comparison) {
    std::vector<Finding> all;
    for (const std::string& panel : comparison.panels) {
        const std::vector<const Group*> groups = groups_of(sweep, comparison, panel);
        for (const std::string& method : sweep.methods) {
            if (!answers_about(groups, method)) continue;
            const Crossing found = crossing_of(sweep, groups, method);
            all.push_back({panel, method, found, sentence_of(sweep, groups, method, found)});
        }
    }
    return all;
}

std::vector<std::string> summary(const SweepResults& sweep, const Comparison& comparison) {
    if (comparison.groups.empty()) return {"No run has a result yet."};
    if (comparison.findings.empty())
        return {"No cascade was scored beside a method 'direct' to compare it with."};
    std::vector<std::string> sentences;
    for (const std::string& panel : comparison.panels) summarise_panel(sweep, comparison, panel, sentences);
    return sentences;
}

}  // namespace netcvr
