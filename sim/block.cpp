// The clicks of a block: who clicks what and when. block_features.cpp has what the log shows of them,
// block_outcomes.cpp what happens next, block_truth.cpp the truth about it. All arithmetic runs over columns;
// only the few clicks that convert are walked one by one.

#include "sim/block.h"

#include <algorithm>
#include <numeric>

#include "sim/math.h"
#include "sim/rng.h"

namespace netcvr {
namespace {

class Block {
public:
    Block(const World& world, const BlockPart& part, BlockBuffers& buffers)
        : w_(world),
          b_(buffers),
          part_(part),
          drawn_(world.arrivals.count(part.block)),
          n_(part.end - part.begin) {}

    void draw_clicks() {
        resize();
        draw_moments();
        draw_entities();
        draw_hidden();
    }

private:
    void resize() {
        for (auto& word : b_.words.word) word.resize(drawn_);
        if (b_.index.size() < drawn_) {
            b_.index.resize(drawn_);
            std::iota(b_.index.begin(), b_.index.end(), 0U);
        }
        b_.sorted.resize(drawn_);
        b_.drawn_time.resize(drawn_);
        b_.at.drawn.resize(n_);
        b_.clicks.resize(n_);
    }

    /// Time, position and channel: one stream after the other in order of drawing, then the wanted ones in
    /// order of time.
    void draw_moments() {
        const auto seed = static_cast<std::uint64_t>(w_.scenario.seed);
        const std::size_t streams = w_.arrivals.streams().size();
        auto& word = b_.words.word;
        b_.stream_begin.assign(1, 0);
        for (std::size_t k = 0; k < streams; ++k) {
            const std::size_t begin = b_.stream_begin.back(), count = w_.arrivals.count(k, part_.block);
            const auto part = [&](auto& column) { return std::span(column).subspan(begin, count); };
            philox(seed, Draw::click_moment, std::span(b_.index).first(count), block_word(k, part_.block), 0,
                   part(word[0]), part(word[1]), part(word[2]), part(word[3]));
            w_.arrivals.times_in_block(k, part_.block, part(word[0]), part(word[1]), part(b_.drawn_time));
            b_.stream_begin.push_back(static_cast<std::uint32_t>(begin + count));
        }
        sort_by_time();
        Clicks& c = b_.clicks;
        const std::uint32_t* const sorted = b_.sorted.data() + part_.begin;
        const auto share = [](std::uint32_t of, std::uint64_t n) {
            return static_cast<std::uint32_t>(of * n >> 32);
        };
        for (std::size_t i = 0; i < n_; ++i) c.time[i] = b_.drawn_time[sorted[i]];
        for (std::size_t i = 0; i < n_; ++i) c.position[i] = share(word[2][sorted[i]], positions);
        for (std::size_t i = 0; i < n_; ++i) c.channel[i] = share(word[3][sorted[i]], channels);
        address_clicks(sorted);
    }

    /// Where each click's numbers are.
    void address_clicks(const std::uint32_t* sorted) {
        if (b_.stream_begin.size() == 2) {
            b_.at.block.assign(1, block_word(0, part_.block));
            b_.stream.clear();
            std::copy(sorted, sorted + n_, b_.at.drawn.begin());
            return;
        }
        b_.at.block.resize(n_);
        b_.stream.resize(n_);
        for (std::size_t i = 0; i < n_; ++i) {
            const auto above = std::upper_bound(b_.stream_begin.begin(), b_.stream_begin.end(), sorted[i]);
            const auto k = static_cast<std::uint32_t>(above - b_.stream_begin.begin() - 1);
            b_.stream[i] = k;
            b_.at.drawn[i] = sorted[i] - b_.stream_begin[k];
            b_.at.block[i] = block_word(k, part_.block);
        }
    }

    /// Every step asks memory for what the next one reads, for the whole block at once.
    void draw_entities() {
        b_.words.draw(w_, Draw::click_entities, 0, b_.at);
        const Population& p = w_.population;
        const Stream* const streams = w_.arrivals.streams().data();
        const std::uint32_t* const which = b_.stream.empty() ? nullptr : b_.stream.data();
        const auto stream = [&](std::size_t i) -> const Stream& {
            return streams[which == nullptr ? 0 : which[i]];
        };
        const auto& word = b_.words.word;
        const auto user_word = [&](std::size_t i) { return join(word[0][i], word[1][i]); };
        const auto item_word = [&](std::size_t i) { return join(word[2][i], word[3][i]); };
        for (std::size_t i = 0; i < n_; ++i) {
            p.user_cohorts.prefetch(stream(i).user_cohort, user_word(i));
            p.item_cohorts.prefetch(stream(i).item_cohort, item_word(i));
        }
        Clicks& c = b_.clicks;
        for (std::size_t i = 0; i < n_; ++i) {
            c.user[i] = p.user_cohorts.pick(stream(i).user_cohort, user_word(i));
            p.users.prefetch(c.user[i]);
            c.item[i] = p.item_cohorts.pick(stream(i).item_cohort, item_word(i));
            p.items.prefetch(c.item[i]);
        }
        for (std::size_t i = 0; i < n_; ++i) {
            const ItemTraits& item = p.items[c.item[i]];
            c.category[i] = item.category;
            c.brand[i] = item.brand;
        }
    }

    void draw_hidden() {
        if (!w_.scenario.has_hidden()) return;
        b_.words.draw(w_, Draw::hidden, 0, b_.at);
        Clicks& c = b_.clicks;
        c.hidden_conversion.resize(n_);
        c.hidden_refund.resize(n_);
        for (std::size_t i = 0; i < n_; ++i) c.hidden_conversion[i] = b_.words.uniform(0, i);
        for (std::size_t i = 0; i < n_; ++i) c.hidden_refund[i] = b_.words.uniform(1, i);
        math::normal_quantile_column(c.hidden_conversion);
        math::normal_quantile_column(c.hidden_refund);
    }

    /// By second, ties by order of drawing. A block of a dense log spans few seconds: counting is then
    /// fastest.
    void sort_by_time() {
        if (drawn_ == 0) return;
        Time first = b_.drawn_time[0], last = first;
        for (const Time t : b_.drawn_time) first = std::min(first, t), last = std::max(last, t);
        const auto range = static_cast<std::size_t>(last - first) + 1;
        if (range > 16 * drawn_) {
            std::iota(b_.sorted.begin(), b_.sorted.end(), 0U);
            std::stable_sort(b_.sorted.begin(), b_.sorted.end(), [&](std::uint32_t a, std::uint32_t b) {
                return b_.drawn_time[a] < b_.drawn_time[b];
            });
            return;
        }
        b_.begin.assign(range + 1, 0);
        for (const Time t : b_.drawn_time) ++b_.begin[static_cast<std::size_t>(t - first) + 1];
        for (std::size_t k = 1; k <= range; ++k) b_.begin[k] += b_.begin[k - 1];
        for (std::size_t j = 0; j < drawn_; ++j)
            b_.sorted[b_.begin[static_cast<std::size_t>(b_.drawn_time[j] - first)]++] =
                static_cast<std::uint32_t>(j);
    }

    const World& w_;
    BlockBuffers& b_;
    BlockPart part_;
    std::size_t drawn_, n_;  // clicks of the block; of the part
};

}  // namespace

void WordColumns::draw(const World& world, Draw purpose, std::uint32_t lane, const Addresses& at) {
    const auto seed = static_cast<std::uint64_t>(world.scenario.seed);
    philox(seed, purpose, at.drawn, at.block, lane, word[0], word[1], word[2], word[3]);
}

void draw_block(
    const World& world, const BlockPart& part, bool full_truth, BlockBuffers& buffers, LogRows& out) {
    Block(world, part, buffers).draw_clicks();
    predict(world, buffers.clicks, buffers.predictors);
    evaluate(world, buffers.predictors, buffers.law);
    const auto to = [&](auto& column) { return column.begin() + static_cast<std::ptrdiff_t>(part.row); };
    const Clicks& c = buffers.clicks;
    std::copy(c.time.begin(), c.time.end(), to(out.log.click_time));
    std::copy(c.user.begin(), c.user.end(), to(out.log.user_id));
    std::copy(c.item.begin(), c.item.end(), to(out.log.item_id));
    write_features(world, part.row, buffers, out.log);
    draw_outcomes(world, part.row, full_truth, buffers, out);
    write_truth(world, part.row, full_truth, buffers, out.truth);
}

}  // namespace netcvr
