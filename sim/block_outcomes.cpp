// What happens after a block's clicks. Every number is a function of the click's law
// and of uniforms at addresses of their own, so nothing shifts when a law changes.

#include <algorithm>
#include <cmath>

#include "sim/block.h"
#include "sim/math.h"
#include "sim/rng.h"

namespace netcvr {
namespace {

/// Longer delays are as good as none: beyond any window, and safe to add to a time.
constexpr double longest_delay = 1e15;

/// minimum + e^(log scale + log quantile), floored to whole seconds.
Time delay(const DelayLaw& law, double log_scale, Time minimum, double u) {
    return minimum + static_cast<Time>(std::min(math::exp(log_scale + law.log_quantile(u)), longest_delay));
}

/// Delay of a purchase's refund, which there is iff u.refund < probability.
Time draw_refund_delay(
    const World& world, double log_scale, double probability, std::size_t intent, const OutcomeUniforms& u) {
    const Scenario& s = world.scenario;
    if (u.refund >= probability) return never;
    if (s.targets.refund_delay_median == 0) return 0;
    const std::size_t kind = u.kind < s.refund_delay.return_share[intent] ? 1 : 0;
    const double scale =
        s.solved.refund_delay_log_scale + log_scale + (kind == 1 ? math::log(s.refund_delay.ratio) : 0);
    return delay(world.refund_law[kind], scale, s.refund_delay.minimum, u.refund_delay);
}

/// What is bought and paid back, with the words of Draw::order_value.
struct Money {
    float value = 0, refund = 0;  // the refund there would be
};
Money draw_money(const Scenario& s, double price, const Words& w) {
    const double spread = s.money.value_spread;
    const double value =
        price * math::exp(spread * math::normal_quantile(uniform(w[0], w[1])) - spread * spread / 2);
    const double share = uniform(w[2]) < s.money.partial ? uniform(w[3]) : 1;
    return {static_cast<float>(value), static_cast<float>(value * share)};
}

class Outcomes {
public:
    Outcomes(const World& world, std::size_t first, bool full_truth, BlockBuffers& buffers, LogRows& out)
        : w_(world),
          s_(world.scenario),
          b_(buffers),
          out_(out),
          first_(first),
          full_(full_truth),
          end_(s_.log.duration + s_.log.follow_up) {}

    void draw() {
        ClickLog& log = out_.log;
        const std::size_t n = b_.clicks.size();
        const auto clear = [&](auto& column, auto value) {
            const auto begin = column.begin() + static_cast<std::ptrdiff_t>(first_);
            std::fill(begin, begin + static_cast<std::ptrdiff_t>(n), value);
        };
        clear(log.conversion_time, never);
        clear(log.refund_time, never);
        if (log.has_money) clear(log.order_value, 0.0F), clear(log.refund_value, 0.0F);
        if (full_) clear(out_.truth.conversion_time, never), clear(out_.truth.refund_time, never);
        find_converting();
        draw_uniforms();
        for (std::size_t k = 0; k < b_.converting.size(); ++k)
            draw_conversion(b_.converting[k], b_.uniforms[k]);
    }

private:
    void find_converting() {
        const std::size_t n = b_.clicks.size();
        b_.words.draw(w_, Draw::conversion, 0, b_.at);
        b_.converting.resize(n);
        std::size_t count = 0;
        for (std::size_t i = 0; i < n; ++i) {
            b_.converting[count] = static_cast<std::uint32_t>(i);
            count += b_.words.uniform(0, i) < b_.law.conversion[i] ? 1 : 0;
        }
        b_.converting.resize(count);
    }

    /// All that a first purchase needs, in columns; the words of Draw::conversion are at hand.
    void draw_uniforms() {
        const std::size_t n = b_.converting.size();
        Addresses& at = b_.converting_at;
        at.drawn.resize(n);
        at.block.resize(b_.at.block.size() > 1 ? n : 1);
        b_.uniforms.resize(n);
        for (std::size_t k = 0; k < n; ++k) {
            const std::uint32_t i = b_.converting[k];
            at.drawn[k] = b_.at.drawn[i];
            b_.uniforms[k].conversion = b_.words.uniform(0, i);
            b_.uniforms[k].intent = b_.words.uniform(1, i);
        }
        for (std::size_t k = 0; k < at.block.size(); ++k)
            at.block[k] = b_.at.block_of(n > 0 ? b_.converting[k] : 0);
        b_.words.draw(w_, Draw::conversion_delay, 0, at);
        for (std::size_t k = 0; k < n; ++k) b_.uniforms[k].conversion_delay = b_.words.uniform(0, k);
        b_.words.draw(w_, Draw::refund, 0, at);
        for (std::size_t k = 0; k < n; ++k) b_.uniforms[k].refund = b_.words.uniform(0, k);
        for (std::size_t k = 0; k < n; ++k) b_.uniforms[k].kind = b_.words.uniform(1, k);
        b_.words.draw(w_, Draw::refund_delay, 0, at);
        for (std::size_t k = 0; k < n; ++k) b_.uniforms[k].refund_delay = b_.words.uniform(0, k);
    }

    void draw_conversion(std::size_t i, const OutcomeUniforms& u) {
        const std::size_t row = first_ + i;
        const Outcome outcome = draw_outcome(w_, b_.predictors, b_.law, i, u);
        const Time conversion = b_.clicks.time[i] + outcome.conversion_delay;
        const Time refund = outcome.refund_delay == never ? never : conversion + outcome.refund_delay;
        if (full_) {
            out_.truth.conversion_time[row] = conversion;
            out_.truth.refund_time[row] = refund;
        }
        if (conversion >= end_) return;
        const Purchase first = recorded(i, 0, conversion, refund);
        out_.log.conversion_time[row] = conversion;
        out_.log.refund_time[row] = first.refund;
        if (out_.log.has_money) {
            out_.log.order_value[row] = first.value;
            out_.log.refund_value[row] = first.refund_value;
        }
        if (!out_.log.has_purchases) return;
        append(row, 0, first);
        draw_repeats(i, conversion, outcome.intent);
    }

    void draw_repeats(std::size_t i, Time conversion, std::size_t intent) {
        const Words count = words(Draw::repeat_count, i, 0);
        const std::int32_t repeats =
            poisson_quantile(b_.law.repeat_mean[intent][i], uniform(count[0], count[1]));
        for (std::int32_t k = 1; k <= repeats; ++k) {
            const auto ordinal = static_cast<std::uint32_t>(k);
            const Words gap = words(Draw::repeat_gap, i, ordinal);
            const Time purchase =
                conversion + delay(w_.repeat_gap, w_.repeat_gap_log_scale, 1, uniform(gap[0], gap[1]));
            if (purchase >= end_) continue;
            const Time after =
                draw_refund_delay(w_, b_.predictors.refund_log_scale[i], b_.law.repeat_refund[intent][i],
                                  intent, refund_uniforms(i, ordinal));
            append(first_ + i, k, recorded(i, ordinal, purchase, after == never ? never : purchase + after));
        }
    }

    struct Purchase {
        Time at = never, refund = never;
        float value = 0, refund_value = 0;
    };
    /// As the log has it: with the refund if there is one within the follow-up and it is reported.
    Purchase recorded(std::size_t i, std::uint32_t ordinal, Time at, Time refund) const {
        Purchase p{.at = at};
        const bool seen = refund < end_ && !unreported(i, ordinal);
        if (seen) p.refund = refund;
        if (!out_.log.has_money) return p;
        const Money money = draw_money(s_, b_.predictors.price[i], words(Draw::order_value, i, ordinal));
        p.value = money.value;
        p.refund_value = seen ? money.refund : 0;
        return p;
    }
    bool unreported(std::size_t i, std::uint32_t ordinal) const {
        if (s_.refund.unreported <= 0) return false;
        const Words w = words(Draw::refund_delay, i, ordinal);
        return uniform(w[2], w[3]) < s_.refund.unreported;
    }

    void append(std::size_t row, std::int32_t ordinal, const Purchase& p) {
        Purchases& to = out_.log.purchases;
        to.row.push_back(static_cast<std::int64_t>(row));
        to.ordinal.push_back(ordinal);
        to.purchase_time.push_back(p.at);
        to.refund_time.push_back(p.refund);
        if (!out_.log.has_money) return;
        to.order_value.push_back(p.value);
        to.refund_value.push_back(p.refund_value);
    }

    Words words(Draw purpose, std::size_t i, std::uint32_t lane) const {
        return philox(static_cast<std::uint64_t>(s_.seed), purpose, b_.at.drawn[i], b_.at.block_of(i), lane);
    }
    /// Of a repeat, what its refund needs.
    OutcomeUniforms refund_uniforms(std::size_t i, std::uint32_t ordinal) const {
        const Words chance = words(Draw::refund, i, ordinal), after = words(Draw::refund_delay, i, ordinal);
        return {.refund = uniform(chance[0], chance[1]),
                .kind = uniform(chance[2], chance[3]),
                .refund_delay = uniform(after[0], after[1])};
    }

    const World& w_;
    const Scenario& s_;
    BlockBuffers& b_;
    LogRows& out_;
    std::size_t first_;
    bool full_;
    Time end_;
};

}  // namespace

Outcome draw_outcome(const World& world,
                     const Predictors& predictors,
                     const Law& law,
                     std::size_t i,
                     const OutcomeUniforms& u) {
    const Scenario& s = world.scenario;
    Outcome outcome;
    if (u.conversion >= law.conversion[i]) return outcome;
    outcome.intent = u.intent < predictors.considered[i] ? 1 : 0;
    outcome.conversion_delay = 0;
    if (s.targets.conversion_delay_median > 0) {
        const double log_scale = s.solved.conversion_delay_log_scale + predictors.conversion_log_scale[i] +
                                 (outcome.intent == 1 ? conversion_delay_log_ratio(s) : 0);
        outcome.conversion_delay = delay(world.conversion_law[outcome.intent], log_scale,
                                         s.conversion_delay.minimum, u.conversion_delay);
    }
    outcome.refund_delay = draw_refund_delay(world, predictors.refund_log_scale[i],
                                             law.refund[outcome.intent][i], outcome.intent, u);
    return outcome;
}

std::int32_t poisson_quantile(double mean, double u) {
    double term = math::exp(-mean), below = term;
    std::int32_t n = 0;
    // A term that no longer moves the sum ends it: what is left is rounding.
    while (u >= below && (n < mean || below + term > below)) {
        term *= mean / (n + 1);
        below += term;
        ++n;
    }
    return n;
}

void draw_outcomes(
    const World& world, std::size_t first, bool full_truth, BlockBuffers& buffers, LogRows& out) {
    Outcomes(world, first, full_truth, buffers, out).draw();
}

}  // namespace netcvr
