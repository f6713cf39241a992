#include "scenarios/version.h"

#include <boost/version.hpp>
#include <fmt/core.h>

#include "sim/hdf5_file.h"
#include "sim/rng.h"

namespace netcvr {

std::string program_version() {
    return "netcvr " NETCVR_VERSION;
}

std::string version_text() {
#ifdef __clang__
    constexpr const char* compiler = "clang " __clang_version__;
#else
    constexpr const char* compiler = "g++ " __VERSION__;
#endif
    return fmt::format("{}\ncompiler {}\nHDF5 {}\nBoost {}.{}\nstream_version {}\n", program_version(),
                       compiler, hdf5_version(), BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000,
                       stream_version);
}

}  // namespace netcvr
