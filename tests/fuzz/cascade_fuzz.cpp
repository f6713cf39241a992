// CASCADE's layouts. The raw one is only read: writing it searches whole numbers by the million.
#include <algorithm>

#include "tests/fuzz/round_trip.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's spelling
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    netcvr::expect_round_trip(*netcvr::find_text_layout("cascade"), text);
    const auto raw = netcvr::log_of(*netcvr::find_text_layout("cascade-raw"), text);
    if (raw && !std::is_sorted(raw->purchases.row.begin(), raw->purchases.row.end())) std::abort();
    return 0;
}
