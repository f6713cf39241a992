#include "sim/pilot.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <span>

#include <boost/math/tools/toms748_solve.hpp>
#include <boost/random/sobol.hpp>
#include <fmt/format.h>

#include "sim/errors.h"
#include "sim/math.h"
#include "sim/rng.h"

namespace netcvr {
namespace {

// The pilot: Sobol's net in (user, item, time, position, channel), users and items in proportion to their
// clicks. Its error must stay well below the binomial error of the log itself, so it grows with the log. (A
// rank-one lattice resonates with the daily curves: popular items meet few hours. Its error was four times
// this one's and larger than the binomial.)
constexpr double smallest_pilot = 0x1p14, largest_pilot = 0x1p18;

/// Index of the share u of cumulative weight.
std::uint32_t at_share(const std::vector<double>& cumulative, double u) {
    const auto at = std::upper_bound(cumulative.begin(), cumulative.end() - 1, u * cumulative.back());
    return static_cast<std::uint32_t>(at - cumulative.begin());
}

std::vector<double> cumulate(std::span<const float> weights) {
    std::vector<double> cumulative(weights.size());
    double sum = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) cumulative[i] = sum += weights[i];
    return cumulative;
}

/// The share u of the whole of (0, 1), so that neither end is reached.
double coordinate(std::uint64_t word) {
    return uniform(static_cast<std::uint32_t>(word >> 32), static_cast<std::uint32_t>(word));
}

/// Appends n points of the net as clicks of one stream.
void append_pilot(const World& world, std::size_t stream, std::size_t n, Clicks& clicks) {
    const Population& p = world.population;
    const Stream& of = world.arrivals.streams()[stream];
    const auto members = [](const Cohorts& cohorts, std::uint32_t c, const std::vector<float>& weight) {
        return cumulate(std::span(weight).subspan(cohorts.first[c], cohorts.first[c + 1] - cohorts.first[c]));
    };
    const auto users = members(p.user_cohorts, of.user_cohort, p.activity),
               items = members(p.item_cohorts, of.item_cohort, p.popularity);
    const bool hidden = world.scenario.has_hidden();
    boost::random::sobol net(hidden ? 7 : 5);
    const std::size_t begin = clicks.size();
    clicks.resize(begin + n);
    for (std::size_t i = begin; i < begin + n; ++i) {
        double u[7];
        for (std::size_t d = 0; d < (hidden ? 7 : 5); ++d)
            u[d] = coordinate(i == begin ? 0 : net());  // Boost leaves out the net's first point
        clicks.user[i] = p.user_cohorts.first[of.user_cohort] + at_share(users, u[0]);
        clicks.item[i] = p.item_cohorts.first[of.item_cohort] + at_share(items, u[1]);
        clicks.time[i] = world.arrivals.time_in_log(stream, u[2]);
        clicks.position[i] = static_cast<std::uint32_t>(u[3] * positions);
        clicks.channel[i] = static_cast<std::uint32_t>(u[4] * channels);
        if (!hidden) continue;
        clicks.hidden_conversion.push_back(math::normal_quantile(u[5]));
        clicks.hidden_refund.push_back(math::normal_quantile(u[6]));
    }
}

}  // namespace

/// Every stream has points in proportion to its expected clicks, one at least.
Clicks pilot_clicks(const World& world) {
    const double wanted = std::clamp(world.scenario.mean_clicks() / 4, smallest_pilot, largest_pilot);
    const std::size_t n = std::bit_ceil(static_cast<std::size_t>(wanted));
    const std::size_t streams = world.arrivals.streams().size();
    double whole = 0;
    for (std::size_t k = 0; k < streams; ++k) whole += world.arrivals.expected_share(k);
    Clicks clicks;
    for (std::size_t k = 0; k < streams; ++k) {
        const double share = world.arrivals.expected_share(k) / whole;
        append_pilot(world, k, static_cast<std::size_t>(std::ceil(share * static_cast<double>(n))), clicks);
    }
    return clicks;
}

Spreadable::Spreadable(std::vector<double> whole,
                       const std::vector<double>& without_traits,
                       const std::vector<double>& without_hours,
                       std::vector<double> scale,
                       double propensity)
    : predictor(whole),
      log_scale(scale),
      whole_(std::move(whole)),
      scale_(std::move(scale)),
      propensity_(propensity) {
    const auto difference = [&](const std::vector<double>& part) {
        std::vector<double> out(part.size());
        for (std::size_t i = 0; i < part.size(); ++i) out[i] = whole_[i] - part[i];
        return out;
    };
    traits_ = difference(without_traits);
    hours_ = difference(without_hours);
}

void Spreadable::set(double spread, double amplitude) {
    predictor = whole_;
    for (std::size_t i = 0; i < traits_.size(); ++i) predictor[i] += (spread - 1) * traits_[i];
    for (std::size_t i = 0; i < hours_.size(); ++i) predictor[i] += (amplitude - 1) * hours_[i];
    if (propensity_ == 0) return;
    for (std::size_t i = 0; i < scale_.size(); ++i)
        log_scale[i] = scale_[i] + propensity_ * (predictor[i] - whole_[i]);
}

double bayes_auc(const std::vector<double>& p) {
    constexpr std::size_t bins = 4096;
    constexpr double low = -16, high = 16;
    std::vector<double> positive(bins + 1, 0), negative(bins + 1, 0);
    for (const double q : p) {
        if (!(q > 0 && q < 1)) {  // a certain outcome is an end of the scale
            (q > 0 ? positive.back() : negative.front()) += 1;
            continue;
        }
        const double x = std::clamp((math::logit(q) - low) / (high - low), 0.0, 1.0) * (bins - 1);
        const auto bin = static_cast<std::size_t>(x);
        const double upper = x - static_cast<double>(bin);
        positive[bin] += q * (1 - upper), positive[bin + 1] += q * upper;
        negative[bin] += (1 - q) * (1 - upper), negative[bin + 1] += (1 - q) * upper;
    }
    double below = 0, wins = 0, positives = 0;
    for (std::size_t bin = 0; bin <= bins; ++bin) {
        wins += positive[bin] * (below + negative[bin] / 2);
        below += negative[bin];
        positives += positive[bin];
    }
    return wins / (positives * below);
}

double mean_product(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum / static_cast<double>(a.size());
}

double mean(const std::vector<double>& a) {
    double sum = 0;
    for (const double x : a) sum += x;
    return sum / static_cast<double>(a.size());
}

double solve(const std::function<double(double)>& f,
             const Bracket& bracket,
             const std::function<std::string()>& out_of_reach) {
    const auto [guess, start, low, high] = bracket;
    double width = start, a = std::max(low, guess - width), b = std::min(high, guess + width);
    double at_a = f(a), at_b = f(b);
    while (!(at_a * at_b <= 0)) {
        if (a <= low && b >= high) throw InputError(Exit::scenario, out_of_reach());
        width *= 4;
        if (a > low) at_a = f(a = std::max(low, a - width));
        if (b < high) at_b = f(b = std::min(high, b + width));
    }
    std::uintmax_t iterations = 60;
    const auto close = [](double x, double y) { return std::fabs(x - y) < 0x1p-26; };
    const auto [x, y] = boost::math::tools::toms748_solve(f, a, b, at_a, at_b, close, iterations);
    return (x + y) / 2;
}

std::string unreachable(const Scenario& scenario, const Reach& reach) {
    Scenario copy = scenario;
    const auto field_of = [](std::string_view key) {
        return *std::ranges::find(scenario_fields(), key, &Field::name);
    };
    const auto value_of = [&](std::string_view key) {
        const Slot slot = field_of(key).slot(&copy);
        if (const auto* const* whole = std::get_if<std::int64_t*>(&slot)) return static_cast<double>(**whole);
        return **std::get_if<double*>(&slot);
    };
    const auto shown = [&](std::string_view key, double x) {
        return field_of(key).kind == Kind::duration ? format_duration(static_cast<Time>(x))
                                                    : fmt::format("{:.6g}", x);
    };
    std::string against;
    for (const auto key : reach.against)
        if (const double x = value_of(key); x != 0)
            against +=
                fmt::format("{}{} = {}", against.empty() ? "; it conflicts with " : ", ", key, shown(key, x));
    const std::string unit = reach.unit.empty() ? "" : fmt::format(" {}", reach.unit);
    return fmt::format("{} = {} is out of reach: with the other fields as they are, {} … {}{} can be met{}",
                       reach.key, shown(reach.key, value_of(reach.key)), shown(reach.key, reach.low),
                       shown(reach.key, reach.high), unit, against);
}

Time half_way(Time window, const std::function<double(Time)>& share) {
    const double half = share(window) / 2;
    Time low = 0, high = window;
    while (high - low > 1) {
        const Time middle = low + (high - low) / 2;
        (share(middle) < half ? low : high) = middle;
    }
    return high;
}

double next_width(double step) {
    return std::max(0x1p-20, 2 * std::fabs(step));
}

double snapped(double x) {
    return std::round(x * 0x1p20) * 0x1p-20;
}

}  // namespace netcvr
