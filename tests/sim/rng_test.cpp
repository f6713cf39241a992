#include "sim/rng.h"

#include <cmath>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace netcvr {
namespace {

Words at(
    std::uint32_t index, std::uint32_t block, std::uint32_t purpose, std::uint32_t lane, std::uint64_t seed) {
    return philox(seed, static_cast<Draw>(purpose), index, block, lane);
}

TEST(Rng, matches_the_known_answers_of_random123) {
    EXPECT_EQ(at(0, 0, 0, 0, 0), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    EXPECT_EQ(at(~0U, ~0U, ~0U, ~0U, ~0ULL), (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    // Digits of pi: counter {index, block, purpose, lane}, key {low half of the seed, high half}.
    EXPECT_EQ(at(0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0x299f31d0a4093822ULL),
              (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Rng, draws_columns_equal_to_single_addresses_for_every_length) {
    std::vector<std::uint32_t> index(33);
    for (std::size_t i = 0; i < index.size(); ++i)
        index[i] = i % 3 == 0 ? static_cast<std::uint32_t>(i) : 0xfffffff0U + static_cast<std::uint32_t>(i);
    constexpr std::uint64_t seed = 0xfedcba9876543210ULL;
    for (std::size_t n = 0; n <= index.size(); ++n) {
        std::vector<std::uint32_t> word[4];
        for (auto& w : word) w.assign(n + 1, 77);
        const auto head = [&](std::size_t w) { return std::span(word[w]).first(n); };
        philox(seed, Draw::feature_noise, std::span(index).first(n), 5, 9, head(0), head(1), head(2),
               head(3));
        for (std::size_t w = 0; w < 4; ++w) {
            for (std::size_t i = 0; i < n; ++i)
                EXPECT_EQ(word[w][i], philox(seed, Draw::feature_noise, index[i], 5, 9)[w]) << n << ' ' << i;
            EXPECT_EQ(word[w][n], 77u) << "written past the end at length " << n;
        }
    }
}

TEST(Rng, moves_with_every_coordinate_of_an_address_and_both_halves_of_the_seed) {
    std::set<Words> all = {philox(1, Draw::conversion, 2, 3, 4)};
    all.insert(philox(1ULL << 32, Draw::conversion, 2, 3, 4));
    all.insert(philox(1ULL << 32 | 1, Draw::conversion, 2, 3, 4));
    all.insert(philox(2, Draw::conversion, 2, 3, 4));
    all.insert(philox(1, Draw::refund, 2, 3, 4));
    all.insert(philox(1, Draw::conversion, 3, 3, 4));
    all.insert(philox(1, Draw::conversion, 2, 2, 4));
    all.insert(philox(1, Draw::conversion, 2, 3, 5));
    all.insert(philox(1, Draw::conversion, 3, 2, 4));
    EXPECT_EQ(all.size(), 9u);
}

TEST(Rng, gives_every_purpose_its_own_value) {
    const std::vector<Draw> purposes = {Draw::block_count,      Draw::click_moment,     Draw::click_entities,
                                        Draw::conversion,       Draw::conversion_delay, Draw::refund,
                                        Draw::refund_delay,     Draw::feature_missing,  Draw::feature_noise,
                                        Draw::user_trait,       Draw::user_feature,     Draw::item_trait,
                                        Draw::item_feature,     Draw::item_place,       Draw::category_trait,
                                        Draw::conversion_drift, Draw::refund_drift,     Draw::channel_effect};
    EXPECT_EQ(std::set<Draw>(purposes.begin(), purposes.end()).size(), purposes.size());
}

TEST(Rng, makes_uniforms_strictly_inside_the_unit_interval) {
    EXPECT_EQ(uniform(0, 0), 0x1p-53);
    EXPECT_EQ(uniform(~0U, ~0U), 1 - 0x1p-53) << "the largest double below 1";
    EXPECT_EQ(uniform(0), 0x1p-33);
    EXPECT_EQ(uniform(~0U), 1 - 0x1p-33);
    EXPECT_EQ(uniform(0x80000000U, 0), .5 + 0x1p-53);
    // The 12 lowest bits are not read; the lowest that is moves the value by one step.
    EXPECT_EQ(uniform(5, 0xfffU), uniform(5, 0));
    EXPECT_EQ(uniform(5, 0x1000U) - uniform(5, 0), 0x1p-52);
}

TEST(Rng, reads_a_sub_stream_word_by_word_across_indices) {
    SubStream stream(99, Draw::block_count, 7);
    for (std::uint32_t index = 0; index < 3; ++index)
        for (const std::uint32_t word : philox(99, Draw::block_count, index, 7, 0)) EXPECT_EQ(stream(), word);
}

// Which words lie below p, found without the closed form: around the edge, and at the ends.
TEST(Rng, counts_the_words_below_a_probability) {
    for (const double p : {0.0, 1e-12, 0x1p-33, 0x1p-32, .02, .05, 1.0 / 3, .5, 1 - 0x1p-33, 1.0}) {
        const std::uint64_t below = below_uniform(p);
        ASSERT_LE(below, std::uint64_t{1} << 32) << p;
        for (const std::uint64_t word : {below - 2, below - 1, below, below + 1})
            if (word <= 0xffffffffU) {
                EXPECT_EQ(uniform(static_cast<std::uint32_t>(word)) < p, word < below) << p;
            }
    }
}

// n = 2^16 words against uniform in 256 cells: chi-squared with 255 degrees of freedom, bound 5 sd.
TEST(Rng, spreads_the_words_of_neighbouring_addresses_evenly) {
    constexpr int n = 1 << 16, cells = 256;
    for (std::size_t w = 0; w < 4; ++w) {
        std::vector<double> count(cells);
        for (std::uint32_t i = 0; i < n; ++i) ++count[philox(3, Draw::conversion, i, 0, 0)[w] >> 24];
        constexpr double expected = n / static_cast<double>(cells);
        double chi = 0;
        for (const double c : count) chi += (c - expected) * (c - expected) / expected;
        EXPECT_LT(std::abs(chi - 255) / std::sqrt(2 * 255.0), 5) << "word " << w;
    }
}

}  // namespace
}  // namespace netcvr
