#pragma once

#include <cstddef>
#include <functional>

namespace netcvr {

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
