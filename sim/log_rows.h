#pragma once
// Rows of logs cut, joined and chosen, with their truth and the purchases that follow them.

#include <cstddef>
#include <cstdint>
#include <span>

#include "sim/log_file.h"

namespace netcvr {

/// Keeps rows [skip, skip + count) of every column; purchases count their rows from there.
void keep_rows(LogRows& rows, const TruthSchema& schema, std::size_t skip, std::size_t count);

/// Puts `more` after `whole`; purchases keep pointing at their clicks.
void append_rows(const LogRows& more, const TruthSchema& schema, LogRows& whole);

/// Puts some rows of `from`, in ascending order, after `whole`.
void append_chosen_rows(const LogRows& from,
                        const TruthSchema& schema,
                        std::span<const std::uint32_t> chosen,
                        LogRows& whole);

}  // namespace netcvr
