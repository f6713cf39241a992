#pragma once

#include <cstddef>
#include <functional>

#include "sim/click_log.h"
#include "sim/text_layout.h"
#include "sim/text_source.h"

namespace netcvr {

struct TextImport {
    ClickLog log;                     // in time order, without ids; windows, protocol and periods are not set
    Time last_event = 0;              // the latest click, purchase or refund
    std::size_t dropped_refunds = 0;  // which the text gives to no purchase
};

/// Reads a whole text on `threads` threads; the result does not depend on them. `origin`: seconds since 1970
/// of second 0. Throws InputError (data) naming file, line and column of the first line that is refused.
TextImport read_text_log(const TextSource& source,
                         const TextLayout& layout,
                         Time origin,
                         int threads,
                         const std::function<void(std::size_t done, std::size_t bytes)>& progress = {});

}  // namespace netcvr
