// The one place of the simulator that starts threads.

#include "sim/parallel.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace netcvr {

int thread_count(int requested) {
    if (requested > 0) return requested;
    return std::max(1U, std::thread::hardware_concurrency());
}

void parallel_for(std::size_t n, int threads, const std::function<void(std::size_t)>& task) {
    std::atomic<std::size_t> next{0};
    std::exception_ptr failure;
    std::mutex mutex;
    const auto work = [&] {
        for (std::size_t k = next++; k < n; k = next++) {
            try {
                task(k);
            } catch (...) {
                const std::lock_guard lock(mutex);
                if (!failure) failure = std::current_exception();
                next = n;
            }
        }
    };
    {
        const auto helpers = std::min<std::size_t>(static_cast<std::size_t>(std::max(threads, 1)), n);
        std::vector<std::jthread> pool;
        for (std::size_t i = 1; i < helpers; ++i) pool.emplace_back(work);
        work();
    }
    if (failure) std::rethrow_exception(failure);
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
