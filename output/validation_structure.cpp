#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "output/table.h"
#include "output/validation.h"

namespace netcvr {
namespace {

using Broken = std::function<std::string(std::size_t)>;

class Structure {
public:
    explicit Structure(const LogFile& file) : file_(file), log_(file.log) {}

    std::vector<StructureCheck> all() {
        add_log();
        add_features();
        if (log_.has_money) add_money();
        if (log_.has_purchases) add_purchases();
        if (file_.truth) add_truth(*file_.truth);
        add("content digests", "of values as the file states them", 1 + (file_.truth ? 1 : 0));
        return std::move(checks_);
    }

private:
    /// `broken` of the rows 0 … rows − 1 says what is wrong; without it read_log has seen to the rule.
    void add(std::string part,
             std::string rule,
             std::size_t count,
             std::size_t rows = 0,
             const Broken& broken = {}) {
        StructureCheck check{std::move(part), std::move(rule), count};
        for (std::size_t i = 0; i < rows && check.broken.empty(); ++i)
            if (const std::string what = broken(i); !what.empty())
                check.broken = fmt::format("row {}: {}", i, what);
        checks_.push_back(std::move(check));
    }
    static std::size_t events(const std::vector<Time>& times) {
        std::size_t count = 0;
        for (const Time t : times) count += t != never;
        return count;
    }

    void add_log() {
        add("/log/click_time", "in order of time, within the log's duration", log_.size());
        add("/log/conversion_time", "after its click, within the follow-up", events(log_.conversion_time));
        add("/log/refund_time", "after its conversion, within the follow-up", events(log_.refund_time));
        if (log_.has_ids) add("/log/user_id, item_id", "not negative", 2 * log_.size());
    }
    void add_features() {
        std::size_t values = 0;
        for (const auto& feature : log_.features) values += feature.value.size();
        add("/features",
            fmt::format("{} columns, values within their cardinality, -1 = missing", log_.features.size()),
            values);
    }
    void add_money() {
        add("/log/order_value, refund_value", "finite; no more paid back than paid", log_.size(), log_.size(),
            [this](std::size_t i) -> std::string {
                const float paid = log_.order_value[i], back = log_.refund_value[i];
                return back > paid ? fmt::format("{} paid back of {}", back, paid) : "";
            });
    }
    void add_purchases() {
        const Purchases& p = log_.purchases;
        add("/purchases", "after their click; refunds after their purchase", p.size());
        add("/purchases, ordinal 0", "is the conversion of /log", p.size(), p.size(),
            [&](std::size_t k) -> std::string {
                const auto i = static_cast<std::size_t>(p.row[k]);
                if (p.ordinal[k] != 0) return "";
                const bool same =
                    p.purchase_time[k] == log_.conversion_time[i] && p.refund_time[k] == log_.refund_time[i];
                return same ? "" : fmt::format("differs from row {} of /log", i);
            });
        add("/purchases, repeats", "not before their click's conversion", p.size(), p.size(),
            [&](std::size_t k) -> std::string {
                const auto i = static_cast<std::size_t>(p.row[k]);
                const bool late = p.ordinal[k] == 0 || p.purchase_time[k] >= log_.conversion_time[i];
                return late ? "" : fmt::format("before the conversion of row {} of /log", i);
            });
    }
    void add_truth(const Truth& truth) {
        const TruthSchema& schema = file_.header.truth;
        add("/truth", "rates within 0 … 1, all numbers finite", log_.size());
        if (schema.cvr && schema.refund_rate && schema.net_cvr)
            add("/truth/net_cvr", "= cvr (1 - refund_rate)", log_.size(), log_.size(),
                [&](std::size_t i) -> std::string {
                    const double cvr = truth.cvr[i], kept = cvr * (1 - double{truth.refund_rate[i]});
                    // Three roundings to float32, 6e-8 each, of parts of cvr.
                    return std::fabs(kept - double{truth.net_cvr[i]}) <= 3e-7 * cvr + 1e-30
                               ? ""
                               : fmt::format("{} where cvr (1 - refund_rate) = {}", truth.net_cvr[i], kept);
                });
        if (schema.full)
            add("/truth, uncensored times", "agree with /log as far as it was recorded", log_.size(),
                log_.size(), [&](std::size_t i) { return censored(truth, i); });
    }
    /// How row i of /log differs from what is left of its uncensored times.
    std::string censored(const Truth& truth, std::size_t i) const {
        const Time end = log_.duration + log_.follow_up;
        const Time conversion = truth.conversion_time[i] < end ? truth.conversion_time[i] : never;
        if (log_.conversion_time[i] != conversion) return "another conversion";
        const Time refund = truth.refund_time[i] < end ? truth.refund_time[i] : never;
        const bool unreported = log_.refund_time[i] == never;
        return log_.refund_time[i] == refund || unreported ? "" : "another refund";
    }

    const LogFile& file_;
    const ClickLog& log_;
    std::vector<StructureCheck> checks_;
};

}  // namespace

std::vector<StructureCheck> check_structure(const LogFile& file) {
    return Structure(file).all();
}

std::string structure_text(const std::vector<StructureCheck>& checks) {
    std::string text;
    std::size_t widest = 0, count = 0;
    for (const auto& check : checks) {
        widest = std::max(widest, display_width(check.part));
        count = std::max(count, grouped(check.count).size());
    }
    for (const auto& check : checks)
        text += fmt::format("  {:<{}}  {:>{}}  {}  {}{}\n", check.part, widest, grouped(check.count), count,
                            check.broken.empty() ? "ok  " : "FAIL", check.rule,
                            check.broken.empty() ? "" : ": " + check.broken);
    return text;
}

}  // namespace netcvr
