#pragma once

#include "sim/log_file.h"
#include "sim/rng.h"
#include "sim/world.h"

namespace netcvr {

/// Where clicks' numbers are (rng.h): order of drawing within the stream, and block word, one for all or one
/// each.
struct Addresses {
    std::vector<std::uint32_t> drawn, block;
    std::uint32_t block_of(std::size_t i) const { return block[block.size() > 1 ? i : 0]; }
};

/// Four words a click, in columns.
struct WordColumns {
    std::vector<std::uint32_t> word[4];
    /// The words of one purpose and lane at some addresses; there may be room for more.
    void draw(const World& world, Draw purpose, std::uint32_t lane, const Addresses& at);
    /// Uniforms from words 0–1 or 2–3.
    double uniform(std::size_t pair, std::size_t i) const {
        return netcvr::uniform(word[2 * pair][i], word[2 * pair + 1][i]);
    }
};

/// The uniforms behind one click's outcome, each from words of its own.
struct OutcomeUniforms {
    double conversion = 0, intent = 0, conversion_delay = 0, refund = 0, kind = 0, refund_delay = 0;
};

/// The columns one thread reuses from block to block.
struct BlockBuffers {
    std::vector<std::uint32_t> index;         // index[j] = j
    std::vector<std::uint32_t> stream_begin;  // in order of drawing: where each stream's clicks begin
    std::vector<std::uint32_t> sorted;        // sorted[i]: place in that order of the i-th click in time
    std::vector<std::uint32_t> begin;         // of the counting sort
    std::vector<Time> drawn_time;

    // Of the clicks that are wanted, in order of time:
    std::vector<std::uint32_t> stream;  // empty if there is one stream
    Addresses at;
    WordColumns words;
    Clicks clicks;
    Predictors predictors;
    Law law;
    std::vector<double> noise;
    std::vector<std::uint64_t> id;
    std::vector<std::uint32_t> of_second;  // what a feature shows of the click's second

    // Of those that convert:
    std::vector<std::uint32_t> converting;  // which clicks
    Addresses converting_at;
    std::vector<OutcomeUniforms> uniforms;
};

/// Clicks [begin, end) of a block in order of time, and the row of the columns that takes the first of them.
struct BlockPart {
    std::size_t block, begin, end, row;
};
/// Draws them with features, outcomes and truth into columns that have these rows; purchases are appended.
void draw_block(
    const World& world, const BlockPart& part, bool full_truth, BlockBuffers& buffers, LogRows& out);

/// What the features of the clicks show, into rows `first` … of every feature column.
void write_features(const World& world, std::size_t first, BlockBuffers& buffers, ClickLog& log);
/// What happens after the clicks, into rows `first` …
void draw_outcomes(
    const World& world, std::size_t first, bool full_truth, BlockBuffers& buffers, LogRows& out);
/// The truth about them, into rows `first` …
void write_truth(
    const World& world, std::size_t first, bool full_truth, const BlockBuffers& buffers, Truth& truth);

/// Delays in whole seconds, the refund's from the conversion; never = does not happen at all.
struct Outcome {
    Time conversion_delay = never, refund_delay = never;
    std::size_t intent = 0;
};
/// What happens to click i of these columns: a function of its law and six numbers, nothing else.
Outcome draw_outcome(const World& world,
                     const Predictors& predictors,
                     const Law& law,
                     std::size_t i,
                     const OutcomeUniforms& u);

/// Number of events of a Poisson law, as a function of u: the quantile.
std::int32_t poisson_quantile(double mean, double u);

/// Columns of a full truth besides the uncensored times: the parameters of world.h's formulas, per click.
std::vector<Truth::Column> law_columns(const Scenario& scenario);

}  // namespace netcvr
