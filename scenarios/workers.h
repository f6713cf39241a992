#pragma once
// Tasks in child processes: a crash, a kill or memory exhaustion of one touches no other. A child ends with
// its parent, whatever ends that.

#include <cstddef>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace netcvr {

/// SIGINT or SIGTERM reached the parent; the program is to exit with 128 + signal.
struct Interrupted {
    int signal;
};

struct Workers {
    int jobs = 1;  // children at once; also the processors that one child alone may use
    /// Does task k, in a child. Children get no SIGINT and no SIGTERM: their parent ends them. What it throws
    /// is a failure of this task alone, but InputError (system) ends them all: a disk that is full stays
    /// full.
    std::function<void(std::size_t k, int threads)> task;
    /// Called in the parent for every task that came to its end; failure: why it failed, "" if it did not.
    std::function<void(std::size_t k, const std::string& failure)> ended;
    /// Called in the parent for every child that did not finish its task, once it is dead: its temporary
    /// files may be removed.
    std::function<void(std::size_t k, pid_t child)> abandoned;
    std::function<void()> tick;  // about once a second
};

/// Runs the tasks in `order`. The parent must have one thread and no unfinished Artifact. Throws Interrupted,
/// InputError (system), and what `ended` throws; no child lives on after that.
void run_in_children(const std::vector<std::size_t>& order, const Workers& workers);

}  // namespace netcvr
