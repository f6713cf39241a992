// Criteo's layouts, with and without refunds.
#include "tests/fuzz/round_trip.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's spelling
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    for (const char* name : {"criteo", "criteo-refund"})
        netcvr::expect_round_trip(*netcvr::find_text_layout(name), text);
    return 0;
}
