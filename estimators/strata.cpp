#include "estimators/strata.h"

#include <algorithm>
#include <vector>

namespace netcvr {
namespace {

std::vector<std::string> split(const std::string& names) {
    std::vector<std::string> all;
    for (std::size_t begin = 0; begin <= names.size();) {
        const std::size_t end = std::min(names.find(',', begin), names.size());
        all.push_back(names.substr(begin, end - begin));
        begin = end + 1;
    }
    return all;
}

/// A default that a stratum's counts can bear.
std::vector<std::string> most_categories(const ClickLog& log) {
    constexpr std::int32_t most = 256;
    const FeatureColumn* widest = nullptr;
    for (const FeatureColumn& feature : log.features)
        if (feature.cardinality <= most && (!widest || feature.cardinality > widest->cardinality))
            widest = &feature;
    return widest ? std::vector{widest->name} : std::vector<std::string>{};
}

}  // namespace

Cells strata_of(const ClickLog& log, const std::string& named) {
    return cells_of(log, named.empty() ? most_categories(log) : split(named),
                    {.exit = Exit::scenario, .key = "training.strata", .user = "a stratum"});
}

}  // namespace netcvr
