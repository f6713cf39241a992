#pragma once

#include <string>
#include <vector>

#include "sim/click_log.h"
#include "sim/text_layout.h"

namespace netcvr {

/// Writes a log in a public layout. columns: names of the features that fill it, in its order; empty = the
/// first ones of the log. origin: seconds since 1970 of the log's second 0. Throws InputError: usage for
/// columns that are not there or not as many as the layout has, data for values that it cannot hold.
void write_text_log(const std::string& path,
                    const ClickLog& log,
                    const TextLayout& layout,
                    const std::vector<std::string>& columns,
                    Time origin,
                    int threads,
                    bool force);

}  // namespace netcvr
