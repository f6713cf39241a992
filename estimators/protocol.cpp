#include "estimators/protocol.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "sim/errors.h"

namespace netcvr {
namespace {

/// Number of clicks in the pretrain period, the first of the log.
std::size_t pretrain_clicks(const ClickLog& log) {
    return static_cast<std::size_t>(std::ranges::lower_bound(log.click_time, log.protocol.pretrain) -
                                    log.click_time.begin());
}

Copies sent(const Outcomes& all, const Learner& learner) {
    Copies copies;
    if (learner.delivery) learner.delivery(all, learner.stage, copies);
    return copies;
}

/// Those of the clicks that answer the head's question.
Examples answered(const Outcomes& all,
                  StageKind kind,
                  const Frozen& head,
                  const std::vector<std::uint32_t>& clicks) {
    const StageKind stage = head.of.value_or(kind);
    const std::vector<Windows> windows = windows_of(head, stage, all.windows);
    Examples found{.questions = windows.size(), .click = {}, .label = {}};
    std::vector<Answer> answers(windows.size());
    for (const std::uint32_t i : clicks) {
        if (!all.stage(stage).entered(i)) continue;
        for (std::size_t k = 0; k < windows.size(); ++k)
            answers[k] = answer(head.question(stage), all.trajectory(i, windows[k]));
        if (std::ranges::count(answers, Answer::skip) == std::ssize(answers)) continue;
        found.click.push_back(i);
        found.label.insert(found.label.end(), answers.begin(), answers.end());
    }
    return found;
}

Copies in_order(const Learner& learner, const Copies& copies, Time begin, Time end) {
    return learner.collected > 0 ? collected(copies, learner.collected, begin, end)
                                 : sorted_between(copies, begin, end);
}

constexpr Time ever = std::numeric_limits<Time>::min();

[[noreturn]] void refuse(const std::string& why) {
    throw InputError(Exit::scenario, why);
}

[[noreturn]] void refuse_value(std::string_view column,
                               std::size_t row,
                               double value,
                               std::string_view allowed) {
    throw InputError(Exit::data,
                     fmt::format("/log/{}[{}] = {}; a value head needs {}", column, row, value, allowed));
}

}  // namespace

Time settled(const Windows& windows) {
    return std::max(windows.conversion_attribution, windows.conversion_observation) +
           std::max(windows.refund_attribution, windows.refund_observation);
}

void check_protocol(const ClickLog& log) {
    const Protocol& protocol = log.protocol;
    // None of what was sent of the pretrain period may come in the stream.
    const Time all_known = settled(log.windows);
    if (protocol.gap < all_known)
        refuse("protocol.gap is " + format_duration(protocol.gap) +
               "; labels of the pretrain period are final only " + format_duration(all_known) +
               (all_known == log.windows.maturity() ? " (both attribution windows) after it"
                                                    : " (of each stage the longer window) after it"));
    if (log.size() == 0 || log.click_time.front() >= protocol.pretrain)
        refuse("no click in the pretrain period, the first " + format_duration(protocol.pretrain));
    check_stream(log);
}

void check_stream(const ClickLog& log) {
    const Protocol& protocol = log.protocol;
    if (protocol.segment <= 0) refuse("protocol.segment must be positive");
    if (log.size() == 0 || log.click_time.back() < protocol.stream_start() ||
        log.duration <= protocol.stream_start())
        refuse("no click in the stream, which starts at " + format_duration(protocol.stream_start()) +
               " (protocol.pretrain + protocol.gap)");
}

void check_values(const ClickLog& log, const std::vector<const Method*>& chosen) {
    const auto reads = [](const Method* method) {
        return std::ranges::any_of(method->learners, &Learner::reads_value);
    };
    const auto needs = std::ranges::find_if(chosen, reads);
    if (needs == chosen.end()) return;
    if (!log.has_money)
        throw InputError(Exit::data, fmt::format("method '{}' learns order values, and the log has none "
                                                 "(/log/order_value; money.price_median in a scenario)",
                                                 (*needs)->name));
    for (std::size_t i = 0; i < log.size(); ++i) {
        if (log.conversion_time[i] == never) continue;
        const double paid = log.order_value[i], back = log.refund_value[i];
        if (!(paid > 0) || !std::isfinite(paid))
            refuse_value("order_value", i, paid, "more than 0 for a conversion");
        if (!(back >= 0 && back <= paid))
            refuse_value("refund_value", i, back, fmt::format("0 to the {} paid", paid));
    }
}

Examples pretrain_examples(const ClickLog& log, const Outcomes& all, const std::vector<StageKind>& stages) {
    const auto label = [&](StageKind kind, std::size_t i) {
        if (!all.stage(kind).entered(i)) return Answer::skip;
        return all.label(kind, i) ? Answer::yes : Answer::no;
    };
    Examples found{.questions = stages.size(), .click = {}, .label = {}};
    const std::size_t clicks = pretrain_clicks(log);
    for (std::size_t i = 0; i < clicks; ++i) {
        if (std::ranges::none_of(stages, [&](StageKind kind) { return all.stage(kind).entered(i); }))
            continue;
        found.click.push_back(static_cast<std::uint32_t>(i));
        for (const StageKind kind : stages) found.label.push_back(label(kind, i));
    }
    return found;
}

Examples pretrain_examples(const ClickLog& log, const Outcomes& all, StageKind kind, const Frozen& head) {
    std::vector<std::uint32_t> clicks(pretrain_clicks(log));
    std::iota(clicks.begin(), clicks.end(), 0U);
    return answered(all, kind, head, clicks);
}

Examples later_examples(const ClickLog& log, const Outcomes& all, StageKind kind, const Frozen& head) {
    const std::vector<Time>& start = all.stage(head.of.value_or(kind)).start;
    std::vector<std::uint32_t> clicks(log.size() - pretrain_clicks(log));
    std::iota(clicks.begin(), clicks.end(), static_cast<std::uint32_t>(pretrain_clicks(log)));
    std::ranges::stable_sort(clicks, {}, [&](std::uint32_t i) { return start[i]; });
    return answered(all, kind, head, clicks);
}

TrajectoryExamples pretrain_trajectories(const ClickLog& log,
                                         const Outcomes& all,
                                         const std::vector<Windows>& windows) {
    TrajectoryExamples found{.settings = windows.size(), .click = {}, .trajectory = {}};
    const std::size_t clicks = pretrain_clicks(log);
    for (std::size_t i = 0; i < clicks; ++i) {
        found.click.push_back(static_cast<std::uint32_t>(i));
        for (const Windows& with : windows) found.trajectory.push_back(all.trajectory(i, with));
    }
    return found;
}

std::vector<std::uint32_t> streamed_clicks(const ClickLog& log) {
    std::vector<std::uint32_t> clicks;
    for (std::size_t i = 0; i < log.size(); ++i)
        if (log.click_time[i] >= log.protocol.stream_start()) clicks.push_back(static_cast<std::uint32_t>(i));
    return clicks;
}

std::size_t segment_of(const Protocol& protocol, Time t) {
    return static_cast<std::size_t>((t - protocol.stream_start()) / protocol.segment);
}

std::size_t segments(const ClickLog& log) {
    return segment_of(log.protocol, std::max(log.duration - 1, log.click_time.back())) + 1;
}

Copies stream_of(const ClickLog& log, const Outcomes& all, const Learner& learner) {
    // Beyond the last click only late positives arrive: training on them would pull every estimate up.
    return in_order(learner, sent(all, learner), log.protocol.stream_start(), log.duration);
}

Copies sent_before_stream(const ClickLog& log, const Outcomes& all, const Learner& learner) {
    return in_order(learner, sent(all, learner), ever, log.protocol.stream_start());
}

Copies sent_of_pretrain(const ClickLog& log, const Outcomes& all, const Learner& learner) {
    const Copies copies = sent(all, learner);
    const std::size_t clicks = pretrain_clicks(log);
    std::vector<std::size_t> order;
    for (std::size_t k = 0; k < copies.size(); ++k)
        if (copies.click[k] < clicks) order.push_back(k);
    std::ranges::stable_sort(order, {}, [&](std::size_t k) { return copies.click[k]; });
    Copies of_pretrain;
    for (const std::size_t k : order)
        of_pretrain.add(copies.click[k], copies.at[k], copies.label[k] != 0, copies.part[k]);
    return of_pretrain;
}

double value_of(const Outcomes& all, StageKind stage, std::size_t click, bool positive) {
    return positive || stage == StageKind::net ? all.value(stage, click) : 0;
}

std::vector<Role> roles(const Copies& earlier, const Copies& stream) {
    constexpr std::uint8_t seen = 1, seen_positive = 2;
    std::vector<std::uint8_t> history;
    const auto after = [&](std::uint32_t click, bool label) {
        if (click >= history.size()) history.resize(click + std::size_t{1});
        const std::uint8_t before = history[click];
        history[click] = before | seen | (label ? seen_positive : 0);
        if (!(before & seen)) return label ? Role::first_positive : Role::first_negative;
        if (before & seen_positive) return label ? Role::repeated_positive : Role::late_negative;
        return label ? Role::late_positive : Role::repeated_negative;
    };
    for (std::size_t k = 0; k < earlier.size(); ++k) after(earlier.click[k], earlier.label[k] != 0);
    std::vector<Role> found;
    found.reserve(stream.size());
    for (std::size_t k = 0; k < stream.size(); ++k)
        found.push_back(after(stream.click[k], stream.label[k] != 0));
    return found;
}

}  // namespace netcvr
