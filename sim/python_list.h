#pragma once
// Python list literals of whole numbers and quoted texts, "[12, 'a']": what CASCADE's raw fields hold.

#include <string_view>
#include <vector>

namespace netcvr {

/// Replaces `elements` by those of a literal, without quotes. Returns what is wrong with it, "" if nothing.
std::string_view read_python_list(std::string_view literal, std::vector<std::string_view>& elements);

}  // namespace netcvr
