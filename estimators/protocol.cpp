#include "estimators/protocol.h"

#include <algorithm>
#include <limits>
#include <string>

#include "sim/errors.h"

namespace netcvr {
namespace {

/// Clicks of the pretrain period that have an answer.
template <class AnswerOf>
Examples examples(const ClickLog& log, AnswerOf answer_of) {
    Examples found;
    for (std::size_t i = 0; i < log.size() && log.click_time[i] < log.protocol.pretrain; ++i) {
        const Answer answer = answer_of(i);
        if (answer != Answer::skip) found.add(i, answer == Answer::yes);
    }
    return found;
}

Copies sent_between(const Outcomes& all, const Learner& learner, Time begin, Time end) {
    Copies sent;
    if (learner.delivery) learner.delivery(all, learner.stage, sent);
    return sorted_between(sent, begin, end);
}

}  // namespace

void check_protocol(const ClickLog& log) {
    const Protocol& protocol = log.protocol;
    const auto refuse = [](const std::string& why) { throw InputError(Exit::scenario, why); };
    if (protocol.segment <= 0) refuse("protocol.segment must be positive");
    if (protocol.gap < log.windows.maturity())
        refuse("protocol.gap is " + format_duration(protocol.gap) +
               "; labels of the pretrain period are final only " + format_duration(log.windows.maturity()) +
               " (both attribution windows) after it");
    if (log.size() == 0 || log.click_time.front() >= protocol.pretrain)
        refuse("no click in the pretrain period, the first " + format_duration(protocol.pretrain));
    if (log.click_time.back() < protocol.stream_start() || log.duration <= protocol.stream_start())
        refuse("no click in the stream, which starts at " + format_duration(protocol.stream_start()) +
               " (protocol.pretrain + protocol.gap)");
}

Examples pretrain_examples(const ClickLog& log, const Outcomes& all, StageKind kind) {
    return examples(log, [&](std::size_t i) {
        if (!all.stage(kind).entered(i)) return Answer::skip;
        return all.label(kind, i) ? Answer::yes : Answer::no;
    });
}

Examples pretrain_examples(const ClickLog& log, const Outcomes& all, StageKind kind, const Frozen& head) {
    return examples(log, [&](std::size_t i) { return head.answer(all.stage(kind), i); });
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
    return sent_between(all, learner, log.protocol.stream_start(), log.duration);
}

Copies sent_before_stream(const ClickLog& log, const Outcomes& all, const Learner& learner) {
    return sent_between(all, learner, std::numeric_limits<Time>::min(), log.protocol.stream_start());
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
