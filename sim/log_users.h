#pragma once
// The users of a sample in a log file: /users, a row per user, /strata, a row per stratum, and what says at
// the root how they were chosen.

#include <vector>

#include "sim/digest.h"
#include "sim/hdf5_file.h"
#include "sim/selection.h"

namespace netcvr {

/// Writes both tables at once and returns the digests of their columns.
std::vector<ColumnDigest> write_selection(Hdf5Writer& file, const Selection& selection, int compress);

struct Sampled {
    Selection selection;
    std::vector<ColumnDigest> digests;
};
/// Reads and checks them. Throws InputError (data).
Sampled read_selection(const Hdf5Reader& file);

}  // namespace netcvr
