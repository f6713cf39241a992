// Labels, delays, repeats and money of a log against its truth.

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "output/goodness.h"
#include "output/validation.h"
#include "sim/features.h"
#include "sim/math.h"
#include "sim/trajectories.h"

namespace netcvr {
namespace {

constexpr std::int32_t most_values = 64;  // features of more values make no strata

/// A uniform number of its own for row and place, to randomise a delay within its second.
double uniform_of(std::size_t row, std::uint64_t place) {
    return (static_cast<double>(mix(4 * row + place) >> 12) + 0.5) * 0x1p-52;
}

std::vector<double> doubles(const std::vector<float>& values) {
    return {values.begin(), values.end()};
}

const std::vector<float>* named(const std::vector<Truth::Column>& columns, std::string_view name) {
    for (const auto& column : columns)
        if (column.name == name) return &column.value;
    return nullptr;
}

/// A label, the rows it is a label of, and its probability given that.
struct Question {
    std::string name;
    std::vector<double> p;
    std::vector<bool> asked, yes;
};

Strata deciles(const std::string& name, const std::vector<double>& p) {
    std::vector<double> sorted = p, edges;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t k = 1; k < 10 && !sorted.empty(); ++k) edges.push_back(sorted[sorted.size() * k / 10]);
    Strata strata{"decile of " + name, 10, {}};
    for (const double x : p)
        strata.of_row.push_back(
            static_cast<std::uint32_t>(std::upper_bound(edges.begin(), edges.end(), x) - edges.begin()));
    return strata;
}

class Suite {
public:
    Suite(const LogFile& file, const Scenario& scenario)
        : log_(file.log),
          truth_(*file.truth),
          schema_(file.header.truth),
          s_(scenario),
          end_(log_.duration + log_.follow_up) {
        take_labels();
        add_strata();
    }

    void add(const std::vector<Strata>& strata) {
        strata_.insert(strata_.end(), strata.begin(), strata.end());
    }

    std::vector<TruthTest> all() {
        for (Question& q : questions()) ask(q);
        if (schema_.full) add_delays();
        if (log_.has_purchases) add_repeats();
        if (log_.has_money && schema_.full) add_money();
        return std::move(tests_);
    }

private:
    std::size_t size() const { return log_.size(); }

    /// By uncensored times if there are any, else over clicks whose labels are final.
    void take_labels() {
        const Windows& w = log_.windows;
        const auto& conversion = schema_.full ? truth_.conversion_time : log_.conversion_time;
        const auto& refund = schema_.full ? truth_.refund_time : log_.refund_time;
        for (std::size_t i = 0; i < size(); ++i) {
            const Time click = log_.click_time[i];
            mature_.push_back(click + w.maturity() <= end_);
            const bool y = within(click, conversion[i], w.conversion_attribution, Edge::open);
            converted_.push_back(y);
            refunded_.push_back(y && within(conversion[i], refund[i], w.refund_attribution, Edge::open));
        }
        final_ = schema_.full ? std::vector<bool>(size(), true) : mature_;
    }

    void add_strata() {
        const Time origin = parse_utc(s_.log.time_origin).value_or(0) + s_.log.utc_offset;
        strata_ = {{"all", 1, std::vector<std::uint32_t>(size(), 0)}, {"local hour", 24, {}}, {"day", 1, {}}};
        for (const Time t : log_.click_time) {
            strata_[1].of_row.push_back(static_cast<std::uint32_t>(((origin + t) % day + day) % day / hour));
            strata_[2].of_row.push_back(static_cast<std::uint32_t>(t / day));
            strata_[2].count = static_cast<std::size_t>(t / day) + 1;
        }
        for (const auto& feature : log_.features) {
            if (feature.cardinality > most_values) continue;
            Strata strata{"feature " + feature.name, static_cast<std::size_t>(feature.cardinality) + 1, {}};
            // Missing comes last.
            for (const std::int32_t v : feature.value)
                strata.of_row.push_back(static_cast<std::uint32_t>(v < 0 ? feature.cardinality : v));
            strata_.push_back(std::move(strata));
        }
    }

    std::vector<Question> questions() const {
        std::vector<Question> all;
        std::vector<bool> net, converted;
        for (std::size_t i = 0; i < size(); ++i) {
            net.push_back(converted_[i] && !refunded_[i]);
            converted.push_back(final_[i] && converted_[i]);
        }
        // Without unreported refunds, or with uncensored times, the labels are those of the world.
        const bool reported_only = s_.refund.unreported > 0 && !schema_.full;
        if (schema_.cvr) all.push_back({"cvr", doubles(truth_.cvr), final_, converted_});
        if (!reported_only && schema_.refund_rate)
            all.push_back({"refund_rate", doubles(truth_.refund_rate), converted, refunded_});
        if (!reported_only && schema_.net_cvr)
            all.push_back({"net_cvr", doubles(truth_.net_cvr), final_, net});
        const auto add_more = [&](const char* name, const std::vector<bool>& asked,
                                  const std::vector<bool>& yes) {
            if (const auto* p = named(truth_.more, name)) all.push_back({name, doubles(*p), asked, yes});
        };
        add_more("cvr_explained", final_, converted_);
        if (!reported_only) {
            add_more("refund_rate_explained", converted, refunded_);
            add_more("net_cvr_explained", final_, net);
        }
        add_more("net_cvr_reported", mature_, seen_net());
        return all;
    }
    /// The net label as the log itself has it.
    std::vector<bool> seen_net() const {
        const Windows& w = log_.windows;
        std::vector<bool> net;
        for (std::size_t i = 0; i < size(); ++i) {
            const Time conversion = log_.conversion_time[i];
            net.push_back(within(log_.click_time[i], conversion, w.conversion_attribution, Edge::open) &&
                          !within(conversion, log_.refund_time[i], w.refund_attribution, Edge::open));
        }
        return net;
    }

    /// One test per partition: a cell for each stratum that has rows.
    void ask(const Question& q) {
        const auto by = [&](const Strata& strata) {
            std::vector<Tally> tallies(strata.count);
            for (std::size_t i = 0; i < size(); ++i)
                if (q.asked[i]) tallies[strata.of_row[i]].add(q.yes[i], q.p[i]);
            TruthTest test{q.name, strata.name};
            for (std::size_t k = 0; k < tallies.size(); ++k)
                if (tallies[k].expected > 0 || tallies[k].observed > 0)
                    test.cells.push_back({strata.count == 1 ? "" : std::to_string(k), tallies[k].observed,
                                          tallies[k].expected, tallies[k].z()});
            tests_.push_back(std::move(test));
        };
        for (const Strata& strata : strata_) by(strata);
        by(deciles(q.name, q.p));
    }

    void add_uniform(const std::string& name, const std::string& by, std::vector<double> u) {
        TruthTest test{name, by, true};
        const auto n = static_cast<double>(u.size());
        test.cells.push_back({"", n, n, kolmogorov(std::move(u))});
        tests_.push_back(std::move(test));
    }

    /// Where in its law each delay lies, randomised within the second: uniform under a right truth.
    void add_delays() {
        const FullTruth full(s_, truth_.law);
        std::vector<double> conversion, refund;
        for (std::size_t i = 0; i < size(); ++i) {
            if (truth_.conversion_time[i] == never) continue;
            const Time d = truth_.conversion_time[i] - log_.click_time[i];
            const ClickLaw click = full[i];
            conversion.push_back(place_of_conversion(full.laws(), click, d, uniform_of(i, 0)));
            if (truth_.refund_time[i] == never) continue;
            const Time r = truth_.refund_time[i] - truth_.conversion_time[i];
            refund.push_back(place_of_refund(full.laws(), click, d, r, uniform_of(i, 1)));
        }
        add_uniform("conversion delay", "given a conversion", std::move(conversion));
        add_uniform("refund delay", "given the conversion's delay", std::move(refund));
    }
    static double between(const ClassDelay& law, double scale, Time at, double u) {
        const double low = mass(law, scale, at, Edge::open), high = mass(law, scale, at, Edge::closed);
        return low + u * (high - low);
    }
    static double place_of_conversion(const DelayLaws& laws, const ClickLaw& click, Time d, double u) {
        double place = 0;
        for (std::size_t k = 0; k < 2; ++k)
            place += click.weight(k) * between(laws.conversion[k], click.conversion_log_scale, d, u);
        return place;
    }
    static double place_of_refund(const DelayLaws& laws, const ClickLaw& click, Time d, Time r, double u) {
        double place = 0, all = 0;
        for (std::size_t k = 0; k < 2; ++k) {
            const double weight = click.weight(k) * click.refund[k] *
                                  math::exp(laws.conversion[k].log_of_second(click.conversion_log_scale, d));
            all += weight;
            for (std::size_t l = 0; l < 2; ++l)
                place += weight * (l == 1 ? laws.returned[k] : 1 - laws.returned[k]) *
                         between(laws.refund[l], click.refund_log_scale, r, u);
        }
        return all > 0 ? place / all : u;
    }

    /// Repeats within W_rep of a conversion within W_A. They cluster by click: the spread is their own.
    void add_repeats() {
        const auto* expected = named(truth_.more, "repurchases");
        if (expected == nullptr) return;
        std::vector<double> count(size(), 0);
        const Purchases& p = log_.purchases;
        for (std::size_t k = 0; k < p.size(); ++k) {
            const auto i = static_cast<std::size_t>(p.row[k]);
            const bool counts =
                converted_[i] && p.ordinal[k] > 0 &&
                within(log_.conversion_time[i], p.purchase_time[k], s_.repeats.attribution, Edge::open);
            count[i] += counts ? 1 : 0;
        }
        const Time wait = log_.windows.conversion_attribution + s_.repeats.attribution;
        const auto by = [&](const Strata& strata) {
            TruthTest test{"repurchases", strata.name};
            std::vector<TestCell> cells(strata.count);
            std::vector<double> squares(strata.count, 0);
            for (std::size_t i = 0; i < size(); ++i) {
                if (log_.click_time[i] + wait > end_) continue;
                const double mean = (*expected)[i], residual = count[i] - mean;
                TestCell& cell = cells[strata.of_row[i]];
                cell.observed += count[i], cell.expected += mean;
                squares[strata.of_row[i]] += residual * residual;
            }
            for (std::size_t k = 0; k < cells.size(); ++k) {
                if (cells[k].expected < 100) continue;  // a self-made spread needs events
                cells[k].name = strata.count == 1 ? "" : std::to_string(k);
                cells[k].statistic = (cells[k].observed - cells[k].expected) / std::sqrt(squares[k]);
                test.cells.push_back(cells[k]);
            }
            if (!test.cells.empty()) tests_.push_back(std::move(test));
        };
        for (const Strata& strata : strata_) by(strata);
        by(deciles("repurchases", doubles(*expected)));
    }

    /// Log-values, because sums of values are heavy-tailed; and the share of a refunded value.
    void add_money() {
        const auto* price = named(truth_.law, "expected_order_value");
        if (price == nullptr) return;
        const double spread = s_.money.value_spread, partial = s_.money.partial;
        double n = 0, sum = 0, refunds = 0, share = 0;
        for (std::size_t i = 0; i < size(); ++i) {
            if (log_.conversion_time[i] == never || log_.order_value[i] <= 0) continue;
            n += 1;
            sum += math::log(double{log_.order_value[i]} / double{(*price)[i]}) + spread * spread / 2;
            if (log_.refund_time[i] == never) continue;
            refunds += 1;
            share += double{log_.refund_value[i]} / double{log_.order_value[i]};
        }
        if (n > 0 && spread > 0)
            tests_.push_back(
                {"log order value", "all", false, {{"", sum / n, 0, sum / spread / std::sqrt(n)}}});
        const double mean = 1 - partial / 2, variance = 1 - 2 * partial / 3 - mean * mean;
        if (refunds > 0 && variance > 0)
            tests_.push_back(
                {"refunded share of value",
                 "all",
                 false,
                 {{"", share / refunds, mean, (share - refunds * mean) / std::sqrt(refunds * variance)}}});
    }

    const ClickLog& log_;
    const Truth& truth_;
    const TruthSchema& schema_;
    const Scenario& s_;
    Time end_;
    std::vector<bool> mature_, final_, converted_, refunded_;
    std::vector<Strata> strata_;
    std::vector<TruthTest> tests_;
};

}  // namespace

std::vector<TruthTest> outcome_tests(const LogFile& file,
                                     const Scenario& scenario,
                                     const std::vector<Strata>& strata) {
    Suite suite(file, scenario);
    suite.add(strata);
    return suite.all();
}

}  // namespace netcvr
