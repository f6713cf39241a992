#pragma once
// Samples of a log: all clicks of the users that a scheme chooses, and the truth that is still true of them.
// The log is handed over row by row as often as it is needed, so that it need not fit into memory.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sim/prior_period.h"
#include "sim/select_users.h"
#include "sim/simulate.h"

namespace netcvr {

/// Hands over all rows of a log, in order.
using VisitLog = std::function<void(const TakeRows&)>;

/// What the log itself counts of its users: clicks, and purchases: labels alone (conversions within W_A), or
/// conversions whenever they come and repeats.
class LogCounts {
public:
    /// users: their ids, ascending; empty: 0 … count − 1 without gaps.
    LogCounts(std::vector<std::int32_t> users, std::size_t count, PurchaseCount purchases);
    void add(const ClickLog& log);

    UserCounts counts;
    std::vector<std::int32_t> users;

private:
    std::size_t place_of(std::int32_t id) const;

    PurchaseCount purchases_;
};

/// Users of a log, for fast questions.
class UserSet {
public:
    explicit UserSet(std::span<const std::int32_t> users);
    bool has(std::int32_t user) const {
        return user >= 0 && static_cast<std::size_t>(user) < in_.size() &&
               in_[static_cast<std::size_t>(user)];
    }
    /// Rows of the log whose users are in the set.
    std::vector<std::uint32_t> rows_of(const ClickLog& log) const;

private:
    std::vector<bool> in_;
};

enum class SampleTruth : std::uint8_t {
    kept,             // /truth as it is: the choice says nothing about outcomes
    before,           // as /truth_before_selection: it is not the law of the chosen log
    given_inclusion,  // /truth given that the users were chosen, by given_inclusion.h; the three rates alone
    none,
};

struct SampleOptions {
    std::string path;
    int compress = 1;
    bool force = false;
    SampleTruth truth = SampleTruth::kept;
};
struct SampleSummary {
    std::size_t rows = 0, users = 0;
    std::string digest_log;
};

/// Writes the chosen users' rows. header: of the log, with the selection; for given_inclusion the selection
/// has bounds. That takes 12 bytes of memory a chosen row; the rest is constant.
SampleSummary write_sample(const VisitLog& visit, const LogHeader& header, const SampleOptions& options);

}  // namespace netcvr
