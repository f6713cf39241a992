#pragma once
// A log's columns for programs that know no HDF5: one CSV table, or a folder of NumPy arrays.

#include <string>

#include "sim/log_file.h"

namespace netcvr {

/// Columns of /log and /features under their own names, of /truth as truth_…; values as in the HDF5 file (-1
/// = none, missing), numbers in the shortest form that reads back exactly. /purchases, a table of other rows,
/// is not there.
void write_csv(const std::string& path, const LogFile& file, int threads, bool force);

/// One NAME.npy a column (format 1.0, little-endian), also of /purchases as purchases_…, and columns.json
/// that says what each is. The folder appears whole or not at all.
void write_npy(const std::string& path, const LogFile& file, bool force);

}  // namespace netcvr
