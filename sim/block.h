#pragma once

#include "sim/log_file.h"
#include "sim/rng.h"
#include "sim/world.h"

namespace netcvr {

/// The columns one thread reuses from block to block.
struct BlockBuffers {
    std::vector<std::uint32_t> index;   // index[j] = j
    std::vector<std::uint32_t> sorted;  // sorted[i]: order of drawing of the i-th click in time
    std::vector<std::uint32_t> begin;   // of the counting sort
    std::vector<std::uint32_t> word[4];
    std::vector<Time> drawn_time;
    Clicks clicks;  // in time order
    Predictors predictors;
    Law law;

    /// Words of one purpose and lane for the clicks listed in `where`, into word[0 … 3].
    void draw_words(const World& world,
                    Draw purpose,
                    const std::vector<std::uint32_t>& where,
                    std::uint32_t block,
                    std::uint32_t lane);
};

/// Appends what the features of the block's clicks show to every feature column of the log.
void write_features(const World& world, std::uint32_t block, BlockBuffers& buffers, ClickLog& log);

/// The uniforms behind one click's outcome, each from words of its own.
struct OutcomeUniforms {
    double conversion, intent, conversion_delay, refund, kind, refund_delay;
};
/// Delays in whole seconds, the refund's from the conversion; never = does not happen at all.
struct Outcome {
    Time conversion_delay = never, refund_delay = never;
};
/// What happens to click i of these columns: a function of its law and six numbers, nothing else.
Outcome draw_outcome(const World& world,
                     const Predictors& predictors,
                     const Law& law,
                     std::size_t i,
                     const OutcomeUniforms& u);

/// Appends the clicks of one block, in time order, with features, outcomes and truth.
void draw_block(const World& world, std::size_t block, bool full_truth, BlockBuffers& buffers, LogRows& out);

/// Columns of a full truth besides the uncensored times: the parameters of world.h's formulas, per click.
std::vector<Truth::Column> law_columns();

}  // namespace netcvr
