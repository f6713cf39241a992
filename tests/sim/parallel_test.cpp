#include "sim/parallel.h"

#include <atomic>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

namespace netcvr {
namespace {

TEST(Parallel, runs_every_task_once) {
    for (const int threads : {-1, 0, 1, 2, 7})
        for (const std::size_t n : {0u, 1u, 5u, 1000u}) {
            std::vector<std::atomic<int>> runs(n);
            parallel_for(n, threads, [&](std::size_t k) { ++runs[k]; });
            for (const auto& r : runs) EXPECT_EQ(r, 1);
        }
}

TEST(Parallel, rethrows_the_failure_of_a_task_and_starts_no_more) {
    std::atomic<int> started{0};
    const auto task = [&](std::size_t k) {
        ++started;
        if (k == 3) throw std::runtime_error("third");
    };
    EXPECT_THROW(parallel_for(1'000'000, 3, task), std::runtime_error);
    EXPECT_LT(started, 1'000'000);
}

TEST(Crew, runs_every_part_of_every_task_once) {
    for (const int threads : {1, 2, 3, 7}) {
        Crew crew(threads);
        for (const std::size_t tasks : {1u, 2u, 5u}) {
            std::vector<std::vector<int>> runs(tasks, std::vector<int>(30));
            crew.share(tasks, [&](std::size_t t) {
                for (int round = 0; round < 200; ++round)
                    crew.share(runs[t].size(), [&](std::size_t k) { ++runs[t][k]; });
            });
            for (const auto& of_task : runs)
                for (const int r : of_task) EXPECT_EQ(r, 200);
        }
    }
}

TEST(Crew, helps_the_last_task_with_its_parts) {
    Crew crew(2);
    std::atomic<int> at_once{0};
    crew.share(1, [&](std::size_t) {
        crew.share(2, [&](std::size_t) {
            ++at_once;
            while (at_once < 2) std::this_thread::yield();  // for ever, if one thread did both
        });
    });
    EXPECT_EQ(at_once, 2);
}

TEST(Crew, rethrows_the_failure_of_a_part_through_its_task_and_goes_on_working) {
    Crew crew(3);
    const auto fail = [](std::size_t k) {
        if (k == 5) throw std::runtime_error("fifth");
    };
    for (int round = 0; round < 100; ++round) {
        EXPECT_THROW(crew.share(4, [&](std::size_t) { crew.share(10, fail); }), std::runtime_error);
        std::atomic<int> runs{0};
        crew.share(10, [&](std::size_t) { ++runs; });
        EXPECT_EQ(runs, 10);
    }
}

TEST(Parallel, hands_results_over_in_order_through_a_bounded_window) {
    for (const int threads : {1, 2, 5})
        for (const std::size_t window : {1u, 3u, 11u}) {
            std::vector<std::size_t> slot(window), order;
            std::atomic<std::size_t> produced{0}, consumed{0};
            ordered_pipeline(
                200, threads, window,
                [&](std::size_t k, std::size_t s) {
                    EXPECT_EQ(s, k % window);
                    EXPECT_LE(++produced, consumed + window + static_cast<std::size_t>(threads));
                    slot[s] = k * k;
                },
                [&](std::size_t k, std::size_t s) {
                    EXPECT_EQ(slot[s], k * k);
                    order.push_back(k);
                    ++consumed;
                });
            ASSERT_EQ(order.size(), 200u);
            for (std::size_t k = 0; k < order.size(); ++k) EXPECT_EQ(order[k], k);
        }
}

TEST(Parallel, ends_the_pipeline_when_either_side_fails) {
    const auto nothing = [](std::size_t, std::size_t) {};
    const auto fail = [](std::size_t k, std::size_t) {
        if (k == 5) throw std::runtime_error("fifth");
    };
    for (const int threads : {1, 4}) {
        EXPECT_THROW(ordered_pipeline(100, threads, 3, fail, nothing), std::runtime_error);
        EXPECT_THROW(ordered_pipeline(100, threads, 3, nothing, fail), std::runtime_error);
    }
    ordered_pipeline(0, 2, 3, fail, fail);
}

TEST(Parallel, takes_as_many_threads_as_asked_for_or_as_there_are) {
    EXPECT_EQ(thread_count(3), 3);
    EXPECT_GE(thread_count(0), 1);
}

}  // namespace
}  // namespace netcvr
