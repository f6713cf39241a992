#include "output/inspect.h"

#include <algorithm>
#include <cmath>

#include "estimators/stage.h"
#include "output/log_statistics.h"

namespace netcvr {
namespace {

/// A rate counts clicks by what became of them: numerator and denominator say which of the three ends count.
struct Ends {
    bool refunded, kept, neither;  // converted and refunded, converted and kept (net), not converted
};
struct RateRow {
    std::string_view name;
    Ends numerator, denominator;
};

constexpr std::array rate_table = {
    RateRow{"conversions_per_click", {true, true, false}, {true, true, true}},
    RateRow{"refunds_per_click", {true, false, false}, {true, true, true}},
    RateRow{"refunds_per_conversion", {true, false, false}, {true, true, false}},
    RateRow{"refunds_per_net_conversion", {true, false, false}, {false, true, false}},
    RateRow{"net_conversions_per_click", {false, true, false}, {true, true, true}},
};

struct Tally {
    std::size_t refunded = 0, kept = 0, neither = 0;
    std::size_t of(const Ends& ends) const {
        return (ends.refunded ? refunded : 0) + (ends.kept ? kept : 0) + (ends.neither ? neither : 0);
    }
};

/// P(each end | click).
struct Chances {
    double refunded, kept, neither;
    Chances(double cvr, double refund_rate)
        : refunded(cvr * refund_rate), kept(cvr - cvr * refund_rate), neither(1 - cvr) {}
    double of(const Ends& ends) const {
        return (ends.refunded ? refunded : 0) + (ends.kept ? kept : 0) + (ends.neither ? neither : 0);
    }
};

std::optional<double> ratio(double numerator, double denominator) {
    if (denominator == 0) return std::nullopt;
    return numerator / denominator;
}

template <class Term>
double sum_over(std::size_t n, Term term) {
    std::vector<double> terms(n);
    for (std::size_t i = 0; i < n; ++i) terms[i] = term(i);
    return pairwise_sum(terms);
}

/// P(a refund the log hears of | conversion, click i): what is left of refund_rate where some go unreported.
class ReportedRefunds {
public:
    explicit ReportedRefunds(const Truth& truth) : truth_(truth) {
        for (const auto& column : truth.more)
            if (column.name == "net_cvr_reported") net_ = &column.value;
    }
    double operator()(std::size_t i) const {
        const double cvr = truth_.cvr[i];
        if (net_ == nullptr || cvr <= 0) return truth_.refund_rate[i];
        return 1 - static_cast<double>((*net_)[i]) / cvr;
    }

private:
    const Truth& truth_;
    const std::vector<float>* net_ = nullptr;
};

/// Σ (numerator − ρ denominator) over clicks has mean 0 at the expected ratio ρ; clicks are independent given
/// the truth, so its variance is the sum of theirs. One formula for all rates, also those over a random
/// denominator.
void add_expectation(Rate& rate, const RateRow& row, const Truth& truth, std::size_t n) {
    const ReportedRefunds refund_rate(truth);
    const auto chances = [&](std::size_t i) { return Chances(truth.cvr[i], refund_rate(i)); };
    const double numerator = sum_over(n, [&](std::size_t i) { return chances(i).of(row.numerator); });
    const double denominator = sum_over(n, [&](std::size_t i) { return chances(i).of(row.denominator); });
    rate.expected = ratio(numerator, denominator);
    if (!rate.expected) return;
    const double rho = *rate.expected;
    const auto share = [&](bool in_numerator, bool in_denominator) {
        return (in_numerator ? 1.0 : 0.0) - (in_denominator ? rho : 0.0);
    };
    const double refunded = share(row.numerator.refunded, row.denominator.refunded);
    const double kept = share(row.numerator.kept, row.denominator.kept);
    const double neither = share(row.numerator.neither, row.denominator.neither);
    const double variance = sum_over(n, [&](std::size_t i) {
        const Chances c = chances(i);
        const double mean = c.refunded * refunded + c.kept * kept + c.neither * neither;
        return c.refunded * refunded * refunded + c.kept * kept * kept + c.neither * neither * neither -
               mean * mean;
    });
    const double excess = static_cast<double>(rate.numerator) - rho * static_cast<double>(rate.denominator);
    rate.z = ratio(excess, std::sqrt(variance));
}

/// The same where conversions are real and only their refunds have a truth.
void add_expectation_of_conversions(Rate& rate, const Outcomes& all, const Truth& truth, std::size_t n) {
    const auto sum = [&](auto term) {
        return sum_over(n, [&](std::size_t i) {
            const double r = truth.refund_rate[i];
            return all.conversion.event[i] == never ? 0.0 : term(r);
        });
    };
    const double expected = sum([](double r) { return r; });
    rate.expected = ratio(expected, static_cast<double>(rate.denominator));
    rate.z = ratio(static_cast<double>(rate.numerator) - expected,
                   std::sqrt(sum([](double r) { return r * (1 - r); })));
}

std::optional<double> target_of(const std::map<std::string, double>& targets, const std::string& name) {
    const auto found = targets.find(name);
    return found == targets.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Rate> rates_of(const LogFile& file,
                           const Outcomes& all,
                           std::size_t mature,
                           const std::map<std::string, double>& targets) {
    Tally tally;
    for (std::size_t i = 0; i < mature; ++i)
        ++(all.conversion.event[i] == never ? tally.neither : all.net(i) ? tally.kept : tally.refunded);
    std::vector<Rate> rates;
    for (const RateRow& row : rate_table) {
        Rate rate;
        rate.name = row.name;
        if (!file.log.has_refunds && rate.name != "conversions_per_click") continue;
        rate.numerator = tally.of(row.numerator);
        rate.denominator = tally.of(row.denominator);
        rate.realised = ratio(static_cast<double>(rate.numerator), static_cast<double>(rate.denominator));
        rate.target = target_of(targets, rate.name);
        if (file.truth && !file.header.truth.of_conversions())
            add_expectation(rate, row, *file.truth, mature);
        else if (file.truth && rate.name == "refunds_per_conversion")
            add_expectation_of_conversions(rate, all, *file.truth, mature);
        rates.push_back(rate);
    }
    return rates;
}

Delays delays_of(std::string name,
                 const Stage& stage,
                 std::size_t mature,
                 std::optional<double> median_target) {
    std::vector<Time> delays;
    for (std::size_t i = 0; i < mature; ++i)
        if (stage.event[i] != never) delays.push_back(stage.event[i] - stage.start[i]);
    std::ranges::sort(delays);
    Delays result{
        .name = std::move(name), .count = delays.size(), .quantile = {}, .median_target = median_target};
    for (std::size_t q = 0; !delays.empty() && q < delay_levels.size(); ++q) {
        const double place = std::ceil(delay_levels[q] * static_cast<double>(delays.size()));
        result.quantile[q] = delays[static_cast<std::size_t>(place) - 1];
    }
    return result;
}

std::optional<HourRange> hourly_cvr_of(const ClickLog& log, const Outcomes& all, std::size_t mature) {
    std::array<std::size_t, 24> clicks{}, conversions{};
    for (std::size_t i = 0; i < mature; ++i) {
        const auto h = static_cast<std::size_t>(log.click_time[i] / hour % 24);
        ++clicks[h];
        conversions[h] += all.conversion.event[i] != never;
    }
    std::optional<HourRange> range;
    for (std::size_t h = 0; h < clicks.size(); ++h) {
        const auto cvr = ratio(static_cast<double>(conversions[h]), static_cast<double>(clicks[h]));
        if (!cvr) continue;
        const int now = static_cast<int>(h);
        if (!range) range = HourRange{.low_hour = now, .high_hour = now, .low = *cvr, .high = *cvr};
        if (*cvr < range->low) range->low = *cvr, range->low_hour = now;
        if (*cvr > range->high) range->high = *cvr, range->high_hour = now;
    }
    return range;
}

Ceiling ceiling_of(std::string target, std::span<const float> p) {
    const Ranking ranking = rank(p);
    return {.target = std::move(target),
            .auc = expected_auc(p, ranking),
            .average_precision = expected_average_precision(p, ranking),
            .nll = entropy(p)};
}

}  // namespace

Inspection inspect(const LogFile& file, const std::map<std::string, double>& targets) {
    const ClickLog& log = file.log;
    const Outcomes all = outcomes(log);
    Inspection inspection;
    inspection.clicks = log.size();
    inspection.mature_clicks = mature_clicks(log);
    inspection.streamed_clicks = static_cast<std::size_t>(
        log.click_time.end() - std::ranges::lower_bound(log.click_time, log.protocol.stream_start()));
    inspection.users = distinct_ids(log.user_id);
    inspection.items = distinct_ids(log.item_id);
    inspection.features = log.features.size();
    inspection.rates = rates_of(file, all, inspection.mature_clicks, targets);
    inspection.delays = {delays_of("conversion_delay", all.conversion, inspection.mature_clicks,
                                   target_of(targets, "conversion_delay_median")),
                         delays_of("refund_delay", all.refund, inspection.mature_clicks,
                                   target_of(targets, "refund_delay_median"))};
    if (!log.has_refunds) inspection.delays.pop_back();
    const Time last = log.size() == 0 ? 0 : log.click_time.back() + 1;
    inspection.clicks_per_day.resize(
        static_cast<std::size_t>((std::max(log.duration, last) + day - 1) / day));
    for (const Time time : log.click_time) ++inspection.clicks_per_day[static_cast<std::size_t>(time / day)];
    inspection.hourly_cvr = hourly_cvr_of(log, all, inspection.mature_clicks);
    if (file.truth && !file.truth->cvr.empty())
        inspection.world_ceilings = {ceiling_of("cvr", file.truth->cvr),
                                     ceiling_of("net_cvr", file.truth->net_cvr)};
    if (file.truth)
        for (const auto& column : file.truth->more)
            if (column.name == "cvr_explained" || column.name == "net_cvr_explained")
                inspection.world_ceilings.push_back(ceiling_of(column.name, column.value));
    return inspection;
}

}  // namespace netcvr
