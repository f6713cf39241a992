// One block of clicks: who clicks what and when, what the features show, what happens next, and the truth
// about it. All arithmetic runs over columns; only the few clicks that convert are walked one by one.

#include "sim/block.h"

#include <algorithm>
#include <cmath>
#include <numeric>

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

class Block {
public:
    Block(const World& world, std::size_t block, BlockBuffers& buffers, LogRows& out)
        : w_(world),
          s_(world.scenario),
          b_(buffers),
          out_(out),
          block_(static_cast<std::uint32_t>(block)),
          seed_(static_cast<std::uint64_t>(world.scenario.seed)),
          n_(world.arrivals.count(block)),
          first_(out.log.size()) {}

    void draw(bool full_truth) {
        resize();
        draw_clicks();
        predict(w_, b_.clicks, b_.predictors);
        evaluate(w_, b_.predictors, b_.law);
        write_clicks();
        write_features(w_, block_, b_, out_.log);
        draw_outcomes(full_truth);
        write_truth(full_truth);
    }

private:
    void resize() {
        for (auto& word : b_.word) word.resize(n_);
        b_.index.resize(n_);
        std::iota(b_.index.begin(), b_.index.end(), 0U);
        b_.sorted.resize(n_);
        b_.drawn_time.resize(n_);
        b_.clicks.resize(n_);
    }

    /// Words of one purpose for the clicks listed in `index`.
    void words(Draw purpose, const std::vector<std::uint32_t>& index) {
        b_.draw_words(w_, purpose, index, block_, 0);
    }

    void draw_clicks() {
        words(Draw::click_moment, b_.index);
        for (std::size_t j = 0; j < n_; ++j)
            b_.drawn_time[j] = w_.arrivals.time_in_block(block_, uniform(b_.word[0][j], b_.word[1][j]));
        sort_by_time();
        Clicks& c = b_.clicks;
        for (std::size_t i = 0; i < n_; ++i) {
            const std::uint32_t j = b_.sorted[i];
            c.time[i] = b_.drawn_time[j];
            c.position[i] =
                static_cast<std::uint32_t>(static_cast<std::uint64_t>(b_.word[2][j]) * positions >> 32);
            c.channel[i] =
                static_cast<std::uint32_t>(static_cast<std::uint64_t>(b_.word[3][j]) * channels >> 32);
        }
        words(Draw::click_entities, b_.sorted);
        // Everything about the entities is fetched from memory while the rest of the block is still being
        // picked.
        const Population& p = w_.population;
        for (std::size_t i = 0; i < n_; ++i) {
            c.user[i] = p.pick_user.pick(join(b_.word[0][i], b_.word[1][i]));
            __builtin_prefetch(&p.users[c.user[i]]);
            __builtin_prefetch(p.user_features.row(c.user[i]));
        }
        for (std::size_t i = 0; i < n_; ++i) {
            c.item[i] = p.pick_item.pick(join(b_.word[2][i], b_.word[3][i]));
            __builtin_prefetch(&p.items[c.item[i]]);
            __builtin_prefetch(p.item_features.row(c.item[i]));
        }
        for (std::size_t i = 0; i < n_; ++i) {
            c.category[i] = p.items[c.item[i]].category;
            c.brand[i] = p.items[c.item[i]].brand;
        }
    }

    /// By second, ties by order of drawing. A block of a dense log spans few seconds: counting is then
    /// fastest.
    void sort_by_time() {
        const auto [low, high] = std::minmax_element(b_.drawn_time.begin(), b_.drawn_time.end());
        if (n_ == 0) return;
        const Time first = *low;
        const auto range = static_cast<std::size_t>(*high - first) + 1;
        if (range > 16 * n_) {
            std::iota(b_.sorted.begin(), b_.sorted.end(), 0U);
            std::stable_sort(b_.sorted.begin(), b_.sorted.end(), [&](std::uint32_t a, std::uint32_t b) {
                return b_.drawn_time[a] < b_.drawn_time[b];
            });
            return;
        }
        b_.begin.assign(range + 1, 0);
        for (const Time t : b_.drawn_time) ++b_.begin[static_cast<std::size_t>(t - first) + 1];
        for (std::size_t k = 1; k <= range; ++k) b_.begin[k] += b_.begin[k - 1];
        for (std::size_t j = 0; j < n_; ++j)
            b_.sorted[b_.begin[static_cast<std::size_t>(b_.drawn_time[j] - first)]++] =
                static_cast<std::uint32_t>(j);
    }

    void write_clicks() {
        ClickLog& log = out_.log;
        log.click_time.insert(log.click_time.end(), b_.clicks.time.begin(), b_.clicks.time.end());
        log.user_id.insert(log.user_id.end(), b_.clicks.user.begin(), b_.clicks.user.end());
        log.item_id.insert(log.item_id.end(), b_.clicks.item.begin(), b_.clicks.item.end());
        log.conversion_time.resize(first_ + n_, never);
        log.refund_time.resize(first_ + n_, never);
    }

    // ---- outcomes
    void draw_outcomes(bool full_truth) {
        if (full_truth) {
            out_.truth.conversion_time.resize(first_ + n_, never);
            out_.truth.refund_time.resize(first_ + n_, never);
        }
        const Time end = s_.log.duration + s_.log.follow_up;
        words(Draw::conversion, b_.sorted);
        for (std::size_t i = 0; i < n_; ++i) {
            if (uniform(b_.word[0][i], b_.word[1][i]) >= b_.law.conversion[i]) continue;
            const Outcome outcome = draw_outcome(w_, b_.predictors, b_.law, i, outcome_uniforms(i));
            const Time conversion = b_.clicks.time[i] + outcome.conversion_delay;
            const Time refund = outcome.refund_delay == never ? never : conversion + outcome.refund_delay;
            if (conversion < end) out_.log.conversion_time[first_ + i] = conversion;
            if (conversion < end && refund < end) out_.log.refund_time[first_ + i] = refund;
            if (full_truth) {
                out_.truth.conversion_time[first_ + i] = conversion;
                out_.truth.refund_time[first_ + i] = refund;
            }
        }
    }

    /// With the words of Draw::conversion at hand.
    OutcomeUniforms outcome_uniforms(std::size_t i) const {
        const auto at = [&](Draw purpose) { return philox(seed_, purpose, b_.sorted[i], block_, 0); };
        const Words delay = at(Draw::conversion_delay), chance = at(Draw::refund),
                    refund_delay = at(Draw::refund_delay);
        return {.conversion = uniform(b_.word[0][i], b_.word[1][i]),
                .intent = uniform(b_.word[2][i], b_.word[3][i]),
                .conversion_delay = uniform(delay[0], delay[1]),
                .refund = uniform(chance[0], chance[1]),
                .kind = uniform(chance[2], chance[3]),
                .refund_delay = uniform(refund_delay[0], refund_delay[1])};
    }

    // ---- truth
    static void append(std::vector<float>& to, const std::vector<double>& from, double shift = 0) {
        const std::size_t first = to.size();
        to.resize(first + from.size());
        for (std::size_t i = 0; i < from.size(); ++i) to[first + i] = static_cast<float>(from[i] + shift);
    }

    void write_truth(bool full_truth) {
        append(out_.truth.cvr, b_.law.cvr);
        append(out_.truth.refund_rate, b_.law.refund_rate);
        append(out_.truth.net_cvr, b_.law.net_cvr);
        if (!full_truth) return;
        auto& law = out_.truth.law;
        if (law.empty()) law = law_columns();
        append(law[0].value, b_.law.conversion);
        append(law[1].value, b_.predictors.considered);
        append(law[2].value, b_.law.refund[0]);
        append(law[3].value, b_.law.refund[1]);
        append(law[4].value, b_.predictors.conversion_log_scale, s_.solved.conversion_delay_log_scale);
        append(law[5].value, b_.predictors.refund_log_scale, s_.solved.refund_delay_log_scale);
    }

    const World& w_;
    const Scenario& s_;
    BlockBuffers& b_;
    LogRows& out_;
    std::uint32_t block_;
    std::uint64_t seed_;
    std::size_t n_, first_;
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
    const std::size_t intent = u.intent < predictors.considered[i] ? 1 : 0;
    outcome.conversion_delay = 0;
    if (s.targets.conversion_delay_median > 0) {
        const double log_scale = s.solved.conversion_delay_log_scale + predictors.conversion_log_scale[i] +
                                 (intent == 1 ? math::log(s.conversion_delay.ratio) : 0);
        outcome.conversion_delay =
            delay(world.conversion_law[intent], log_scale, s.conversion_delay.minimum, u.conversion_delay);
    }
    if (u.refund >= law.refund[intent][i]) return outcome;
    outcome.refund_delay = 0;
    if (s.targets.refund_delay_median > 0) {
        const std::size_t kind = u.kind < s.refund_delay.return_share[intent] ? 1 : 0;
        const double log_scale = s.solved.refund_delay_log_scale + predictors.refund_log_scale[i] +
                                 (kind == 1 ? math::log(s.refund_delay.ratio) : 0);
        outcome.refund_delay =
            delay(world.refund_law[kind], log_scale, s.refund_delay.minimum, u.refund_delay);
    }
    return outcome;
}

void BlockBuffers::draw_words(const World& world,
                              Draw purpose,
                              const std::vector<std::uint32_t>& where,
                              std::uint32_t block,
                              std::uint32_t lane) {
    philox(static_cast<std::uint64_t>(world.scenario.seed), purpose, where, block, lane, word[0], word[1],
           word[2], word[3]);
}

void draw_block(const World& world, std::size_t block, bool full_truth, BlockBuffers& buffers, LogRows& out) {
    Block(world, block, buffers, out).draw(full_truth);
}

std::vector<Truth::Column> law_columns() {
    return {{"conversion_probability", "P(converts ever | click)", {}},
            {"considered_share", "P(considered, not impulse | converts ever, click)", {}},
            {"refund_probability_impulse", "P(refunded ever | converts ever, impulse, click)", {}},
            {"refund_probability_considered", "P(refunded ever | converts ever, considered, click)", {}},
            {"conversion_delay_log_scale",
             "log seconds; considered buyers: plus log of conversion_delay.ratio",
             {}},
            {"refund_delay_log_scale", "log seconds; returns: plus log of refund_delay.ratio", {}}};
}

}  // namespace netcvr
