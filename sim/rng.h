#pragma once
// Randomness without engines: every number is a function of (seed, purpose, where), so it does not matter who
// asks for it, in which order, or how often. Adding a draw for refunds cannot shift conversions, and two
// scenarios with one seed share their random numbers.
//
//   word[0…3] = Philox4x32-10(key = seed (64 bits), counter = {index, block, purpose, lane})
//
//   what is drawn         index                  block              lane
//   of a click            order of drawing j     stream, block      feature group, purchase ordinal, 0
//   of a user or item     entity                 0                  trait or feature number
//   block count           position in stream     time block         0
//   drift knots           day                    0                  category
//
// j is the order of drawing inside the block of its stream of arrivals (arrivals.h), not the row of the file.
// A position is there whether it is used or not. Philox is the generator of Random123 (Salmon et al., SC
// 2011), PyTorch and cuRAND.

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>

namespace netcvr {

/// Any change of a value in any column of any log raises this.
inline constexpr std::int64_t stream_version = 1;

/// What a number is for; values are part of the stream and never reused.
enum class Draw : std::uint32_t {
    block_count = 1,
    click_moment = 2,      // words 0–1 time; 2 position; 3 channel
    click_entities = 3,    // words 0–1 user; 2–3 item
    conversion = 4,        // words 0–1 converts ever; 2–3 intent class
    conversion_delay = 5,  // words 0–1
    refund = 6,            // words 0–1 refunded ever; 2–3 refund class; lane = purchase ordinal
    refund_delay = 7,      // words 0–1; 2–3 reported; lane = purchase ordinal
    feature_missing = 8,   // word f % 4 of lane f / 4 for feature f
    feature_noise = 9,     // words 0–1; lane = feature
    repeat_count = 10,     // words 0–1 how many repeat purchases
    repeat_gap = 11,       // words 0–1; lane = purchase ordinal
    order_value = 12,      // words 0–1 value; 2 partly refunded; 3 which part; lane = purchase ordinal
    hidden = 13,           // words 0–1 of the conversion; 2–3 of the refund
    user_trait = 16,       // words 0–1, 2–3: two normals; lane = pair of traits
    user_feature = 17,     // words 0–1 noise; lane = feature
    item_trait = 18,
    item_feature = 19,
    item_place = 20,  // words 0–1 category; 2–3 order of popularity
    category_trait = 21,
    conversion_drift = 24,
    refund_drift = 25,
    channel_effect = 26,
    conversion_delay_drift = 27,
    refund_delay_drift = 28,
    prior_trait = 29,  // words 0–1 activity; 2–3 purchase: how a user's traits changed; block 0
    prior_counts = 30,  // lane 0: words 0–1 clicks, 2–3 conversions; lane 1: 0–1 repeats, 2–3 off the log
    selection = 31,  // words 0–1: a user's place among equals; 2–3 the same within a stratum
    dirt = 23,      // words 0–1 whether a dirty row follows; 2 of which kind; index, block = row of the TSV
    resample = 32,  // of a bootstrap: index = user, block = batch of 8 resamples, lane = half of it
    feature_weight = 35,  // words 0, 1, 2: purchase, refund, haste; index = value, lane = feature; block 0
};

using Words = std::array<std::uint32_t, 4>;

/// The four words at one address.
Words philox(std::uint64_t seed, Draw purpose, std::uint32_t index, std::uint32_t block, std::uint32_t lane);

/// The same for many indices at once: word w of index[i] in wordw[i]. Vectorises.
void philox(std::uint64_t seed,
            Draw purpose,
            std::span<const std::uint32_t> index,
            std::uint32_t block,
            std::uint32_t lane,
            std::span<std::uint32_t> word0,
            std::span<std::uint32_t> word1,
            std::span<std::uint32_t> word2,
            std::span<std::uint32_t> word3);
/// The same where every index has a block of its own.
void philox(std::uint64_t seed,
            Draw purpose,
            std::span<const std::uint32_t> index,
            std::span<const std::uint32_t> block,
            std::uint32_t lane,
            std::span<std::uint32_t> word0,
            std::span<std::uint32_t> word1,
            std::span<std::uint32_t> word2,
            std::span<std::uint32_t> word3);

inline std::uint64_t join(std::uint32_t high, std::uint32_t low) {
    return static_cast<std::uint64_t>(high) << 32 | low;
}

/// (k + ½) / 2^52 of the 52 upper bits: in (0, 1), never an end. With 53 bits k + ½ would have to be rounded,
/// at the top to 1. Written over the bits of [1, 2), which is exact and vectorises.
inline double uniform(std::uint32_t high, std::uint32_t low) {
    return (std::bit_cast<double>(join(high, low) >> 12 | 0x3ff0000000000000ULL) - 1.0) + 0x1p-53;
}
/// (k + ½) / 2^32, for choices that need no more.
inline double uniform(std::uint32_t word) {
    return (static_cast<double>(word) + 0.5) * 0x1p-32;
}
/// uniform(word) < p iff word < below_uniform(p), for p in [0, 1].
inline std::uint64_t below_uniform(double p) {
    return static_cast<std::uint64_t>(std::ceil(std::max(0.0, p * 0x1p32 - 0.5)));
}

/// A whole addressed sub-stream as an engine for Boost's distributions; for block counts only, because
/// rejection consumes an unknown number of words.
class SubStream {
public:
    using result_type = std::uint32_t;
    SubStream(std::uint64_t seed, Draw purpose, std::uint32_t block)
        : seed_(seed), purpose_(purpose), block_(block) {}
    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return 0xffffffffU; }
    result_type operator()() {
        if (used_ % 4 == 0) words_ = philox(seed_, purpose_, used_ / 4, block_, 0);
        return words_[used_++ % 4];
    }

private:
    std::uint64_t seed_;
    Draw purpose_;
    std::uint32_t block_;
    std::uint32_t used_ = 0;
    Words words_{};
};

}  // namespace netcvr
