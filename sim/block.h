#pragma once

#include "sim/log_file.h"
#include "sim/rng.h"
#include "sim/world.h"

namespace netcvr {

/// The columns one thread reuses from block to block.
struct BlockBuffers {
    std::vector<std::uint32_t> index;         // index[j] = j
    std::vector<std::uint32_t> stream_begin;  // in order of drawing: where each stream's clicks begin
    std::vector<std::uint32_t> sorted;        // sorted[i]: place in that order of the i-th click in time
    std::vector<std::uint32_t> begin;         // of the counting sort
    std::vector<Time> drawn_time;

    // The addresses (rng.h) of the clicks in time order: order of drawing within the stream, and block word:
    // `block` for all if there is one stream.
    std::vector<std::uint32_t> drawn, address, stream;
    std::uint32_t block = 0;
    std::uint32_t block_of(std::size_t i) const { return address.empty() ? block : address[i]; }

    std::vector<std::uint32_t> word[4];
    Clicks clicks;  // in time order
    Predictors predictors;
    Law law;

    /// Words of one purpose and lane for the clicks in time order, into word[0 … 3].
    void draw_words(const World& world, Draw purpose, std::uint32_t lane);
};

/// Appends what the features of the block's clicks show to every feature column of the log.
void write_features(const World& world, BlockBuffers& buffers, ClickLog& log);
/// Draws what happens after the block's clicks, which are rows `first` … of the log.
void draw_outcomes(
    const World& world, std::size_t first, bool full_truth, BlockBuffers& buffers, LogRows& out);
/// Appends the truth about them.
void write_truth(const World& world, bool full_truth, const BlockBuffers& buffers, Truth& truth);

/// The uniforms behind one click's outcome, each from words of its own.
struct OutcomeUniforms {
    double conversion, intent, conversion_delay, refund, kind, refund_delay;
};
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

/// Appends the clicks of one block, in time order, with features, outcomes and truth.
void draw_block(const World& world, std::size_t block, bool full_truth, BlockBuffers& buffers, LogRows& out);

/// Columns of a full truth besides the uncensored times: the parameters of world.h's formulas, per click.
std::vector<Truth::Column> law_columns(const Scenario& scenario);

}  // namespace netcvr
