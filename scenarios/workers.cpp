#include "scenarios/workers.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <poll.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <fmt/core.h>

#include "sim/errors.h"

namespace netcvr {
namespace {

[[noreturn]] void throw_system(const std::string& what) {
    throw InputError(Exit::system,
                     fmt::format("cannot {}: {}", what, std::generic_category().message(errno)));
}

/// SIGINT and SIGTERM wait in a descriptor while it lives. Children inherit that they are blocked.
class SignalWatch {
public:
    SignalWatch() {
        sigset_t watched;
        sigemptyset(&watched);
        sigaddset(&watched, SIGINT);
        sigaddset(&watched, SIGTERM);
        sigprocmask(SIG_BLOCK, &watched, &before_);
        descriptor = ::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
        if (descriptor < 0) throw_system("watch for signals");
    }
    ~SignalWatch() {
        ::close(descriptor);
        sigprocmask(SIG_SETMASK, &before_, nullptr);
    }
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

    void throw_if_any() const {
        signalfd_siginfo info{};
        if (::read(descriptor, &info, sizeof info) == sizeof info)
            throw Interrupted{static_cast<int>(info.ssi_signo)};
    }

    int descriptor = -1;

private:
    sigset_t before_{};
};

struct Child {
    pid_t process = 0;
    std::size_t task = 0;
    int pipe = -1;     // its only writer is the child, so its end is the child's
    std::string said;  // through the pipe: why it failed
};

void write_whole(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const auto written = ::write(descriptor, text.data(), text.size());
        if (written < 0) return;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

/// If memory runs out, the kernel is to take a child and not the parent.
void volunteer_for_lack_of_memory() {
    const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0) return;
    write_whole(file, "500");
    ::close(file);
}

/// The life of a child. It keeps no descriptor of its parent's, above all no lock, and what is thrown never
/// reaches the frames that it shares with its parent.
[[noreturn]] void live(
    const Workers& workers, std::size_t task, int threads, int pipe, pid_t parent) noexcept {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(static_cast<int>(Exit::system));
    const auto descriptor = static_cast<unsigned>(pipe);
    if (descriptor > 3) ::close_range(3, descriptor - 1, 0);
    ::close_range(descriptor + 1, ~0U, 0);
    volunteer_for_lack_of_memory();
    Exit exit = Exit::failed_runs;
    std::string reason;
    try {
        workers.task(task, threads);
        exit = Exit::done;
    } catch (const InputError& error) {
        if (error.exit == Exit::system) exit = Exit::system;
        reason = error.what();
    } catch (const std::bad_alloc&) {
        reason = "out of memory";
    } catch (const std::exception& error) {
        reason = error.what();
    }
    write_whole(pipe, reason);
    ::_exit(static_cast<int>(exit));
}

/// Why a child that ended with `status` did not finish its task; "" if it did.
std::string failure_of(int status, const std::string& said) {
    if (WIFSIGNALED(status)) {
        const int signal = WTERMSIG(status);
        return fmt::format("killed by signal {} ({}){}", signal, ::strsignal(signal),
                           signal == SIGKILL ? ": by somebody, or by the system for lack of memory" : "");
    }
    const int code = WEXITSTATUS(status);
    if (code == 0) return "";
    return said.empty() ? fmt::format("ended with exit code {}", code) : said;
}

/// The children that live; all are killed at its end.
class Crew {
public:
    explicit Crew(const Workers& workers) : workers_(workers) {}
    ~Crew() {
        for (const auto& child : children) ::kill(child.process, SIGKILL);
        for (const auto& child : children) {
            ::close(child.pipe);
            while (::waitpid(child.process, nullptr, 0) < 0 && errno == EINTR) continue;
            workers_.abandoned(child.task, child.process);
        }
    }
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    void start(std::size_t task, int threads) {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw_system("start a run");
        const pid_t parent = ::getpid(), process = ::fork();
        if (process == 0) live(workers_, task, threads, ends[1], parent);
        const int error = errno;
        ::close(ends[1]);
        if (process < 0) {
            ::close(ends[0]);
            errno = error;
            throw_system("start a run");
        }
        children.push_back({.process = process, .task = task, .pipe = ends[0], .said = {}});
    }

    /// Waits up to a second until a child says something or ends, or a signal comes.
    void listen(const SignalWatch& signals) {
        std::vector<pollfd> watched = {{.fd = signals.descriptor, .events = POLLIN, .revents = 0}};
        for (const auto& child : children)
            watched.push_back({.fd = child.pipe, .events = POLLIN, .revents = 0});
        ::poll(watched.data(), watched.size(), 1000);
        signals.throw_if_any();
        for (std::size_t k = children.size(); k-- > 0;)
            if (watched[k + 1].revents != 0 && !heard(children[k])) bury(k);
    }

    std::vector<Child> children;

private:
    /// False if the child has closed its end.
    static bool heard(Child& child) {
        std::array<char, 4096> buffer{};
        const auto size = ::read(child.pipe, buffer.data(), buffer.size());
        if (size > 0) child.said.append(buffer.data(), static_cast<std::size_t>(size));
        return size > 0;
    }

    void bury(std::size_t k) {
        int status = 0;
        while (::waitpid(children[k].process, &status, 0) < 0 && errno == EINTR) continue;
        const Child child = std::move(children[k]);
        children.erase(children.begin() + static_cast<std::ptrdiff_t>(k));
        ::close(child.pipe);
        const std::string failure = failure_of(status, child.said);
        if (!failure.empty()) workers_.abandoned(child.task, child.process);
        if (WIFEXITED(status) && WEXITSTATUS(status) == static_cast<int>(Exit::system) && !child.said.empty())
            throw InputError(Exit::system, child.said);
        workers_.ended(child.task, failure);
    }

    const Workers& workers_;
};

}  // namespace

void run_in_children(const std::vector<std::size_t>& order, const Workers& workers) {
    const SignalWatch signals;
    Crew crew(workers);
    const auto jobs = static_cast<std::size_t>(std::max(workers.jobs, 1));
    for (std::size_t next = 0; next < order.size() || !crew.children.empty();) {
        while (next < order.size() && crew.children.size() < jobs) {
            // The last runs share the processors that no other run needs.
            const std::size_t to_come = std::min(jobs, crew.children.size() + order.size() - next);
            crew.start(order[next++], static_cast<int>(jobs / to_come));
        }
        crew.listen(signals);
        workers.tick();
    }
}

}  // namespace netcvr
