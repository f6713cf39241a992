#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace netcvr {

/// The users of a sample, as the file's /users has them.
struct Selection {
    std::string scheme, count, period;  // "top-purchases"; "logged", "all"; "prior", "same"
    double threshold =
        0;  // fewest purchases, or conversions per click, with which a user is in; 0 for strata

    struct Stratum {
        std::string name;
        std::int64_t selected = 0, eligible = 0;  // n_h, N_h
        bool operator==(const Stratum&) const = default;
    };
    std::vector<Stratum> strata;

    std::vector<std::int32_t> user_id;    // ascending; also those without a click
    std::vector<std::int32_t> stratum;    // index into strata
    std::vector<float> inclusion_weight;  // N_h / n_h; 1 where nobody was left to chance
    std::vector<std::int32_t> purchases;  // of the user in the period, as `count` says
    // With bounds: with fewest … most conversions, and the same clicks, a user is in just as well. Not in the
    // file.
    std::vector<std::int32_t> fewest = {}, most = {};
};

}  // namespace netcvr
