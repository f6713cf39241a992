#include "output/population_table.h"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "output/table.h"
#include "sim/parallel.h"
#include "sim/select_users.h"

namespace netcvr {
namespace {

/// How far from the published figure still passes.
constexpr double tolerance = 0.1;

/// Of a group of users; fractions where they are expected.
struct Totals {
    double users = 0, clicks = 0, purchases = 0, repurchases = 0, refunds = 0;
    void add(const Totals& t, double weight) {
        users += weight * t.users, clicks += weight * t.clicks, purchases += weight * t.purchases;
        repurchases += weight * t.repurchases, refunds += weight * t.refunds;
    }
    SampleRates rates(double periods) const {
        return {clicks / users / periods, purchases / clicks, repurchases / clicks, refunds / clicks};
    }
};

/// A sample of the study. Buyers of April: 79,133,648; the daily figures of scheme 2 are pooled over 05-01 …
/// 05-05 and its clicks per user stand for 25 days.
struct StudySample {
    const char *scheme, *users;
    double share;  // of the buyers
    SampleRates rates;
};
constexpr double buyers = 79133648, pooled = 105468231;
constexpr std::array published = {
    StudySample{"1",
                "purchases >= 6 50 %, clicks 2 … 4 30 %, clicks 0 20 %",
                0,
                {41037005 / 2e6, 3742731 / 41037005.0, 946973 / 41037005.0, 2015540 / 41037005.0}},
    StudySample{"2",
                "buyers of the prior period",
                1,
                {pooled / 5 * 25 / buyers, 4581347 / pooled, 542470 / pooled, 1638341 / pooled}},
    StudySample{"2A",
                "of these 1/79.13 with most purchases",
                1e6 / buyers,
                {45.650219, 2612713 / 45650219.0, 682160 / 45650219.0, 1580986 / 45650219.0}},
    StudySample{"2B",
                "of these 25/79.13 with most conversions per click",
                25e6 / buyers,
                {41930460 / 25e6, 8834022 / 41930460.0, 1197282 / 41930460.0, 2976438 / 41930460.0}}};

/// Groups of users whose events are counted: the strata of scheme 1, then the other samples.
enum Group : std::size_t { strata = 0, of_buyers = 3, of_purchases, of_rate, groups };
using Groups = std::array<Totals, groups>;

/// Bit g of in[user]: the user belongs to group g.
std::vector<std::uint8_t> group_users(const UserCounts& counts, std::int64_t seed) {
    std::vector<std::uint8_t> in(counts.size(), 0);
    const auto rules = usual_strata();
    for (std::size_t u = 0; u < counts.size(); ++u)
        if (const std::size_t h = stratum_of(rules, counts.clicks[u], counts.logged(u)); h < rules.size())
            in[u] = static_cast<std::uint8_t>(1U << h);
    const std::array schemes = {Scheme::buyers, Scheme::top_purchases, Scheme::top_rate};
    for (std::size_t k = 0; k < schemes.size(); ++k) {
        SamplingPlan plan{.scheme = schemes[k], .count = PurchaseCount::all};
        if (k > 0) plan.users = published[k + 1].share, plan.share = true;
        for (const std::int32_t user : select_users(counts, {}, plan, seed).user_id)
            in[static_cast<std::size_t>(user)] |= static_cast<std::uint8_t>(1U << (of_buyers + k));
    }
    return in;
}

template <class Visit>
void for_each_group(std::uint8_t in, Visit visit) {
    for (std::size_t g = 0; g < groups; ++g)
        if ((in >> g & 1U) != 0) visit(g);
}

void count_rows(const LogRows& rows, const std::vector<std::uint8_t>& in, Groups& drawn) {
    const ClickLog& log = rows.log;
    const auto of_row = [&](std::size_t row) { return in[static_cast<std::size_t>(log.user_id[row])]; };
    for (std::size_t i = 0; i < log.size(); ++i)
        for_each_group(of_row(i), [&](std::size_t g) {
            drawn[g].clicks += 1;
            if (log.has_purchases) return;
            drawn[g].purchases += log.conversion_time[i] != never ? 1 : 0;
            drawn[g].refunds += log.refund_time[i] != never ? 1 : 0;
        });
    const Purchases& p = log.purchases;
    for (std::size_t k = 0; k < p.size(); ++k)
        for_each_group(of_row(static_cast<std::size_t>(p.row[k])), [&](std::size_t g) {
            drawn[g].purchases += 1;
            drawn[g].repurchases += p.ordinal[k] > 0 ? 1 : 0;
            drawn[g].refunds += p.refund_time[k] != never ? 1 : 0;
        });
}

Groups expected_of(const World& world, const UserLaw& law, const std::vector<std::uint8_t>& in) {
    const double days = static_cast<double>(world.scenario.log.duration) / day;
    Groups expected{};
    for (std::size_t u = 0; u < in.size(); ++u) {
        if (in[u] == 0) continue;
        const UserTraits& z = world.population.users[u];
        const double clicks = days * law.clicks_per_day(z.activity), conversion = law.conversion(z.purchase),
                     repeats = law.repeats(z.activity, z.purchase);
        const Totals mean{.users = 1,
                          .clicks = clicks,
                          .purchases = clicks * conversion * (1 + repeats),
                          .repurchases = clicks * conversion * repeats,
                          .refunds = clicks * conversion *
                                     (law.refund(z.refund) + repeats * law.refund_of_repeat(z.refund))};
        for_each_group(in[u], [&](std::size_t g) { expected[g].add(mean, 1); });
    }
    return expected;
}

/// Of sample k: of its users, or of its strata by their shares.
Totals sample_of(const Groups& group, std::size_t k) {
    if (k > 0) return group[of_buyers + k - 1];
    Totals sample;
    const auto rules = usual_strata();
    for (std::size_t h = 0; h < rules.size(); ++h)
        if (group[h].users > 0) sample.add(group[h], rules[h].share / group[h].users);
    return sample;
}

std::string verdict(double ratio) {
    return std::fabs(ratio - 1) <= tolerance ? "yes" : "NO";
}

}  // namespace

std::vector<SampleRow> population_table(const World& world,
                                        int threads,
                                        const std::function<void(std::size_t, std::size_t)>& progress) {
    const UserLaw law(world);
    std::vector<std::uint8_t> in;
    {
        const UserCounts counts = prior_counts(world, law, thread_count(threads));
        in = group_users(counts, world.scenario.seed);
    }
    const Groups expected = expected_of(world, law, in);
    Groups drawn{};
    for (std::size_t g = 0; g < groups; ++g) drawn[g].users = expected[g].users;
    const std::size_t total = row_count(world);
    visit_rows(world, false, threads, [&](const LogRows& rows, std::size_t done) {
        count_rows(rows, in, drawn);
        progress(done, total);
    });
    const double periods = static_cast<double>(world.scenario.log.duration) / (25 * day);
    std::vector<SampleRow> rows;
    for (std::size_t k = 0; k < published.size(); ++k) {
        const double users =
            k > 0 ? drawn[of_buyers + k - 1].users : drawn[0].users + drawn[1].users + drawn[2].users;
        rows.push_back({.scheme = published[k].scheme,
                        .users = published[k].users,
                        .chosen = static_cast<std::size_t>(users),
                        .published = published[k].rates,
                        .drawn = sample_of(drawn, k).rates(periods),
                        .expected = sample_of(expected, k).rates(periods)});
    }
    return rows;
}

std::string population_text(const std::vector<SampleRow>& rows) {
    Table table{.header = {"sample", "rate", "published", "drawn", "/ published", "expected", "/ published",
                           "within 10 %"},
                .rows = {}};
    std::string who;
    std::size_t misses = 0;
    for (const SampleRow& row : rows) {
        who += fmt::format("  {:2}: {}; {} users here\n", row.scheme, row.users, grouped(row.chosen));
        for (std::size_t c = 0; c < row.drawn.size(); ++c) {
            const double ratio = row.drawn[c] / row.published[c];
            misses += verdict(ratio) == "yes" ? 0 : 1;
            const auto number = [&](double x) {
                return c == 0 ? fmt::format("{:.4f}", x) : fmt::format("{:.4f}%", 100 * x);
            };
            table.rows.push_back({c == 0 ? row.scheme : "", sample_rate_names[c], number(row.published[c]),
                                  number(row.drawn[c]), fmt::format("{:.3f}", ratio), number(row.expected[c]),
                                  fmt::format("{:.3f}", row.expected[c] / row.published[c]), verdict(ratio)});
        }
    }
    return text_table(table) + who +
           wrapped(
               "  Purchases are events, repeats included; clicks per user of 25 days. drawn: counted in the "
               "log; "
               "expected: given the users' traits, without the chance of the draw.",
               2) +
           fmt::format("  {} of {} figures within 10 % of the published.\n", 4 * rows.size() - misses,
                       4 * rows.size());
}

std::string population_json(const std::vector<SampleRow>& rows) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const SampleRow& row : rows)
        for (std::size_t c = 0; c < row.drawn.size(); ++c)
            list.push_back({{"sample", row.scheme},
                            {"users", row.chosen},
                            {"rate", sample_rate_names[c]},
                            {"published", row.published[c]},
                            {"drawn", row.drawn[c]},
                            {"expected", row.expected[c]},
                            {"within_10_percent", verdict(row.drawn[c] / row.published[c]) == "yes"}});
    const nlohmann::ordered_json json = {
        {"format", "netcvr-population-table"}, {"format_version", 1}, {"rows", list}};
    return json.dump(1) + "\n";
}

}  // namespace netcvr
