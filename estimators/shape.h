#pragma once
// What a network looks like: sizes, pooling, towers.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace netcvr {

enum class Pooling : std::uint8_t { concatenate, sum };

/// Which embeddings several towers of one network read (a table has an embedding for every row):
///   separate  each tower a table of its own
///   shared    all the same one
///   hybrid    each [its own ‖ the one of all], twice as wide
enum class Sharing : std::uint8_t { separate, shared, hybrid };

struct Shape {
    Pooling pooling = Pooling::concatenate;
    std::size_t embedding = 8;             // numbers per row and table; with sum pooling the heads of a tower
    std::vector<std::size_t> hidden = {};  // sizes of the hidden layers of each tower; none with sum pooling
    std::size_t heads = 1;                 // of all towers together, which have equally many
    bool batch_norm = false;               // of the hidden layers
    std::size_t towers = 1;
    Sharing sharing = Sharing::separate;  // always so with one tower, or with sum pooling

    std::size_t heads_of_tower() const { return heads / towers; }
    std::size_t tables() const {
        return sharing == Sharing::shared ? 1 : towers + (sharing == Sharing::hybrid);
    }
    /// The tables that a tower reads, in order.
    std::vector<std::size_t> tables_of(std::size_t tower) const {
        if (sharing == Sharing::shared) return {0};
        if (sharing == Sharing::separate) return {tower};
        return {tower, towers};
    }
};

}  // namespace netcvr
