#include "sim/text_export.h"

#include <algorithm>

#include <fmt/core.h>

#include "sim/errors.h"
#include "sim/parallel.h"

namespace netcvr {
namespace {

std::vector<const FeatureColumn*> chosen(const ClickLog& log,
                                         const TextLayout& layout,
                                         const std::vector<std::string>& columns) {
    const std::size_t needed = layout.features.size();
    const auto refuse = [&](const std::string& why) {
        throw InputError(Exit::usage, fmt::format("layout {} has {} features: {}", layout.name, needed, why));
    };
    std::vector<std::string> known;
    for (const auto& feature : log.features) known.push_back(feature.name);
    std::vector<const FeatureColumn*> features;
    for (const auto& name : columns) {
        const auto found = std::ranges::find(known, name);
        if (found == known.end())
            refuse(fmt::format("--columns: the log has no feature '{}'{}", name, suggestion(name, known)));
        features.push_back(&log.features[static_cast<std::size_t>(found - known.begin())]);
    }
    if (!columns.empty() && columns.size() != needed)
        refuse(fmt::format("--columns names {}", columns.size()));
    for (std::size_t f = 0; columns.empty() && f < std::min(needed, log.features.size()); ++f)
        features.push_back(&log.features[f]);
    if (features.size() < needed) refuse(fmt::format("the log has {}", features.size()));
    return features;
}

}  // namespace

void write_text_log(const std::string& path,
                    const ClickLog& log,
                    const TextLayout& layout,
                    const std::vector<std::string>& columns,
                    Time origin,
                    int threads,
                    bool force) {
    TextExport what{.log = log,
                    .origin = origin,
                    .features = chosen(log, layout, columns),
                    .threads = thread_count(threads)};
    layout.prepare(layout, what);
    write_rows(path, force, threads, "", log.size(),
               [&](std::size_t begin, std::size_t end, std::string& text) {
                   layout.append(layout, what, begin, end, text);
               });
}

}  // namespace netcvr
