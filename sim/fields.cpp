// The one table of scenario fields. A new field is a member in scenario.h, a row here, and its use.

#include "sim/fields.h"

#include "sim/scenario.h"

namespace netcvr {
namespace {

using S = Scenario;
constexpr double year = 366.0 * day;
constexpr unsigned moves_everything = moves_clicks | moves_features | moves_conversion |
                                      moves_conversion_delay | moves_refund | moves_refund_delay |
                                      moves_truth;
constexpr unsigned moves_outcomes =
    moves_conversion | moves_conversion_delay | moves_refund | moves_refund_delay | moves_truth;
constexpr unsigned moves_refunds = moves_refund | moves_refund_delay | moves_truth;
constexpr unsigned moves_refund_only = moves_refund | moves_truth;

Field number(std::string_view name,
             Slot (*slot)(void*),
             double low,
             double high,
             std::string_view unit,
             unsigned moves,
             std::string_view help) {
    return {name, Kind::number, slot, low, high, unit, help, moves, {}, 0};
}
Field integer(std::string_view name,
              Slot (*slot)(void*),
              double low,
              double high,
              std::string_view unit,
              unsigned moves,
              std::string_view help) {
    Field field = number(name, slot, low, high, unit, moves, help);
    field.kind = Kind::integer;
    return field;
}
Field duration(std::string_view name,
               Slot (*slot)(void*),
               Time low,
               double high,
               unsigned moves,
               std::string_view help) {
    return {name, Kind::duration, slot, static_cast<double>(low), high, "", help, moves, {}, 0};
}
Field text(std::string_view name,
           Slot (*slot)(void*),
           std::vector<std::string_view> choices,
           unsigned moves,
           std::string_view help) {
    return {name, Kind::text, slot, 0, 0, "", help, moves, std::move(choices), 0};
}
Field numbers(std::string_view name,
              Slot (*slot)(void*),
              std::size_t length,
              double low,
              double high,
              std::string_view unit,
              unsigned moves,
              std::string_view help) {
    Field field = number(name, slot, low, high, unit, moves, help);
    field.kind = Kind::numbers;
    field.length = length;
    return field;
}

using Fields = std::vector<Field>;
const std::vector<std::string_view> families = {"exponential", "weibull", "log-normal", "log-logistic",
                                                "gamma"};
const std::vector<std::string_view> families_or_same = {"same",       "exponential",  "weibull",
                                                        "log-normal", "log-logistic", "gamma"};

void add_log(Fields& t) {
    t.push_back(text("name", slot_of<&S::name>, {}, moves_nothing,
                     "What the scenario is called in tables and reports."));
    t.push_back(integer("seed", slot_of<&S::seed>, 0, 9.2e18, "", moves_everything,
                        "Addresses every random number of the world."));
    t.push_back(number("scale", slot_of<&S::scale>, 1e-6, 1e3, "1", moves_everything,
                       "Multiplies log.clicks, users.count and items.count; \"1/41\" is accepted."));
    t.push_back(number("log.clicks", slot_of<&S::log, &S::Log::clicks>, 1, 4e9, "clicks", moves_everything,
                       "Mean number of clicks; clicks are Poisson."));
    t.push_back(duration("log.duration", slot_of<&S::log, &S::Log::duration>, hour, year, moves_everything,
                         "Clicks arrive in [0, duration)."));
    t.push_back(duration("log.follow_up", slot_of<&S::log, &S::Log::follow_up>, 0, year,
                         moves_refunds | moves_conversion,
                         "Outcomes are recorded until duration + follow_up; at least W_A + W_R for final "
                         "labels of all clicks."));
    t.push_back(text("log.time_origin", slot_of<&S::log, &S::Log::time_origin>, {}, moves_everything,
                     "UTC instant of second 0, as 2025-04-30T16:00:00Z."));
    t.push_back(duration("log.utc_offset", slot_of<&S::log, &S::Log::utc_offset>, -12 * hour, 14.0 * hour,
                         moves_everything, "Local time minus UTC; hour curves are local."));
    t.push_back(duration("windows.conversion_attribution",
                         slot_of<&S::windows, &Windows::conversion_attribution>, 1, year, moves_outcomes,
                         "W_A: a conversion counts iff its delay < W_A."));
    t.push_back(duration("windows.refund_attribution", slot_of<&S::windows, &Windows::refund_attribution>, 1,
                         year, moves_refunds,
                         "W_R: a refund counts iff its delay after the conversion < W_R."));
    t.push_back(duration("windows.conversion_observation",
                         slot_of<&S::windows, &Windows::conversion_observation>, 0, year, moves_nothing,
                         "w_c: a conversion is early iff its delay <= w_c."));
    t.push_back(duration("windows.refund_observation", slot_of<&S::windows, &Windows::refund_observation>, 0,
                         year, moves_nothing,
                         "w_r: a refund is early iff its delay after the conversion <= w_r."));
    t.push_back(duration("protocol.pretrain", slot_of<&S::protocol, &Protocol::pretrain>, 1, year,
                         moves_nothing, "Clicks before this train the common start."));
    t.push_back(
        duration("protocol.gap", slot_of<&S::protocol, &Protocol::gap>, 0, year, moves_nothing,
                 "Pause until the stream begins; at least W_A + W_R, so that pretraining labels are final."));
    t.push_back(duration("protocol.segment", slot_of<&S::protocol, &Protocol::segment>, 1, year,
                         moves_nothing,
                         "Predict a segment's clicks, then train on what is delivered in it."));
}

void add_population(Fields& t) {
    t.push_back(number("users.count", slot_of<&S::users, &S::Users::count>, 1, 2e9, "users", moves_everything,
                       "Number of users."));
    t.push_back(number("users.activity_spread", slot_of<&S::users, &S::Users::activity_spread>, 0, 4,
                       "sd of log clicks per day", moves_everything,
                       "Heaviness of the tail of activity; 0 makes all users alike."));
    t.push_back(number("users.activity_cap", slot_of<&S::users, &S::Users::activity_cap>, 1e-3, 1e6,
                       "clicks per day", moves_everything, "Nobody is more active than this."));
    t.push_back(
        number("users.explained", slot_of<&S::users, &S::Users::explained>, 0, 1, "share of variance",
               moves_features | moves_outcomes | moves_clicks,
               "Share of each user trait that the observed attributes carry; the rest no feature shows."));
    t.push_back(number("users.entering", slot_of<&S::users, &S::Users::entering>, 0, 10,
                       "per user of users.count", moves_added_clicks,
                       "More users, who enter evenly over the days of the log; their clicks are added."));
    const auto correlation = [&](std::string_view name, Slot (*slot)(void*)) {
        t.push_back(number(name, slot, -0.99, 0.99, "correlation",
                           moves_features | moves_outcomes | moves_clicks,
                           "Correlation of two latent user traits."));
    };
    correlation("correlation.activity_purchase",
                slot_of<&S::correlation, &S::Correlation::activity_purchase>);
    correlation("correlation.activity_refund", slot_of<&S::correlation, &S::Correlation::activity_refund>);
    correlation("correlation.activity_haste", slot_of<&S::correlation, &S::Correlation::activity_haste>);
    correlation("correlation.purchase_refund", slot_of<&S::correlation, &S::Correlation::purchase_refund>);
    correlation("correlation.purchase_haste", slot_of<&S::correlation, &S::Correlation::purchase_haste>);
    correlation("correlation.refund_haste", slot_of<&S::correlation, &S::Correlation::refund_haste>);
    t.push_back(number("items.count", slot_of<&S::items, &S::Items::count>, 1, 2e9, "items", moves_everything,
                       "Number of items."));
    t.push_back(integer("items.categories", slot_of<&S::items, &S::Items::categories>, 1, 10000, "categories",
                        moves_everything, "Number of item categories."));
    t.push_back(number("items.category_popularity", slot_of<&S::items, &S::Items::category_popularity>, 0, 3,
                       "Zipf exponent", moves_everything,
                       "How unequal the categories are in number of items."));
    t.push_back(number("items.popularity", slot_of<&S::items, &S::Items::popularity>, 0, 3, "Zipf exponent",
                       moves_everything, "Clicks of the item of rank k fall as k to minus this."));
    t.push_back(number("items.category_share", slot_of<&S::items, &S::Items::category_share>, 0, 1,
                       "share of variance", moves_features | moves_outcomes,
                       "Share of appeal, return-proneness and log price that lies between categories."));
    t.push_back(number("items.brands_per_category", slot_of<&S::items, &S::Items::brands_per_category>, 1,
                       65535, "brands", moves_features, "Brands in each category."));
    t.push_back(number("items.entering", slot_of<&S::items, &S::Items::entering>, 0, 10,
                       "per item of items.count", moves_added_clicks,
                       "More items, which enter evenly over the days of the log; their clicks are added."));
    t.push_back(numbers("hours.traffic", slot_of<&S::hours, &S::Hours::traffic>, 24, 1e-6, 1e6,
                        "relative rate", moves_everything,
                        "Clicks per hour at local hours 0 … 23, linear in between; only ratios count."));
    t.push_back(numbers(
        "hours.conversion", slot_of<&S::hours, &S::Hours::conversion>, 24, -5, 5, "logit", moves_outcomes,
        "Added to the conversion logit at local hours 0 … 23 of the click, linear in between."));
    t.push_back(numbers("hours.refund", slot_of<&S::hours, &S::Hours::refund>, 24, -5, 5, "logit",
                        moves_refunds,
                        "Added to the refund logit at local hours 0 … 23 of the click, linear in between."));
    t.push_back(numbers("weekdays.traffic", slot_of<&S::weekdays, &S::Weekdays::traffic>, 7, 1e-6, 1e6,
                        "relative rate", moves_everything,
                        "Clicks on local days, Monday first; only ratios count."));
    t.push_back(numbers("weekdays.conversion", slot_of<&S::weekdays, &S::Weekdays::conversion>, 7, -5, 5,
                        "logit", moves_outcomes,
                        "Added to the conversion logit by local day of the click, Monday first."));
    t.push_back(numbers("weekdays.refund", slot_of<&S::weekdays, &S::Weekdays::refund>, 7, -5, 5, "logit",
                        moves_refunds, "Added to the refund logit by local day of the click, Monday first."));
}

void add_promotion(Fields& t) {
    t.push_back(duration("promotion.begin", slot_of<&S::promotion, &S::Promotion::begin>, 0, year,
                         moves_added_clicks | moves_outcomes, "Second at which the promotion begins."));
    t.push_back(duration("promotion.duration", slot_of<&S::promotion, &S::Promotion::duration>, 0, year,
                         moves_added_clicks | moves_outcomes, "How long it lasts; 0s = there is none."));
    t.push_back(duration("promotion.every", slot_of<&S::promotion, &S::Promotion::every>, 0, year,
                         moves_added_clicks | moves_outcomes, "From begin to begin; 0s = it comes once."));
    t.push_back(number("promotion.traffic", slot_of<&S::promotion, &S::Promotion::traffic>, 0, 100,
                       "per usual click", moves_added_clicks,
                       "Clicks added while it lasts; the usual ones stay as they are."));
    const auto effect = [&](std::string_view name, Slot (*slot)(void*), std::string_view unit, unsigned moves,
                            std::string_view help) {
        t.push_back(number(name, slot, -5, 5, unit, moves, help));
    };
    effect("promotion.conversion", slot_of<&S::promotion, &S::Promotion::conversion>, "logit", moves_outcomes,
           "Added to the conversion logit of its clicks.");
    effect("promotion.conversion_delay", slot_of<&S::promotion, &S::Promotion::conversion_delay>,
           "log seconds", moves_outcomes, "Added to the log scale of their conversion delays.");
    effect("promotion.refund", slot_of<&S::promotion, &S::Promotion::refund>, "logit", moves_refunds,
           "Added to the refund logit of its clicks: the wave that follows.");
    effect("promotion.refund_delay", slot_of<&S::promotion, &S::Promotion::refund_delay>, "log seconds",
           moves_refunds, "Added to the log scale of their refund delays.");
}

void add_conversion(Fields& t) {
    const auto weight = [&](std::string_view name, Slot (*slot)(void*), std::string_view help) {
        t.push_back(number(name, slot, -5, 5, "logit per sd", moves_outcomes, help));
    };
    weight("conversion.user", slot_of<&S::conversion, &S::Conversion::user>,
           "Weight of the user's purchase trait in the conversion logit.");
    weight("conversion.item", slot_of<&S::conversion, &S::Conversion::item>, "Weight of the item's appeal.");
    weight("conversion.affinity", slot_of<&S::conversion, &S::Conversion::affinity>,
           "Weight of the low-rank user × item affinity.");
    weight("conversion.price", slot_of<&S::conversion, &S::Conversion::price>,
           "Weight of the item's standardised log price.");
    weight("conversion.position", slot_of<&S::conversion, &S::Conversion::position>,
           "Weight of the ad position, from best to worst.");
    weight("conversion.channel", slot_of<&S::conversion, &S::Conversion::channel>,
           "Weight of the channel's effect.");
    weight("conversion.hour", slot_of<&S::conversion, &S::Conversion::hour>, "Multiplies hours.conversion.");
    t.push_back(number(
        "intent.considered", slot_of<&S::intent, &S::Intent::considered>, 0, 1, "of conversions ever",
        moves_outcomes,
        "P(considered | converts) of an average click; the rest buy on impulse. 0 or 1 leaves one class."));
    weight("intent.haste", slot_of<&S::intent, &S::Intent::haste>,
           "Lowers the logit of considered intent per sd of the user's haste.");
    weight("intent.price", slot_of<&S::intent, &S::Intent::price>,
           "Raises the logit of considered intent per sd of log price.");
    t.push_back(text("conversion_delay.family", slot_of<&S::conversion_delay, &S::Delay::family>, families,
                     moves_outcomes, "Law of the conversion delay given the intent class."));
    t.push_back(numbers("conversion_delay.shape", slot_of<&S::conversion_delay, &S::Delay::shape>, 2, 0.05,
                        20, "1", moves_outcomes,
                        "Shape for impulse and for considered buyers; log-normal: 1 / sd of the log."));
    t.push_back(number("conversion_delay.ratio", slot_of<&S::conversion_delay, &S::Delay::ratio>, 1e-6, 1e6,
                       "1", moves_outcomes, "Delay scale of considered over impulse buyers."));
    t.push_back(number("conversion_delay.haste", slot_of<&S::conversion_delay, &S::Delay::haste>, -3, 3,
                       "log seconds per sd", moves_outcomes, "Effect of the user's haste on the log scale."));
    t.push_back(text("conversion_delay.considered_family",
                     slot_of<&S::conversion_delay, &S::Delay::considered_family>, families_or_same,
                     moves_outcomes, "Law for considered buyers, if it is not of the family above."));
    t.push_back(number("conversion_delay.propensity", slot_of<&S::conversion_delay, &S::Delay::propensity>,
                       -3, 3, "log seconds per logit", moves_outcomes,
                       "Effect of the conversion logit on the log scale: < 0 makes likely buyers fast."));
    t.push_back(number("conversion_delay.price", slot_of<&S::conversion_delay, &S::Delay::price>, -3, 3,
                       "log seconds per sd", moves_outcomes, "Effect of log price on the log scale."));
    t.push_back(duration("conversion_delay.minimum", slot_of<&S::conversion_delay, &S::Delay::minimum>, 0,
                         100.0 * day, moves_outcomes, "Nobody converts sooner after the click."));
    t.push_back(duration("conversion_delay.scale", slot_of<&S::conversion_delay, &S::Delay::scale>, 0,
                         100.0 * day, moves_outcomes,
                         "Of impulse buyers' delays; 0s = solved for targets.conversion_delay_median."));
}

void add_refund(Fields& t) {
    const auto weight = [&](std::string_view name, Slot (*slot)(void*), std::string_view help) {
        t.push_back(number(name, slot, -5, 5, "logit per sd", moves_refunds, help));
    };
    weight("refund.user", slot_of<&S::refund, &S::Refund::user>,
           "Weight of the user's refund trait in the refund logit.");
    weight("refund.item", slot_of<&S::refund, &S::Refund::item>, "Weight of the item's return-proneness.");
    weight("refund.affinity", slot_of<&S::refund, &S::Refund::affinity>,
           "Weight of the user × item affinity.");
    weight("refund.price", slot_of<&S::refund, &S::Refund::price>,
           "Weight of the item's standardised log price.");
    weight("refund.channel", slot_of<&S::refund, &S::Refund::channel>, "Weight of the channel's effect.");
    t.push_back(number("refund.considered", slot_of<&S::refund, &S::Refund::considered>, -5, 5, "logit",
                       moves_refunds,
                       "Added for considered buyers; makes conversion delay and refund dependent."));
    weight("refund.appeal", slot_of<&S::refund, &S::Refund::appeal>, "Weight of the item's appeal.");
    weight("refund.hour", slot_of<&S::refund, &S::Refund::hour>, "Multiplies hours.refund.");
    t.push_back(text("refund_delay.family", slot_of<&S::refund_delay, &S::RefundDelay::family>, families,
                     moves_refunds, "Law of the refund delay given the refund class, cancel or return."));
    t.push_back(numbers("refund_delay.shape", slot_of<&S::refund_delay, &S::RefundDelay::shape>, 2, 0.05, 20,
                        "1", moves_refunds,
                        "Shape for cancellations and for returns; log-normal: 1 / sd of the log."));
    t.push_back(number("refund_delay.ratio", slot_of<&S::refund_delay, &S::RefundDelay::ratio>, 1e-6, 1e6,
                       "1", moves_refunds, "Delay scale of returns over cancellations."));
    t.push_back(number("refund_delay.haste", slot_of<&S::refund_delay, &S::RefundDelay::haste>, -3, 3,
                       "log seconds per sd", moves_refunds, "Effect of the user's haste on the log scale."));
    t.push_back(text("refund_delay.return_family", slot_of<&S::refund_delay, &S::RefundDelay::return_family>,
                     families_or_same, moves_refunds, "Law of returns, if it is not of the family above."));
    t.push_back(number("refund_delay.propensity", slot_of<&S::refund_delay, &S::RefundDelay::propensity>, -3,
                       3, "log seconds per logit", moves_refunds,
                       "Effect of the refund logit on the log scale: < 0 makes likely refunds fast."));
    t.push_back(numbers("refund_delay.return_share", slot_of<&S::refund_delay, &S::RefundDelay::return_share>,
                        2, 0, 1, "of refunds ever", moves_refunds,
                        "P(return, not cancellation | refund) for impulse and for considered buyers."));
    t.push_back(duration("refund_delay.minimum", slot_of<&S::refund_delay, &S::RefundDelay::minimum>, 0,
                         100.0 * day, moves_refunds, "Nobody is refunded sooner after the conversion."));
    t.push_back(number("refund.unreported", slot_of<&S::refund, &S::Refund::unreported>, 0, 1, "of refunds",
                       moves_refund_only, "P(the log never hears of it | refund)."));
}

/// The rows of one drift; names and units live as long as the program.
template <auto Section>
void add_drift(Fields& t, const std::string& section, const std::string& unit, unsigned moves) {
    static std::vector<std::string> kept;
    kept.reserve(16);
    const auto keep = [&](const std::string& text) -> std::string_view { return kept.emplace_back(text); };
    const auto name = [&](const char* key) { return keep(section + key); };
    const std::string_view size = keep(unit);
    t.push_back(number(name(".walk"), slot_of<Section, &S::Drift::walk>, 0, 2,
                       keep(unit + " per square-root day"), moves,
                       "Daily random walk of each category; 0 switches it off."));
    t.push_back(number(name(".step"), slot_of<Section, &S::Drift::step>, -5, 5, size, moves,
                       "Added from step_at on."));
    t.push_back(duration(name(".step_at"), slot_of<Section, &S::Drift::step_at>, 0, year, moves,
                         "Second of the step."));
    t.push_back(number(name(".ramp"), slot_of<Section, &S::Drift::ramp>, -5, 5, size, moves,
                       "Added, growing evenly from 0 at ramp_begin to this at ramp_end and after."));
    t.push_back(duration(name(".ramp_begin"), slot_of<Section, &S::Drift::ramp_begin>, 0, year, moves,
                         "Second at which the ramp begins."));
    t.push_back(duration(name(".ramp_end"), slot_of<Section, &S::Drift::ramp_end>, 0, year, moves,
                         "Second at which the ramp ends."));
    t.push_back(number(name(".wave"), slot_of<Section, &S::Drift::wave>, -5, 5, size, moves,
                       "Added times the sine of 2π · second / wave_period."));
    t.push_back(duration(name(".wave_period"), slot_of<Section, &S::Drift::wave_period>, 1, year, moves,
                         "Period of the wave."));
}

void add_drifts(Fields& t) {
    add_drift<&S::conversion_drift>(t, "conversion_drift", "logit", moves_outcomes);
    add_drift<&S::conversion_delay_drift>(t, "conversion_delay_drift", "log seconds", moves_outcomes);
    add_drift<&S::refund_drift>(t, "refund_drift", "logit", moves_refunds);
    add_drift<&S::refund_delay_drift>(t, "refund_delay_drift", "log seconds", moves_refunds);
}

void add_repeats(Fields& t) {
    const auto effect = [&](std::string_view name, Slot (*slot)(void*), std::string_view unit,
                            std::string_view help) {
        t.push_back(number(name, slot, -3, 3, unit, moves_repeats, help));
    };
    effect("repeats.user", slot_of<&S::repeats, &S::Repeats::user>, "log mean per sd",
           "Effect of the user's purchase trait on the mean number of repeats per conversion.");
    effect("repeats.activity", slot_of<&S::repeats, &S::Repeats::activity>, "log mean per sd",
           "Effect of the user's activity trait on it.");
    effect("repeats.considered", slot_of<&S::repeats, &S::Repeats::considered>, "log mean",
           "Added for considered buyers.");
    t.push_back(number("repeats.cap", slot_of<&S::repeats, &S::Repeats::cap>, 0.001, 100,
                       "repeats per conversion", moves_repeats, "No mean is larger than this."));
    t.push_back(text("repeats.gap_family", slot_of<&S::repeats, &S::Repeats::gap_family>, families,
                     moves_repeats, "Law of the time from the first purchase to a repeat."));
    t.push_back(number("repeats.gap_shape", slot_of<&S::repeats, &S::Repeats::gap_shape>, 0.05, 20, "1",
                       moves_repeats, "Its shape; log-normal: 1 / sd of the log."));
    t.push_back(duration("repeats.gap_median", slot_of<&S::repeats, &S::Repeats::gap_median>, 1, year,
                         moves_repeats, "Its median, of all repeats ever."));
    t.push_back(duration("repeats.attribution", slot_of<&S::repeats, &S::Repeats::attribution>, 1, year,
                         moves_truth, "W_rep: a repeat counts in gmv iff its gap < W_rep."));
}

void add_money(Fields& t) {
    t.push_back(number("money.price_median", slot_of<&S::money, &S::Money::price_median>, 0, 1e6, "currency",
                       moves_money, "Median price over items; 0 = a log without money."));
    t.push_back(number("money.price_spread", slot_of<&S::money, &S::Money::price_spread>, 0, 3,
                       "sd of log price", moves_money, "Between items; the price trait in units of money."));
    t.push_back(number("money.value_spread", slot_of<&S::money, &S::Money::value_spread>, 0, 1.2,
                       "sd of log value", moves_money, "Of an order's value about its item's price."));
    t.push_back(number("money.partial", slot_of<&S::money, &S::Money::partial>, 0, 1, "of refunds",
                       moves_money,
                       "P(partial | refund): an even share of the value is paid back, else all."));
    t.push_back(number("hidden.conversion", slot_of<&S::hidden, &S::Hidden::conversion>, 0, 5, "sd of logit",
                       moves_outcomes, "Of what sways a click's conversion and no feature shows."));
    t.push_back(number("hidden.refund", slot_of<&S::hidden, &S::Hidden::refund>, 0, 5, "sd of logit",
                       moves_refunds, "Of what sways a click's refund and no feature shows."));
}

void add_prior_period(Fields& t) {
    t.push_back(duration("prior_period.duration", slot_of<&S::prior_period, &S::PriorPeriod::duration>, 0,
                         year, moves_prior,
                         "A period before the log by which users are sampled; 0s = none."));
    t.push_back(number("prior_period.persistence", slot_of<&S::prior_period, &S::PriorPeriod::persistence>, 0,
                       1, "correlation", moves_prior,
                       "Correlation of a user's activity and purchase traits with what they were then."));
    t.push_back(number("prior_period.off_log_purchases",
                       slot_of<&S::prior_period, &S::PriorPeriod::off_log_purchases>, 0, 1e3,
                       "purchases per user and day", moves_prior,
                       "Purchases then that belong to no logged click, of a user with average traits."));
    t.push_back(number("prior_period.off_log_user", slot_of<&S::prior_period, &S::PriorPeriod::off_log_user>,
                       -5, 5, "log mean per sd", moves_prior, "Effect of the purchase trait on them."));
    t.push_back(number("prior_period.off_log_activity",
                       slot_of<&S::prior_period, &S::PriorPeriod::off_log_activity>, -5, 5, "log mean per sd",
                       moves_prior, "Effect of the activity trait on them."));
}

void add_targets(Fields& t) {
    t.push_back(
        text("targets.hold", slot_of<&S::targets, &S::Targets::hold>, {"window", "ever"}, moves_outcomes,
             "What cvr and the two refunds_per_conversion count: events within W_A and W_R, or events "
             "ever, so that other delays and windows change no propensity."));
    t.push_back(number("targets.cvr", slot_of<&S::targets, &S::Targets::cvr>, 1e-5, 0.95,
                       "per click, within W_A", moves_outcomes,
                       "P(first conversion within W_A | click), averaged over clicks."));
    t.push_back(number(
        "targets.refunds_per_conversion", slot_of<&S::targets, &S::Targets::refunds_per_conversion>, 0, 0.95,
        "per conversion within W_A, within W_R", moves_refund_only,
        "P(refund within W_R | conversion within W_A), averaged over conversions; 0 switches refunds off."));
    t.push_back(duration("targets.conversion_delay_median",
                         slot_of<&S::targets, &S::Targets::conversion_delay_median>, 0, year, moves_outcomes,
                         "Median conversion delay given a conversion within W_A; 0s makes every delay 0."));
    t.push_back(duration("targets.refund_delay_median",
                         slot_of<&S::targets, &S::Targets::refund_delay_median>, 0, year, moves_refunds,
                         "Median refund delay given a refund within W_R; 0s makes every delay 0."));
    t.push_back(number("targets.reference_refunds_per_conversion",
                       slot_of<&S::targets, &S::Targets::reference_refunds_per_conversion>, 1e-5, 0.95,
                       "per conversion within W_A, within W_R", moves_refunds,
                       "Sparsity at which refund_delay_median is met; fixed, so that the sparsity dial "
                       "leaves refund delays alone."));
    const auto optional = [&](std::string_view name, Slot (*slot)(void*), double high, std::string_view unit,
                              unsigned moves, std::string_view help) {
        t.push_back(number(name, slot, 0, high, unit, moves, help));
    };
    optional(
        "targets.purchases_per_click", slot_of<&S::targets, &S::Targets::purchases_per_click>, 10,
        "events per click, ever", moves_outcomes,
        "First purchases and repeats; solves the delay of considered over impulse buyers. 0 = no target.");
    optional("targets.repurchases_per_click", slot_of<&S::targets, &S::Targets::repurchases_per_click>, 10,
             "events per click, ever", moves_repeats,
             "Purchases beyond a click's first; 0 = there are none.");
    optional("targets.refunds_per_click", slot_of<&S::targets, &S::Targets::refunds_per_click>, 10,
             "events per click, ever", moves_repeats,
             "Refunds of first purchases and of repeats, at the reference sparsity; solves how much more "
             "often repeats are refunded. 0 = no target.");
    optional(
        "targets.bayes_auc_cvr", slot_of<&S::targets, &S::Targets::bayes_auc_cvr>, 0.99, "1", moves_outcomes,
        "Expected AUC of the true cvr itself; solves the spread of the conversion logit. 0 = no target.");
    optional("targets.bayes_auc_net_cvr", slot_of<&S::targets, &S::Targets::bayes_auc_net_cvr>, 0.99, "1",
             moves_refunds,
             "Expected AUC of the true net_cvr itself, at the reference sparsity; solves the spread of the "
             "refund logit. 0 = no target.");
    optional("targets.hourly_cvr_ratio", slot_of<&S::targets, &S::Targets::hourly_cvr_ratio>, 100, "1",
             moves_outcomes,
             "Highest over lowest cvr of the 24 local hours; solves the size of hours.conversion. 0 = no "
             "target.");
    const auto solved = [&](std::string_view name, Slot (*slot)(void*), unsigned moves,
                            std::string_view unit) {
        t.push_back(number(name, slot, -100, 100, unit, moves,
                           "Found by calibration; used only if solved.key matches the world."));
    };
    solved("solved.conversion_intercept", slot_of<&S::solved, &S::Solved::conversion_intercept>,
           moves_nothing, "logit");
    solved("solved.conversion_delay_log_scale", slot_of<&S::solved, &S::Solved::conversion_delay_log_scale>,
           moves_nothing, "log seconds");
    solved("solved.conversion_spread", slot_of<&S::solved, &S::Solved::conversion_spread>, moves_nothing,
           "1");
    solved("solved.conversion_hour", slot_of<&S::solved, &S::Solved::conversion_hour>, moves_nothing, "1");
    solved("solved.conversion_delay_log_ratio", slot_of<&S::solved, &S::Solved::conversion_delay_log_ratio>,
           moves_nothing, "log ratio");
    solved("solved.refund_spread", slot_of<&S::solved, &S::Solved::refund_spread>, moves_nothing, "1");
    solved("solved.repeat_log_mean", slot_of<&S::solved, &S::Solved::repeat_log_mean>, moves_nothing,
           "log repeats");
    solved("solved.repeat_refund_shift", slot_of<&S::solved, &S::Solved::repeat_refund_shift>, moves_nothing,
           "logit");
    solved("solved.refund_intercept", slot_of<&S::solved, &S::Solved::refund_intercept>, moves_nothing,
           "logit");
    solved("solved.refund_delay_log_scale", slot_of<&S::solved, &S::Solved::refund_delay_log_scale>,
           moves_nothing, "log seconds");
    t.push_back(text("solved.key", slot_of<&S::solved, &S::Solved::key>, {}, moves_nothing,
                     "Digest of the fields the solution belongs to."));
}

}  // namespace

const std::vector<Field>& scenario_fields() {
    static const std::vector<Field> table = [] {
        std::vector<Field> t;
        add_log(t);
        add_population(t);
        add_conversion(t);
        add_refund(t);
        add_drifts(t);
        add_promotion(t);
        add_repeats(t);
        add_money(t);
        add_prior_period(t);
        add_targets(t);
        return t;
    }();
    return table;
}

}  // namespace netcvr
