// The clicks of a block: who clicks what and when. block_features.cpp has what the log shows of them,
// block_outcomes.cpp what happens next, and the truth about it. All arithmetic runs over columns; only the
// few clicks that convert are walked one by one.

#include "sim/block.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/math.h"
#include "sim/rng.h"

namespace netcvr {
namespace {

class Block {
public:
    Block(const World& world, std::size_t block, BlockBuffers& buffers, LogRows& out)
        : w_(world),
          s_(world.scenario),
          b_(buffers),
          out_(out),
          block_(block),
          n_(world.arrivals.count(block)),
          first_(out.log.size()) {}

    void draw(bool full_truth) {
        resize();
        draw_moments();
        draw_entities();
        draw_hidden();
        predict(w_, b_.clicks, b_.predictors);
        evaluate(w_, b_.predictors, b_.law);
        write_clicks();
        write_features(w_, b_, out_.log);
        draw_outcomes(w_, first_, full_truth, b_, out_);
        write_truth(w_, full_truth, b_, out_.truth);
    }

private:
    void resize() {
        for (auto& word : b_.word) word.resize(n_);
        b_.index.resize(n_);
        std::iota(b_.index.begin(), b_.index.end(), 0U);
        b_.drawn.resize(n_);
        b_.sorted.resize(n_);
        b_.drawn_time.resize(n_);
        b_.clicks.resize(n_);
        b_.block = block_word(0, block_);
    }

    /// Time, position and channel: one stream after the other in order of drawing, then all in order of time.
    void draw_moments() {
        const auto seed = static_cast<std::uint64_t>(s_.seed);
        const std::size_t streams = w_.arrivals.streams().size();
        b_.stream_begin.assign(1, 0);
        for (std::size_t k = 0; k < streams; ++k) {
            const std::size_t begin = b_.stream_begin.back(), count = w_.arrivals.count(k, block_);
            const auto part = [&](std::vector<std::uint32_t>& column) {
                return std::span(column).subspan(begin, count);
            };
            philox(seed, Draw::click_moment, std::span(b_.index).first(count), block_word(k, block_), 0,
                   part(b_.word[0]), part(b_.word[1]), part(b_.word[2]), part(b_.word[3]));
            for (std::size_t j = begin; j < begin + count; ++j)
                b_.drawn_time[j] =
                    w_.arrivals.time_in_block(k, block_, uniform(b_.word[0][j], b_.word[1][j]));
            b_.stream_begin.push_back(static_cast<std::uint32_t>(begin + count));
        }
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
        address_clicks(streams);
    }

    /// Where each click's numbers are, in order of time.
    void address_clicks(std::size_t streams) {
        if (streams == 1) {
            b_.address.clear();
            b_.stream.clear();
            std::copy(b_.sorted.begin(), b_.sorted.end(), b_.drawn.begin());
            return;
        }
        b_.address.resize(n_);
        b_.stream.resize(n_);
        for (std::size_t i = 0; i < n_; ++i) {
            const auto above = std::upper_bound(b_.stream_begin.begin(), b_.stream_begin.end(), b_.sorted[i]);
            const auto k = static_cast<std::uint32_t>(above - b_.stream_begin.begin() - 1);
            b_.stream[i] = k;
            b_.drawn[i] = b_.sorted[i] - b_.stream_begin[k];
            b_.address[i] = block_word(k, block_);
        }
    }

    void draw_entities() {
        b_.draw_words(w_, Draw::click_entities, 0);
        Clicks& c = b_.clicks;
        const Population& p = w_.population;
        const auto& streams = w_.arrivals.streams();
        const auto stream = [&](std::size_t i) -> const Stream& {
            return streams[b_.stream.empty() ? 0 : b_.stream[i]];
        };
        // Everything about the entities is fetched from memory while the rest of the block is still being
        // picked.
        for (std::size_t i = 0; i < n_; ++i) {
            c.user[i] = p.user_cohorts.pick(stream(i).user_cohort, join(b_.word[0][i], b_.word[1][i]));
            __builtin_prefetch(&p.users[c.user[i]]);
            __builtin_prefetch(p.user_features.row(c.user[i]));
        }
        for (std::size_t i = 0; i < n_; ++i) {
            c.item[i] = p.item_cohorts.pick(stream(i).item_cohort, join(b_.word[2][i], b_.word[3][i]));
            __builtin_prefetch(&p.items[c.item[i]]);
            __builtin_prefetch(p.item_features.row(c.item[i]));
        }
        for (std::size_t i = 0; i < n_; ++i) {
            c.category[i] = p.items[c.item[i]].category;
            c.brand[i] = p.items[c.item[i]].brand;
        }
    }

    void draw_hidden() {
        if (!s_.has_hidden()) return;
        b_.draw_words(w_, Draw::hidden, 0);
        Clicks& c = b_.clicks;
        c.hidden_conversion.clear();
        c.hidden_refund.clear();
        for (std::size_t i = 0; i < n_; ++i) {
            c.hidden_conversion.push_back(math::normal_quantile(uniform(b_.word[0][i], b_.word[1][i])));
            c.hidden_refund.push_back(math::normal_quantile(uniform(b_.word[2][i], b_.word[3][i])));
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

    const World& w_;
    const Scenario& s_;
    BlockBuffers& b_;
    LogRows& out_;
    std::size_t block_, n_, first_;
};

}  // namespace

void BlockBuffers::draw_words(const World& world, Draw purpose, std::uint32_t lane) {
    const auto seed = static_cast<std::uint64_t>(world.scenario.seed);
    if (address.empty())
        philox(seed, purpose, drawn, block, lane, word[0], word[1], word[2], word[3]);
    else
        philox(seed, purpose, drawn, address, lane, word[0], word[1], word[2], word[3]);
}

void draw_block(const World& world, std::size_t block, bool full_truth, BlockBuffers& buffers, LogRows& out) {
    Block(world, block, buffers, out).draw(full_truth);
}

}  // namespace netcvr
