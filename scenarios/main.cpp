#include <cstdio>
#include <exception>
#include <new>

#include "scenarios/cli.h"
#include "scenarios/workers.h"
#include "sim/artifact.h"
#include "sim/errors.h"
#include "sim/read_guard.h"

int main(int argc, char** argv) {
    netcvr::remove_unfinished_on_signals();
    netcvr::blame_files_for_crashes();
    try {
        netcvr::run_command_line(argc, argv);
        return static_cast<int>(netcvr::Exit::done);
    } catch (const netcvr::InputError& error) {
        std::fprintf(stderr, "netcvr: %s\n", error.what());
        return static_cast<int>(error.exit);
    } catch (const netcvr::Interrupted& interrupted) {
        return 128 + interrupted.signal;
    } catch (const std::bad_alloc&) {
        std::fprintf(stderr, "netcvr: out of memory\n");
        return static_cast<int>(netcvr::Exit::system);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "netcvr: %s\n", error.what());
        return static_cast<int>(netcvr::Exit::system);
    }
}
