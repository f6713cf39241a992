#pragma once
// A saved model on disk, HDF5:
//   /                  windows (s), training_version, content_digest of all columns
//   /training          every setting, a list as a column
//   /features          names in the order of the fields; column cardinality
//   /rows              what a row of an embedding table stands for: columns field and value, or with cells a
//                      column for each feature
//   /methods/<m>/<l>   of learner l where its stream stopped: w, running, layer_moments, row_moments, as
//                      network.h and adam.h lay them out; attributes steps, copies; the learning rate beside
//                      the version of <m>
//   /frozen/<name>     of a frozen head: w, running
// What is read is the same, bit for bit, or refused: another version of program or method trains otherwise.

#include <string>

#include "estimators/model.h"

namespace netcvr {

/// Appears whole or not at all. Throws InputError (exists) if `path` exists and !force.
void write_model(const std::string& path, const Model& model, bool force);

/// Throws InputError (data) with file, object and reason for anything but a whole model of this program's
/// versions.
Model read_model(const std::string& path);

}  // namespace netcvr
