#include "scenarios/delivery_table.h"

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "estimators/ages.h"
#include "sim/trajectory.h"

namespace netcvr {
namespace {

/// Seconds that no two sums of windows and delays share, so that a time tells what it is made of.
constexpr Windows asked_windows{.conversion_attribution = Time{512} * 20'011,
                                .refund_attribution = Time{512} * 40'009,
                                .conversion_observation = Time{2} * 30'011,
                                .refund_observation = Time{2} * 45'013};
constexpr Time asked_segment = 5'999'993;

/// A moment that a rule may ask about; `last`: what happens then still counts as before it.
struct Edge {
    std::string_view name;
    bool last = true;
};

/// Delays of one kind of event, a span to each of the edges and one beyond them: edge[k] parts span[k] from
/// span[k + 1].
struct Delays {
    std::vector<Time> span;
    std::vector<Edge> edge;
};

const std::array<Delays, 2>& conversion_delays() {
    static const std::array<Delays, 2> early_late{{
        {{7'001, 25'003, 50'021}, {{"c+W_A/512"}, {"c+w_c/2"}}},
        {{100'003, 400'009, 3'000'017, 8'000'009}, {{"c+W_A/64"}, {"c+W_A/8"}, {"segment end", false}}},
    }};
    return early_late;
}

const std::array<Delays, 2>& refund_delays() {
    static const std::array<Delays, 2> early_late{{
        {{5'003, 42'023, 60'013}, {{"v+W_R/512"}, {"v+w_r/2"}}},
        {{200'003, 800'011, 2'700'013, 9'000'011}, {{"v+W_R/64"}, {"v+W_R/8"}, {"segment end", false}}},
    }};
    return early_late;
}

/// One way that a click may go: its trajectory, and in which span of its delays each event comes.
struct Way {
    std::size_t trajectory = 0;
    const Delays* conversions = nullptr;
    const Delays* refunds = nullptr;
    std::size_t conversion = 0, refund = 0;  // places in their spans
};

std::vector<Way> all_ways() {
    std::vector<Way> ways{{}};  // T0
    std::size_t trajectory = 1;
    for (const Delays& conversions : conversion_delays())
        for (const Delays* refunds :
             {static_cast<const Delays*>(nullptr), &refund_delays()[0], &refund_delays()[1]}) {
            for (std::size_t c = 0; c < conversions.span.size(); ++c)
                for (std::size_t r = 0; r < (refunds ? refunds->span.size() : 1); ++r)
                    ways.push_back({trajectory, &conversions, refunds, c, r});
            ++trajectory;
        }
    return ways;
}

/// Each of them, clicked at 0.
Outcomes clicks_of(const std::vector<Way>& ways) {
    ClickLog log;
    log.windows = asked_windows;
    log.protocol = {.pretrain = 0, .gap = 0, .segment = asked_segment};
    for (const Way& way : ways) {
        const Time conversion = way.conversions ? way.conversions->span[way.conversion] : never;
        log.click_time.push_back(0);
        log.conversion_time.push_back(conversion);
        log.refund_time.push_back(way.refunds ? conversion + way.refunds->span[way.refund] : never);
    }
    return outcomes(log);
}

/// Name of a moment in the life of one of them: c click, v conversion, t_r refund.
std::string name_of_moment(Time t, Time conversion, Time refund) {
    std::vector<std::pair<Time, std::string>> names;
    const auto add = [&](Time at, const std::string& name) { names.emplace_back(at, name); };
    const auto add_stage = [&](Time start, const std::string& name, Time w, const std::string& w_name, Time W,
                               const std::string& W_name) {
        add(start, name);
        add(start + w, name + "+" + w_name);
        add(start + w / 2, name + "+" + w_name + "/2");
        add(start + W, name + "+" + W_name);
        for (std::size_t k = 0; k + 1 < age_count; ++k)
            add(start + age(W, k), fmt::format("{}+{}/{}", name, W_name, W / age(W, k)));
        add((start / asked_segment + 1) * asked_segment - 1, "segment end");  // its last second
    };
    add_stage(0, "c", asked_windows.conversion_observation, "w_c", asked_windows.conversion_attribution,
              "W_A");
    add(asked_windows.maturity(), "c+W_A+W_R");
    if (conversion != never)
        add_stage(conversion, "v", asked_windows.refund_observation, "w_r", asked_windows.refund_attribution,
                  "W_R");
    if (refund != never) add(refund, "t_r");
    for (const auto& [at, name] : names)
        if (at == t) return name;
    return fmt::format("c+{}s", t);
}

/// "0@c+w_c", "1@v" of each click, in order of time.
std::vector<std::vector<std::string>> copies_of(const Learner& learner,
                                                std::size_t tower,
                                                const Outcomes& clicks) {
    Copies all, copies;
    learner.delivery(clicks, learner.stage, all);
    for (std::size_t k = 0; k < all.size(); ++k)
        if (learner.tower(all.part[k]) == tower)
            copies.add(all.click[k], all.at[k], all.label[k] != 0, all.part[k]);
    copies = sorted_between(copies, 0, never);
    std::vector<std::vector<std::string>> of(clicks.size());
    for (std::size_t k = 0; k < copies.size(); ++k) {
        const std::uint32_t i = copies.click[k];
        of[i].push_back(
            fmt::format("{}@{}", copies.label[k],
                        name_of_moment(copies.at[k], clicks.conversion.event[i], clicks.refund.event[i])));
    }
    return of;
}

/// The same copies, in whatever order.
bool same(std::vector<std::string> a, std::vector<std::string> b) {
    std::ranges::sort(a), std::ranges::sort(b);
    return a == b;
}

/// "c+W_A/64 < v ≤ c+W_A/8": that an event falls into these spans; nothing if they are all.
std::string within(const Delays& delays, std::size_t first, std::size_t last, std::string_view event) {
    const bool above = first > 0, below = last + 1 < delays.span.size();
    if (!above && !below) return "";
    const auto upper = [&] {
        return fmt::format("{} {}", delays.edge[last].last ? "≤" : "<", delays.edge[last].name);
    };
    if (!above) return fmt::format("{} {}", event, upper());
    const Edge& lower = delays.edge[first - 1];
    if (!below) return fmt::format("{} {} {}", event, lower.last ? ">" : "≥", lower.name);
    return fmt::format("{} {} {} {}", lower.name, lower.last ? "<" : "≤", event, upper());
}

struct Line {
    std::string trajectories;
    std::vector<std::string> copies;
    std::string condition;
};

/// Lines of one trajectory: one, unless the rule asks when its events come.
std::vector<Line> lines_of(std::span<const Way> ways, std::span<const std::vector<std::string>> copies) {
    struct Spans {
        std::size_t first, last;
        void take_in(std::size_t place) { first = std::min(first, place), last = std::max(last, place); }
        std::size_t count() const { return last - first + 1; }
    };
    struct Seen {
        std::vector<std::string> copies;
        Spans conversion, refund;
        std::size_t ways;
    };
    std::vector<Seen> seen;
    for (std::size_t k = 0; k < ways.size(); ++k) {
        const std::size_t c = ways[k].conversion, r = ways[k].refund;
        const auto known =
            std::ranges::find_if(seen, [&](const Seen& each) { return same(each.copies, copies[k]); });
        if (known == seen.end()) {
            seen.push_back({copies[k], {c, c}, {r, r}, 1});
            continue;
        }
        known->conversion.take_in(c), known->refund.take_in(r);
        ++known->ways;
    }
    std::vector<Line> lines;
    for (const Seen& each : seen) {
        // Or the condition would cover ways that have other copies.
        if (each.ways != each.conversion.count() * each.refund.count())
            throw std::logic_error("a rule's cases are not told apart by spans of its delays");
        std::vector<std::string> conditions;
        const Way& way = ways.front();
        if (way.conversions)
            conditions.push_back(within(*way.conversions, each.conversion.first, each.conversion.last, "v"));
        if (way.refunds)
            conditions.push_back(within(*way.refunds, each.refund.first, each.refund.last, "t_r"));
        std::erase(conditions, "");
        lines.push_back({std::string(trajectory_names[way.trajectory].name), each.copies,
                         fmt::format("{}", fmt::join(conditions, ", "))});
    }
    return lines;
}

}  // namespace

std::string delivery_table(const Learner& learner, std::size_t tower) {
    const std::vector<Way> ways = all_ways();
    const auto copies = copies_of(learner, tower, clicks_of(ways));
    // Trajectories with the same copies share a line.
    std::vector<Line> lines;
    for (std::size_t begin = 0, end = 0; begin < ways.size(); begin = end) {
        while (end < ways.size() && ways[end].trajectory == ways[begin].trajectory) ++end;
        for (Line& line : lines_of(std::span(ways).subspan(begin, end - begin),
                                   std::span(copies).subspan(begin, end - begin))) {
            const auto alike = std::ranges::find_if(lines, [&](const Line& each) {
                return same(each.copies, line.copies) && each.condition == line.condition;
            });
            if (alike != lines.end())
                alike->trajectories += " " + line.trajectories;
            else
                lines.push_back(std::move(line));
        }
    }
    std::string table;
    for (const Line& line : lines)
        table += fmt::format("    {:<20}  {}{}\n", line.trajectories,
                             line.copies.empty() ? "–" : fmt::format("{}", fmt::join(line.copies, ", ")),
                             line.condition.empty() ? "" : "   if " + line.condition);
    if (learner.collected > 0) table += "    Copies wait for the end of their day.\n";
    return table;
}

}  // namespace netcvr
