#include "sim/read_guard.h"

#include <array>
#include <csignal>
#include <cstring>
#include <unistd.h>

#include "sim/artifact.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

constexpr std::array crashes = {SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
std::array<struct sigaction, crashes.size()> earlier;
alignas(16) std::array<char, 1 << 16> handler_stack;  // a hostile file may have used up the other one
thread_local const char* volatile reading = nullptr;

void say(const char* text) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, std::strlen(text));
}

extern "C" void on_crash(int signal) {
    if (reading != nullptr) {
        remove_unfinished();
        say("netcvr: cannot read '");
        say(reading);
        say("': damaged, HDF5 crashed on it\n");
        ::_exit(static_cast<int>(Exit::data));
    }
    // Our own fault: what was to happen without this handler happens when the instruction is tried again.
    for (std::size_t k = 0; k < crashes.size(); ++k)
        if (crashes[k] == signal) sigaction(signal, &earlier[k], nullptr);
}

}  // namespace

ReadGuard::ReadGuard(const std::string& path) : outer_(reading) {
    reading = path.c_str();
}

ReadGuard::~ReadGuard() {
    reading = outer_;
}

void blame_files_for_crashes() {
    stack_t stack = {};
    stack.ss_sp = handler_stack.data();
    stack.ss_size = handler_stack.size();
    sigaltstack(&stack, nullptr);
    struct sigaction action = {};
    action.sa_handler = on_crash;
    action.sa_flags = SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (std::size_t k = 0; k < crashes.size(); ++k) sigaction(crashes[k], &action, &earlier[k]);
}

}  // namespace netcvr
