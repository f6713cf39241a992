#include "output/log_statistics.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "output/metrics.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

using Answer = std::optional<double>;

Answer ratio(double numerator, double denominator) {
    if (denominator == 0) return std::nullopt;
    return numerator / denominator;
}

// ---- events, as the file has them
double count_events(const std::vector<Time>& times) {
    return static_cast<double>(std::ranges::count_if(times, [](Time t) { return t != never; }));
}
/// Purchases; repeats alone; refunds: by the table of purchases, or without one by /log.
double purchases(const ClickLog& log) {
    return log.has_purchases ? static_cast<double>(log.purchases.size()) : count_events(log.conversion_time);
}
double repurchases(const ClickLog& log) {
    return static_cast<double>(std::ranges::count_if(log.purchases.ordinal, [](auto k) { return k > 0; }));
}
double refunds(const ClickLog& log) {
    return count_events(log.has_purchases ? log.purchases.refund_time : log.refund_time);
}

// ---- labels of mature clicks
template <class Counts>
double count(const CountedLog& c, Counts counts) {
    double sum = 0;
    for (std::size_t i = 0; i < c.mature; ++i) sum += counts(i) ? 1 : 0;
    return sum;
}
double conversions(const CountedLog& c) {
    return count(c, [&](std::size_t i) { return c.outcomes.conversion.happens(i); });
}
double kept(const CountedLog& c) {
    return count(c, [&](std::size_t i) { return c.outcomes.net(i); });
}

/// The order statistic ⌈n / 2⌉ of a stage's delays, s.
Answer median_delay(const CountedLog& c, const Stage& stage) {
    std::vector<Time> delays;
    for (std::size_t i = 0; i < c.mature; ++i)
        if (stage.happens(i)) delays.push_back(stage.event[i] - stage.start[i]);
    if (delays.empty()) return std::nullopt;
    const auto middle = delays.begin() + static_cast<std::ptrdiff_t>((delays.size() - 1) / 2);
    std::ranges::nth_element(delays, middle);
    return static_cast<double>(*middle);
}

/// Share of conversions within W_A whose delay is below the window.
Answer conversions_within(const CountedLog& c, std::string_view argument) {
    const Time window = parse_duration(argument).value();
    const Stage& stage = c.outcomes.conversion;
    return ratio(
        count(c, [&](std::size_t i) { return stage.happens(i) && stage.event[i] - stage.start[i] < window; }),
        conversions(c));
}

/// cvr by hour since time_origin modulo 24, of the hours there are.
struct Hourly {
    std::array<double, 24> clicks{}, conversions{};
    explicit Hourly(const CountedLog& c) {
        for (std::size_t i = 0; i < c.mature; ++i) {
            const auto h = static_cast<std::size_t>(c.file.log.click_time[i] / hour % 24);
            clicks[h] += 1;
            conversions[h] += c.outcomes.conversion.happens(i) ? 1 : 0;
        }
    }
    /// The hour at the end of the order; nothing without clicks.
    template <class Before>
    std::optional<std::size_t> extreme(Before before) const {
        std::optional<std::size_t> best;
        for (std::size_t h = 0; h < 24; ++h)
            if (clicks[h] > 0 && (!best || before(cvr(h), cvr(*best)))) best = h;
        return best;
    }
    double cvr(std::size_t h) const { return conversions[h] / clicks[h]; }
};
Answer hourly_extreme(const CountedLog& c, bool low, bool hour_itself) {
    const Hourly hourly(c);
    const auto h = hourly.extreme([low](double a, double b) { return low ? a < b : a > b; });
    if (!h) return std::nullopt;
    return hour_itself ? static_cast<double>(*h) : hourly.cvr(*h);
}

/// Sums over the mature clicks of each id.
struct Tally {
    double clicks = 0, conversions = 0, refunds = 0;
};
std::vector<Tally> tally_by(const CountedLog& c, const std::vector<std::int32_t>& id) {
    std::vector<Tally> tally;
    for (std::size_t i = 0; i < std::min(c.mature, id.size()); ++i) {
        const auto k = static_cast<std::size_t>(id[i]);
        if (k >= tally.size()) tally.resize(k + 1);
        tally[k].clicks += 1;
        tally[k].conversions += c.outcomes.conversion.happens(i) ? 1 : 0;
        tally[k].refunds += c.outcomes.refund.happens(i) ? 1 : 0;
    }
    return tally;
}

/// Both ends of "0.2-0.4".
std::optional<std::pair<double, double>> parse_range(std::string_view text) {
    std::pair<double, double> range;
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto read = [](std::string_view part, double& out) {
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), out);
        return error == std::errc{} && end == part.data() + part.size();
    };
    if (!read(text.substr(0, dash), range.first) || !read(text.substr(dash + 1), range.second))
        return std::nullopt;
    return range;
}

/// Refunds per first purchase, both as the file has them, of the items whose first purchases per click are in
/// [low, high); 1 belongs to the last bin.
Answer refunds_by_item_cvr(const CountedLog& c, std::string_view argument) {
    const auto [low, high] = parse_range(argument).value();
    const ClickLog& log = c.file.log;
    std::vector<Tally> items;
    for (std::size_t i = 0; i < log.item_id.size(); ++i) {
        const auto k = static_cast<std::size_t>(log.item_id[i]);
        if (k >= items.size()) items.resize(k + 1);
        items[k].clicks += 1;
        items[k].conversions += log.conversion_time[i] != never ? 1 : 0;
        items[k].refunds += log.refund_time[i] != never ? 1 : 0;
    }
    double refunded = 0, converted = 0;
    for (const Tally& item : items) {
        const double cvr = item.clicks > 0 ? item.conversions / item.clicks : -1;
        if (cvr < low || (cvr >= high && !(high >= 1 && cvr >= 1))) continue;
        refunded += item.refunds, converted += item.conversions;
    }
    return ratio(refunded, converted);
}

/// Ranks with ties at their mean.
std::vector<double> ranks(const std::vector<double>& x) {
    std::vector<std::size_t> order(x.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return x[a] < x[b]; });
    std::vector<double> rank(x.size());
    for (std::size_t begin = 0, end = 0; begin < x.size(); begin = end) {
        while (end < x.size() && x[order[end]] == x[order[begin]]) ++end;
        for (std::size_t k = begin; k < end; ++k) rank[order[k]] = static_cast<double>(begin + end - 1) / 2;
    }
    return rank;
}
/// Spearman's correlation.
Answer rank_correlation(const std::vector<double>& x, const std::vector<double>& y) {
    if (x.size() < 2) return std::nullopt;
    const auto a = ranks(x), b = ranks(y);
    const double middle = static_cast<double>(x.size() - 1) / 2;
    double ab = 0, aa = 0, bb = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        ab += (a[i] - middle) * (b[i] - middle);
        aa += (a[i] - middle) * (a[i] - middle);
        bb += (b[i] - middle) * (b[i] - middle);
    }
    return ratio(ab, std::sqrt(aa * bb));
}
/// Between a user's realised rate without this click and the delay of this click's event.
Answer delay_correlation(const CountedLog& c, bool of_refunds) {
    const auto& id = c.file.log.user_id;
    const Stage& stage = of_refunds ? c.outcomes.refund : c.outcomes.conversion;
    const auto users = tally_by(c, id);
    std::vector<double> rate, delay;
    for (std::size_t i = 0; i < std::min(c.mature, id.size()); ++i) {
        if (!stage.happens(i)) continue;
        const Tally& user = users[static_cast<std::size_t>(id[i])];
        const Answer others = of_refunds ? ratio(user.refunds - 1, user.conversions - 1)
                                         : ratio(user.conversions - 1, user.clicks - 1);
        if (!others) continue;
        rate.push_back(*others);
        delay.push_back(static_cast<double>(stage.event[i] - stage.start[i]));
    }
    return rank_correlation(rate, delay);
}

/// What the truth itself would score over the streamed period.
Answer ceiling(const CountedLog& c, std::vector<float> Truth::*column) {
    if (!c.file.truth || ((*c.file.truth).*column).empty()) return std::nullopt;
    const auto p = std::span((*c.file.truth).*column).subspan(c.streamed);
    return expected_auc(p, rank(p)).value;
}

bool good_argument(const LogStatistic& of, std::string_view argument) {
    if (of.argument.empty()) return argument.empty();
    return of.argument == "duration" ? parse_duration(argument).has_value()
                                     : parse_range(argument).has_value();
}

}  // namespace

std::size_t distinct_ids(std::vector<std::int32_t> ids) {
    std::ranges::sort(ids);
    return static_cast<std::size_t>(std::unique(ids.begin(), ids.end()) - ids.begin());
}

std::size_t mature_clicks(const ClickLog& log) {
    const Time end = log.duration + log.follow_up - log.windows.maturity();
    return static_cast<std::size_t>(std::ranges::upper_bound(log.click_time, end) - log.click_time.begin());
}

CountedLog::CountedLog(const LogFile& log_file)
    : file(log_file),
      outcomes(netcvr::outcomes(log_file.log)),
      mature(mature_clicks(log_file.log)),
      streamed(static_cast<std::size_t>(
          std::ranges::lower_bound(log_file.log.click_time, log_file.log.protocol.stream_start()) -
          log_file.log.click_time.begin())) {}

const std::vector<LogStatistic>& log_statistics() {
    using C = CountedLog;
    using A = std::string_view;
    static const std::vector<LogStatistic> table = {
        {"clicks", "", "clicks", "rows of the log",
         [](const C& c, A) -> Answer { return static_cast<double>(c.file.log.size()); }, true},
        {"users", "", "users", "distinct user ids",
         [](const C& c, A) -> Answer {
             if (!c.file.log.has_ids) return std::nullopt;
             return static_cast<double>(distinct_ids(c.file.log.user_id));
         },
         true},
        {"items", "", "items", "distinct item ids",
         [](const C& c, A) -> Answer {
             if (!c.file.log.has_ids) return std::nullopt;
             return static_cast<double>(distinct_ids(c.file.log.item_id));
         },
         true},
        {"days", "", "days", "log.duration",
         [](const C& c, A) -> Answer { return static_cast<double>(c.file.log.duration) / day; }},
        {"purchases_per_click", "", "events per click", "first purchases and repeats in the file",
         [](const C& c, A) { return ratio(purchases(c.file.log), static_cast<double>(c.file.log.size())); }},
        {"repurchases_per_click", "", "events per click", "purchases beyond a click's first in the file",
         [](const C& c, A) {
             return ratio(repurchases(c.file.log), static_cast<double>(c.file.log.size()));
         }},
        {"refunds_per_click", "", "events per click", "refunds in the file, those of repeats included",
         [](const C& c, A) { return ratio(refunds(c.file.log), static_cast<double>(c.file.log.size())); }},
        {"refunds_per_purchase", "", "events per event", "the same per purchase",
         [](const C& c, A) { return ratio(refunds(c.file.log), purchases(c.file.log)); }},
        {"cvr", "", "per click", "P(conversion within W_A)",
         [](const C& c, A) { return ratio(conversions(c), static_cast<double>(c.mature)); }},
        {"net_cvr", "", "per click", "P(conversion within W_A, no refund within W_R of it)",
         [](const C& c, A) { return ratio(kept(c), static_cast<double>(c.mature)); }},
        {"refunds_per_conversion", "", "per conversion within W_A", "P(refund within W_R | conversion)",
         [](const C& c, A) { return ratio(conversions(c) - kept(c), conversions(c)); }},
        {"refunds_per_net_conversion", "", "per net conversion", "refunded over kept conversions",
         [](const C& c, A) { return ratio(conversions(c) - kept(c), kept(c)); }},
        {"conversion_delay_median", "", "s", "of conversions within W_A",
         [](const C& c, A) { return median_delay(c, c.outcomes.conversion); }},
        {"refund_delay_median", "", "s", "of refunds within W_R",
         [](const C& c, A) { return median_delay(c, c.outcomes.refund); }},
        {"conversions_within", "duration", "of conversions within W_A", "share that comes sooner",
         conversions_within},
        {"lowest_hourly_cvr", "", "per click", "cvr of the worst hour since the time origin, modulo 24",
         [](const C& c, A) { return hourly_extreme(c, true, false); }},
        {"highest_hourly_cvr", "", "per click", "cvr of the best hour",
         [](const C& c, A) { return hourly_extreme(c, false, false); }},
        {"lowest_hour", "", "h", "the worst hour itself",
         [](const C& c, A) { return hourly_extreme(c, true, true); }},
        {"refunds_per_purchase_by_item_cvr", "range", "events per first purchase",
         "of items whose first purchases per click lie in the range", refunds_by_item_cvr},
        {"conversion_delay_by_user_cvr", "", "rank correlation",
         "Spearman: a conversion's delay with the realised cvr of its user's other clicks",
         [](const C& c, A) { return delay_correlation(c, false); }},
        {"refund_delay_by_user_refunds", "", "rank correlation",
         "Spearman: a refund's delay with the realised refunds of its user's other conversions",
         [](const C& c, A) { return delay_correlation(c, true); }},
        {"bayes_auc_cvr", "", "1", "expected AUC of the true cvr over the streamed period",
         [](const C& c, A) { return ceiling(c, &Truth::cvr); }},
        {"bayes_auc_net_cvr", "", "1", "expected AUC of the true net_cvr over the streamed period",
         [](const C& c, A) { return ceiling(c, &Truth::net_cvr); }},
    };
    return table;
}

const LogStatistic& find_statistic(std::string_view written) {
    const std::string name(written.substr(0, written.find(':')));
    const std::string_view argument = name.size() < written.size() ? written.substr(name.size() + 1) : "";
    std::vector<std::string> known;
    for (const auto& row : log_statistics()) {
        known.emplace_back(row.name);
        if (row.name != name) continue;
        if (good_argument(row, argument)) return row;
        throw InputError(Exit::scenario,
                         row.argument.empty()
                             ? fmt::format("statistic '{}' takes no argument", name)
                             : fmt::format("statistic '{}' is written {}:{}, as in {}:{}", name, name,
                                           row.argument, name, row.argument == "range" ? "0.2-0.4" : "1h"));
    }
    throw InputError(Exit::scenario, fmt::format("unknown statistic '{}'{}", name, suggestion(name, known)));
}

std::optional<double> value_of(std::string_view written, const CountedLog& log) {
    const LogStatistic& row = find_statistic(written);
    const auto about = [&](std::string_view word) { return row.name.find(word) != std::string_view::npos; };
    if (!log.file.log.has_refunds && (about("refund") || about("net"))) return std::nullopt;
    return row.of(log, row.argument.empty() ? "" : written.substr(row.name.size() + 1));
}

}  // namespace netcvr
