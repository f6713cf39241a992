// The reader of scenario files: what it accepts, it writes in a form that it reads as the same.
#include <cstdlib>
#include <string_view>

#include "scenarios/scenario_file.h"
#include "sim/errors.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's spelling
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size) {
    using namespace netcvr;
    std::string resolved;
    try {
        const Settings settings = parse_scenario({reinterpret_cast<const char*>(bytes), size}, "fuzz");
        check(settings.scenario);
        resolved = resolved_toml(settings);
    } catch (const InputError& error) {
        if (error.exit != Exit::scenario) std::abort();
        return 0;
    }
    if (resolved_toml(parse_scenario(resolved, "resolved")) != resolved) std::abort();
    return 0;
}
