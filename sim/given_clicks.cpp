#include "sim/given_clicks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include <fmt/core.h>

#include "sim/block.h"
#include "sim/calibrate.h"
#include "sim/errors.h"
#include "sim/log_columns.h"
#include "sim/math.h"
#include "sim/parallel.h"
#include "sim/rng.h"

namespace netcvr {
namespace {

using Rows = std::vector<std::size_t>;

/// The addresses of given clicks: no stream of arrivals has this number.
constexpr std::size_t given_stream = 255;

struct Address {
    std::uint32_t index, block;
};
Address address(std::size_t row) {
    return {static_cast<std::uint32_t>(row), block_word(given_stream, row >> 32)};
}

struct Scores {
    std::vector<double> purchase, refund, haste;
};

Scores scores_of(const ClickLog& log, std::uint64_t seed, const Rows& rows) {
    const std::size_t n = rows.size();
    Scores scores{std::vector<double>(n), std::vector<double>(n), std::vector<double>(n)};
    std::vector<std::uint32_t> value(n), word[4];
    for (auto& column : word) column.resize(n);
    const double scale = 1 / std::sqrt(static_cast<double>(log.features.size()));
    for (std::size_t f = 0; f < log.features.size(); ++f) {
        for (std::size_t i = 0; i < n; ++i)
            value[i] = static_cast<std::uint32_t>(log.features[f].value[rows[i]]);
        philox(seed, Draw::feature_weight, value, 0, static_cast<std::uint32_t>(f), word[0], word[1], word[2],
               word[3]);
        for (std::size_t i = 0; i < n; ++i) {
            scores.purchase[i] += scale * math::normal_quantile(uniform(word[0][i]));
            scores.refund[i] += scale * math::normal_quantile(uniform(word[1][i]));
            scores.haste[i] += scale * math::normal_quantile(uniform(word[2][i]));
        }
    }
    return scores;
}

double root_of_squares(std::initializer_list<double> weights) {
    double sum = 0;
    for (const double w : weights) sum += w * w;
    return std::sqrt(sum);
}

bool converts_late(const ClickLog& log, const Windows& windows, std::size_t row) {
    return log.conversion_time[row] - log.click_time[row] > windows.conversion_observation;
}

/// The rows' laws but for what is solved.
Predictors predict(const GivenClicks& g, const Rows& rows) {
    const Scenario& s = g.laws.scenario;
    const auto& c = s.conversion;
    const auto& r = s.refund;
    const double conversion_spread =
                     root_of_squares({c.user, c.item, c.affinity, c.price, c.position, c.channel}),
                 refund_spread = root_of_squares({r.user, r.item, r.appeal, r.affinity, r.price, r.channel});
    const bool one_class = s.intent.considered <= 0 || s.intent.considered >= 1;
    const double considered = one_class ? 0 : math::logit(s.intent.considered);
    const Scores u = scores_of(g.given.log, static_cast<std::uint64_t>(s.seed), rows);
    Predictors x;
    x.resize(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        x.conversion[i] = conversion_spread * u.purchase[i];
        x.refund[i] = refund_spread * u.refund[i];
        x.conversion_log_scale[i] =
            s.conversion_delay.haste * u.haste[i] + s.conversion_delay.propensity * x.conversion[i];
        x.refund_log_scale[i] = s.refund_delay.haste * u.haste[i] + s.refund_delay.propensity * x.refund[i];
        if (g.added == Added::refunds)
            x.considered[i] = converts_late(g.given.log, s.windows, rows[i]) ? 1 : 0;
        else
            x.considered[i] =
                one_class ? s.intent.considered : math::logistic(considered - s.intent.haste * u.haste[i]);
    }
    return x;
}

bool converts_within(const ClickLog& log, Time window, std::size_t row) {
    return log.conversion_time[row] != never && log.conversion_time[row] - log.click_time[row] < window;
}

/// Conversions of given clicks are first purchases only. What is then met by repeats has to go with them.
void refuse_repeats(const Scenario& s) {
    if (!s.has_repeats()) return;
    const auto& t = s.targets;
    std::string sets = "--set targets.repurchases_per_click=0";
    if (t.purchases_per_click > 0)
        sets += fmt::format(" --set targets.purchases_per_click={:.6g}",
                            t.purchases_per_click - t.repurchases_per_click);
    if (t.refunds_per_click > 0) sets += " --set targets.refunds_per_click=0";
    throw InputError(
        Exit::scenario,
        fmt::format("targets.repurchases_per_click = {}, but given clicks have no repeats: {}, or "
                    "take another scenario",
                    t.repurchases_per_click, sets));
}

/// The scenario with what does not apply to given clicks switched off.
Scenario for_given_clicks(Scenario s, const LogFile& given, Added added) {
    s.features.clear();
    s.scale = 1;
    s.log.clicks = static_cast<double>(given.log.size());
    s.log.duration = given.log.duration;
    s.log.time_origin = given.header.time_origin;
    s.promotion = {}, s.repeats = {}, s.money = {}, s.hidden = {}, s.prior_period = {};
    s.users.entering = s.items.entering = 0;
    s.conversion_drift = s.conversion_delay_drift = s.refund_drift = s.refund_delay_drift = {};
    s.hours = {}, s.weekdays = {};
    s.refund.unreported = 0;
    auto& t = s.targets;
    t.repurchases_per_click = t.refunds_per_click = 0;
    t.bayes_auc_cvr = t.bayes_auc_net_cvr = t.hourly_cvr_ratio = 0;
    s.solved = {};
    if (added == Added::conversions) return s;
    // Conversions are there: without a law of their delay all of it lies within any window.
    t.conversion_delay_median = s.conversion_delay.minimum = 0;
    t.purchases_per_click = 0;
    const Time known = given.log.follow_up;
    s.log.follow_up =
        known >= s.windows.conversion_attribution ? std::max(known, s.windows.maturity()) : known;
    return s;
}

/// Up to 2^18 of these rows, evenly.
Rows pilot_of(const Rows& rows) {
    constexpr std::size_t most = std::size_t{1} << 18;
    if (rows.size() <= most) return rows;
    Rows pilot(most);
    for (std::size_t k = 0; k < most; ++k) pilot[k] = rows[k * rows.size() / most];
    return pilot;
}

Scenario::Solved calibrate(const GivenClicks& g) {
    const ClickLog& log = g.given.log;
    Rows rows;
    for (std::size_t row = 0; row < log.size(); ++row)
        if (g.added == Added::conversions ||
            converts_within(log, g.laws.scenario.windows.conversion_attribution, row))
            rows.push_back(row);
    if (rows.empty())
        throw InputError(Exit::data, g.added == Added::conversions
                                         ? "the log has no clicks"
                                         : "the log has no conversion within W_A that could be refunded");
    const Predictors x = predict(g, pilot_of(rows));
    Scenario::Solved solved =
        g.added == Added::conversions ? calibrate(g.laws, x) : calibrate_refunds(g.laws, x);
    solved.key.clear();  // of these clicks, which the scenario does not know
    return solved;
}

OutcomeUniforms uniforms(std::uint64_t seed, std::size_t row, Added added) {
    const auto words = [&](Draw purpose) {
        const Address at = address(row);
        return philox(seed, purpose, at.index, at.block, 0);
    };
    const Words refund = words(Draw::refund), refund_delay = words(Draw::refund_delay);
    OutcomeUniforms u{.conversion = 0,  // it did convert
                      .intent = 0.5,    // between a share of 0 and one of 1: the class is known
                      .conversion_delay = 0.5,
                      .refund = uniform(refund[0], refund[1]),
                      .kind = uniform(refund[2], refund[3]),
                      .refund_delay = uniform(refund_delay[0], refund_delay[1])};
    if (added == Added::refunds) return u;
    const Words conversion = words(Draw::conversion), delay = words(Draw::conversion_delay);
    u.conversion = uniform(conversion[0], conversion[1]);
    u.intent = uniform(conversion[2], conversion[3]);
    u.conversion_delay = uniform(delay[0], delay[1]);
    return u;
}

/// Rows as given, with the columns that `schema` has.
ClickLog given_rows(const ClickLog& given, const ClickLog& schema, std::size_t first, std::size_t count) {
    std::map<std::string, const void*> from;
    for_each_log_column(given,
                        [&](const LogColumn& column, const auto& values) { from[column.path()] = &values; });
    ClickLog rows = schema;
    for_each_log_column(rows, [&]<class T>(const LogColumn& column, std::vector<T>& values) {
        const auto& all = *static_cast<const std::vector<T>*>(from.at(column.path()));
        const auto begin = all.begin() + static_cast<std::ptrdiff_t>(first);
        values.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
    });
    return rows;
}

LogHeader without_text(const GivenClicks& g) {
    const Scenario& s = g.laws.scenario;
    LogHeader header = g.given.header;
    const std::string of = header.origin.substr(0, header.origin.find(" + "));
    header.origin = of + (g.added == Added::refunds ? " + simulated refunds" : " + simulated outcomes");
    header.scenario_name = s.name;
    header.seed = s.seed;
    header.stream_version = stream_version;
    header.schema.has_money = header.schema.has_purchases = false;
    header.schema.has_refunds = true;
    header.schema.windows = s.windows;
    header.schema.protocol = s.protocol;
    header.schema.follow_up = s.log.follow_up;
    const bool all = g.added == Added::conversions;
    header.truth = {.cvr = all, .refund_rate = true, .net_cvr = all, .more = {}, .law = {}};
    return header;
}

void write_outcome(const Outcome& outcome, Added added, Time end, std::size_t row, ClickLog& log) {
    if (added == Added::conversions) {
        const Time conversion =
            outcome.conversion_delay == never ? never : log.click_time[row] + outcome.conversion_delay;
        log.conversion_time[row] = conversion < end ? conversion : never;
    }
    log.refund_time[row] = never;
    if (log.conversion_time[row] == never || outcome.refund_delay == never) return;
    const Time refund = log.conversion_time[row] + outcome.refund_delay;
    if (refund < end) log.refund_time[row] = refund;
}

void append(std::vector<float>& to, const std::vector<double>& from) {
    for (const double value : from) to.push_back(static_cast<float>(value));
}

}  // namespace

GivenClicks make_given_clicks(const LogFile& given, const Scenario& scenario, Added added) {
    if (added == Added::conversions) refuse_repeats(scenario);
    if (given.log.features.empty())
        throw InputError(Exit::data, "the log has no features, so its clicks are all alike");
    GivenClicks g{given, added, make_laws(for_given_clicks(scenario, given, added))};
    g.laws.scenario.solved = calibrate(g);
    return g;
}

LogHeader header_of(const GivenClicks& g, const std::string& scenario_toml) {
    LogHeader header = without_text(g);
    header.scenario_toml = scenario_toml;
    return header;
}

LogRows draw_rows(const GivenClicks& g, std::size_t first, std::size_t count) {
    const Scenario& s = g.laws.scenario;
    const LogHeader header = without_text(g);
    LogRows out{given_rows(g.given.log, header.schema, first, count), empty_truth(header.truth)};
    Rows rows;
    for (std::size_t row = first; row < first + count; ++row)
        if (g.added == Added::conversions || g.given.log.conversion_time[row] != never) rows.push_back(row);
    if (g.added == Added::refunds) {
        out.log.refund_time.assign(count, never);
        out.truth.refund_rate.assign(count, std::numeric_limits<float>::quiet_NaN());
    }
    const Predictors x = predict(g, rows);
    Law law;
    evaluate(g.laws, x, law);
    const Time end = out.log.duration + out.log.follow_up, window = s.windows.conversion_attribution;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto u = uniforms(static_cast<std::uint64_t>(s.seed), rows[i], g.added);
        write_outcome(draw_outcome(g.laws, x, law, i, u), g.added, end, rows[i] - first, out.log);
        if (g.added == Added::refunds && converts_within(g.given.log, window, rows[i]))
            out.truth.refund_rate[rows[i] - first] = static_cast<float>(law.refund_rate[i]);
    }
    if (g.added == Added::refunds) return out;
    append(out.truth.cvr, law.cvr);
    append(out.truth.refund_rate, law.refund_rate);
    append(out.truth.net_cvr, law.net_cvr);
    return out;
}

SimulateSummary simulate(const GivenClicks& g, const LogHeader& header, const SimulateOptions& options) {
    const std::size_t rows = g.given.log.size(), chunks = (rows + chunk_rows - 1) / chunk_rows;
    const int threads = thread_count(options.threads);
    const std::size_t window = 2 * static_cast<std::size_t>(threads) + 1;
    LogWriter writer(options.path, header, options.compress, options.force);
    std::vector<RowEncoder> encoders;
    for (std::size_t k = 0; k < window; ++k) encoders.emplace_back(header, options.compress);
    std::vector<EncodedRows> encoded(window);
    ordered_pipeline(
        chunks, threads, window,
        [&](std::size_t k, std::size_t slot) {
            const std::size_t first = k * chunk_rows;
            encoders[slot].encode(draw_rows(g, first, std::min(chunk_rows, rows - first)), false,
                                  encoded[slot]);
        },
        [&](std::size_t k, std::size_t slot) {
            writer.append(encoded[slot]);
            if (options.progress) options.progress(std::min(rows, (k + 1) * chunk_rows), rows);
        });
    writer.finish();
    return {rows, writer.digest_log()};
}

}  // namespace netcvr
