// The one place of the simulator that starts threads.

#include "sim/parallel.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

namespace netcvr {

int thread_count(int requested) {
    if (requested > 0) return requested;
    return std::max(1U, std::thread::hardware_concurrency());
}

struct Crew::Job {
    std::size_t parts;
    const std::function<void(std::size_t)>& part;
    std::size_t next = 0;  // by mutex_, like failure
    std::exception_ptr failure = nullptr;
    std::atomic<std::size_t> missing;  // parts that are not done
};

namespace {

thread_local bool within_part = false;

}  // namespace

Crew::Crew(int threads) {
    for (int i = 1; i < threads; ++i) helpers_.emplace_back([this] { serve(); });
}

Crew::~Crew() {
    ended_ = true;
    ++changes_;
    changes_.notify_all();
}

void Crew::share(std::size_t n, const std::function<void(std::size_t)>& part) {
    if (helpers_.empty() || n < 2) {
        for (std::size_t k = 0; k < n; ++k) part(k);
        return;
    }
    Job job{.parts = n, .part = part, .missing = n};
    {
        const std::lock_guard lock(mutex_);
        open_.push_back(&job);
    }
    ++changes_;
    changes_.notify_all();
    while (help(&job)) {
    }
    // Others are at work on the last parts. Within a part, a task begun now would keep its own task waiting.
    for (int seen = changes_; job.missing > 0; seen = changes_)
        if (within_part || !help()) await_change(seen);
    if (job.failure) std::rethrow_exception(job.failure);
}

void Crew::serve() {
    for (int seen = changes_; !ended_; seen = changes_)
        if (!help()) await_change(seen);
}

/// Does one part, of `only` this job or of the first that has one; false if there is none.
bool Crew::help(Job* only) {
    std::unique_lock lock(mutex_);
    const auto found = only != nullptr ? std::ranges::find(open_, only) : open_.begin();
    if (found == open_.end()) return false;
    Job& job = **found;
    const std::size_t k = job.next++;
    if (job.next == job.parts) open_.erase(found);
    lock.unlock();
    run(job, k);
    return true;
}

void Crew::run(Job& job, std::size_t k) {
    std::size_t done = 1;
    const bool outer = std::exchange(within_part, true);
    try {
        job.part(k);
    } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!job.failure) job.failure = std::current_exception();
        done += job.parts - job.next;
        job.next = job.parts;
        std::erase(open_, &job);
    }
    within_part = outer;
    if (job.missing.fetch_sub(done) > done) return;
    ++changes_;  // the job may be gone by now
    changes_.notify_all();
}

/// Small parts follow each other closely, so it looks for a moment before it sleeps.
void Crew::await_change(int seen) const {
    for (int look = 0; look < 200; ++look) {
        if (changes_ != seen) return;
        std::this_thread::yield();
    }
    changes_.wait(seen);
}

void share(Crew* crew, std::size_t n, const std::function<void(std::size_t)>& part) {
    if (crew != nullptr) return crew->share(n, part);
    for (std::size_t k = 0; k < n; ++k) part(k);
}

void parallel_for(std::size_t n, int threads, const std::function<void(std::size_t)>& task) {
    Crew(static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(std::max(threads, 1)), n)))
        .share(n, task);
}

void ordered_pipeline(std::size_t n,
                      int threads,
                      std::size_t window,
                      const std::function<void(std::size_t, std::size_t)>& produce,
                      const std::function<void(std::size_t, std::size_t)>& consume) {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<bool> ready(window, false);
    std::size_t next = 0, consumed = 0;
    std::exception_ptr failure;

    const auto work = [&] {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [&] { return failure || next >= n || next < consumed + window; });
            if (failure || next >= n) return;
            const std::size_t k = next++;
            lock.unlock();
            try {
                produce(k, k % window);
                lock.lock();
                ready[k % window] = true;
            } catch (...) {
                if (!lock.owns_lock()) lock.lock();
                if (!failure) failure = std::current_exception();
            }
            changed.notify_all();
        }
    };

    {
        std::vector<std::jthread> pool;
        for (int i = 0; i < std::max(threads, 1); ++i) pool.emplace_back(work);
        std::unique_lock lock(mutex);
        while (consumed < n && !failure) {
            changed.wait(lock, [&] { return failure || ready[consumed % window]; });
            if (failure) break;
            lock.unlock();
            try {
                consume(consumed, consumed % window);
                lock.lock();
                ready[consumed % window] = false;
                ++consumed;
            } catch (...) {
                if (!lock.owns_lock()) lock.lock();
                if (!failure) failure = std::current_exception();
            }
            changed.notify_all();
        }
    }
    if (failure) std::rethrow_exception(failure);
}

}  // namespace netcvr
