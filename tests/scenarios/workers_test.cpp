#include "scenarios/workers.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <map>
#include <new>
#include <set>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {
namespace {

/// Memory that parent and children see alike.
template <class T>
struct Shared {
    T* value = static_cast<T*>(
        ::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    ~Shared() { ::munmap(value, sizeof(T)); }
    T* operator->() { return value; }
};

struct Counters {
    std::atomic<int> alive, most_alive, begun, finished;
    std::atomic<int> threads[8];
};

void pause_ms(int milliseconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

/// Runs `task` for 0 … n − 1; task → failure.
std::map<std::size_t, std::string> ends_of(std::size_t n,
                                           int jobs,
                                           const std::function<void(std::size_t, int)>& task,
                                           std::set<std::size_t>* abandoned = nullptr) {
    std::map<std::size_t, std::string> ends;
    std::vector<std::size_t> order;
    for (std::size_t k = 0; k < n; ++k) order.push_back(k);
    run_in_children(order, {.jobs = jobs,
                            .task = task,
                            .ended = [&](std::size_t k, const std::string& failure) { ends[k] = failure; },
                            .abandoned =
                                [&](std::size_t k, pid_t child) {
                                    EXPECT_NE(::kill(child, 0), 0) << "it lives";
                                    if (abandoned != nullptr) abandoned->insert(k);
                                },
                            .tick = [] {}});
    return ends;
}

TEST(Workers, do_every_task_once_with_as_many_at_once_as_asked_for) {
    for (const int jobs : {1, 3}) {
        Shared<Counters> shared;
        const auto ends = ends_of(7, jobs, [&](std::size_t, int) {
            const int alive = ++shared->alive;
            int most = shared->most_alive;
            while (alive > most && !shared->most_alive.compare_exchange_weak(most, alive)) continue;
            ++shared->begun;
            pause_ms(30);
            --shared->alive;
        });
        EXPECT_EQ(ends.size(), 7u);
        for (const auto& [k, failure] : ends) EXPECT_EQ(failure, "") << k;
        EXPECT_EQ(shared->begun, 7);
        EXPECT_EQ(shared->most_alive, jobs);
    }
}

TEST(Workers, give_processors_that_no_run_needs_to_the_last_runs) {
    Shared<Counters> shared;
    const auto note = [&](std::size_t k, int threads) { shared->threads[k] = threads; };
    ends_of(1, 4, note);
    EXPECT_EQ(shared->threads[0], 4);
    ends_of(2, 4, note);
    EXPECT_EQ(shared->threads[0], 2);
    ends_of(6, 2, note);
    EXPECT_EQ(shared->threads[0], 1);
    ends_of(1, 1, note);
    EXPECT_EQ(shared->threads[0], 1);
}

TEST(Workers, survive_whatever_one_child_dies_of) {
    std::set<std::size_t> abandoned;
    const auto ends = ends_of(
        7, 2,
        [](std::size_t k, int) {
            if (k == 1) ::kill(::getpid(), SIGKILL);
            if (k == 2) throw std::runtime_error("the loss is not finite");
            if (k == 3) throw std::bad_alloc();
            if (k == 4) ::_exit(9);
            if (k == 5) throw InputError(Exit::scenario, "no stream is left");
            if (k == 6) throw 7;
        },
        &abandoned);
    EXPECT_EQ(ends.at(0), "");
    EXPECT_EQ(ends.at(1), "killed by signal 9 (Killed): by somebody, or by the system for lack of memory");
    EXPECT_EQ(ends.at(2), "the loss is not finite");
    EXPECT_EQ(ends.at(3), "out of memory");
    EXPECT_EQ(ends.at(4), "ended with exit code 9");
    EXPECT_EQ(ends.at(5), "no stream is left");
    EXPECT_EQ(ends.at(6).substr(0, 19), "killed by signal 6 ");
    EXPECT_EQ(abandoned, (std::set<std::size_t>{1, 2, 3, 4, 5, 6}));
}

TEST(Workers, say_long_reasons_whole) {
    const std::string reason(300000, 'x');
    EXPECT_EQ(ends_of(1, 1, [&](std::size_t, int) { throw std::runtime_error(reason); }).at(0), reason);
}

TEST(Workers, all_stop_at_a_system_error) {
    Shared<Counters> shared;
    const auto said = message(Exit::system, [&] {
        ends_of(5, 2, [&](std::size_t k, int) {
            ++shared->begun;
            while (shared->begun < 2) pause_ms(1);
            if (k == 1) throw InputError(Exit::system, "cannot write 'x': No space left on device");
            pause_ms(20000);
            ++shared->finished;
        });
    });
    EXPECT_EQ(said, "cannot write 'x': No space left on device");
    EXPECT_EQ(shared->begun, 2);
    EXPECT_EQ(shared->finished, 0);
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
}

TEST(Workers, all_stop_at_a_signal_which_is_handed_on) {
    for (const int signal : {SIGINT, SIGTERM}) {
        std::set<std::size_t> abandoned;
        const pid_t parent = ::getpid();
        try {
            ends_of(
                2, 2,
                [&](std::size_t k, int) {
                    ::raise(signal);  // reaches the child as from a terminal: it does not end by it
                    if (k == 1) ::kill(parent, signal);
                    pause_ms(20000);
                },
                &abandoned);
            ADD_FAILURE() << "not interrupted";
        } catch (const Interrupted& interrupted) {
            EXPECT_EQ(interrupted.signal, signal);
        }
        EXPECT_EQ(abandoned.size(), 2u);
        EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child is left";
    }
}

TEST(Workers, die_with_their_parent_however_it_ends) {
    Shared<Counters> shared;
    const pid_t parent = ::fork();
    if (parent == 0) {
        ends_of(2, 2, [&](std::size_t, int) {
            ++shared->begun;
            pause_ms(1000);
            ++shared->finished;
        });
        ::_exit(0);
    }
    while (shared->begun < 2) pause_ms(5);
    ::kill(parent, SIGKILL);
    ::waitpid(parent, nullptr, 0);
    pause_ms(1500);
    EXPECT_EQ(shared->finished, 0);
}

TEST(Workers, keep_no_descriptor_of_their_parent) {
    const ScratchFolder folder;
    const auto file = std::tmpfile();
    const int descriptor = ::fileno(file), copy = ::dup(::dup(descriptor));
    const auto ends = ends_of(1, 1, [&](std::size_t, int) {
        for (const int fd : {descriptor, copy})
            if (::lseek(fd, 0, SEEK_CUR) == 0) throw std::runtime_error("it is open");
    });
    EXPECT_EQ(ends.at(0), "");
    std::fclose(file);
}

}  // namespace
}  // namespace netcvr
