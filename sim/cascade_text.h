#pragma once
// The CASCADE logs: as published (cascade-raw) and as the public script process_CASCADE.py makes of them
// (cascade). That script takes the first of each list and hashes a category's text into a bucket. A category
// is exported raw as the smallest whole number that falls into its bucket, so that what comes back is what
// left, and what the script makes of the raw file is the processed one. A missing category is the empty list,
// for which the script has a bucket like any other; so in the processed layout it is that bucket.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/text_layout.h"

namespace netcvr {

/// field_1 … field_22 with the script's numbers of buckets.
std::vector<FeatureColumn> cascade_features();
/// Where the script puts a text: farmhash::Fingerprint64 modulo the number of buckets.
std::int32_t bucket_of(std::string_view text, std::int32_t buckets);

void read_cascade(const TextFields& fields, Time origin, TextRows& rows);
void read_cascade_raw(const TextFields& fields, Time origin, TextRows& rows);
void prepare_cascade(const TextLayout& layout, TextExport& what);
void prepare_cascade_raw(const TextLayout& layout, TextExport& what);
void append_cascade(
    const TextLayout& layout, const TextExport& what, std::size_t begin, std::size_t end, std::string& text);
void append_cascade_raw(
    const TextLayout& layout, const TextExport& what, std::size_t begin, std::size_t end, std::string& text);

}  // namespace netcvr
