#pragma once

#include <string>

#include "sim/log_file.h"

namespace netcvr {

/// Writes a log that is in memory, chunk by chunk, encoded on `threads` threads; as LogWriter does. `truth`
/// has the columns of header.truth. Returns the digest of /log and /features.
std::string write_log(const std::string& path,
                      const LogHeader& header,
                      const ClickLog& log,
                      const Truth& truth,
                      int compress,
                      int threads,
                      bool force);

}  // namespace netcvr
