#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace netcvr {

/// Threads that share work, large and small: a part may share parts of its own, and a thread that has none of
/// the large ones to do helps with the small ones of others. So several tasks take a thread each, and the
/// last of them, or a single one, all of them.
class Crew {
public:
    explicit Crew(int threads);
    ~Crew();
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    /// Runs part(0) … part(n − 1), in no particular order, and returns when all are done. The first exception
    /// is rethrown here; parts that have not begun by then are left out. May be called from within a part.
    void share(std::size_t n, const std::function<void(std::size_t)>& part);

private:
    struct Job;
    std::mutex mutex_;
    std::vector<Job*> open_;       // with parts that nobody has begun; the oldest, and so the largest, first
    std::atomic<int> changes_{0};  // moves when a job opens or is done, and at the end
    std::atomic<bool> ended_{false};
    std::vector<std::jthread> helpers_;

    void serve();
    bool help(Job* only = nullptr);
    void run(Job& job, std::size_t k);
    void await_change(int seen) const;
};

/// The same with a crew or, without one, alone.
void share(Crew* crew, std::size_t n, const std::function<void(std::size_t)>& part);

/// Runs task(0) … task(n − 1) on up to `threads` threads, in no particular order. The first exception is
/// rethrown here after all threads have stopped.
void parallel_for(std::size_t n, int threads, const std::function<void(std::size_t)>& task);

/// produce(k) on any thread, consume(k, …) in order of k on the calling thread; at most `window` results wait
/// at a time, so memory stays flat. Slots are reused: produce(k, slot) fills slot, consume(k, slot) drains
/// it.
void ordered_pipeline(std::size_t n,
                      int threads,
                      std::size_t window,
                      const std::function<void(std::size_t k, std::size_t slot)>& produce,
                      const std::function<void(std::size_t k, std::size_t slot)>& consume);

/// Threads to use for a request: itself, or the number of processors if 0.
int thread_count(int requested);

}  // namespace netcvr
