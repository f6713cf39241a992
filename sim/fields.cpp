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
const std::vector<std::string_view> families = {"exponential", "weibull", "log-normal", "log-logistic"};

void add_log(Fields& t) {
    t.push_back(text("name", slot_of<&S::name>, {}, moves_nothing,
                     "What the scenario is called in tables and reports."));
    t.push_back(integer("seed", slot_of<&S::seed>, 0, 9.2e18, "", moves_everything,
                        "Addresses every random number of the world."));
    t.push_back(number("scale", slot_of<&S::scale>, 1e-6, 1e3, "1", moves_everything,
                       "Multiplies log.clicks, users.count and items.count; \"1/41\" is accepted."));
    t.push_back(number("log.clicks", slot_of<&S::log, &S::Log::clicks>, 1, 1e10, "clicks", moves_everything,
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
                       1e6, "brands", moves_features, "Brands in each category."));
    t.push_back(numbers("hours.traffic", slot_of<&S::hours, &S::Hours::traffic>, 24, 1e-6, 1e6,
                        "relative rate", moves_everything,
                        "Clicks per hour at local hours 0 … 23, linear in between; only ratios count."));
    t.push_back(numbers(
        "hours.conversion", slot_of<&S::hours, &S::Hours::conversion>, 24, -5, 5, "logit", moves_outcomes,
        "Added to the conversion logit at local hours 0 … 23 of the click, linear in between."));
    t.push_back(numbers("hours.refund", slot_of<&S::hours, &S::Hours::refund>, 24, -5, 5, "logit",
                        moves_refunds,
                        "Added to the refund logit at local hours 0 … 23 of the click, linear in between."));
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
    t.push_back(number("conversion_delay.price", slot_of<&S::conversion_delay, &S::Delay::price>, -3, 3,
                       "log seconds per sd", moves_outcomes, "Effect of log price on the log scale."));
    t.push_back(duration("conversion_delay.minimum", slot_of<&S::conversion_delay, &S::Delay::minimum>, 0,
                         100.0 * day, moves_outcomes, "Nobody converts sooner after the click."));
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
    t.push_back(numbers("refund_delay.return_share", slot_of<&S::refund_delay, &S::RefundDelay::return_share>,
                        2, 0, 1, "of refunds ever", moves_refunds,
                        "P(return, not cancellation | refund) for impulse and for considered buyers."));
    t.push_back(duration("refund_delay.minimum", slot_of<&S::refund_delay, &S::RefundDelay::minimum>, 0,
                         100.0 * day, moves_refunds, "Nobody is refunded sooner after the conversion."));
    t.push_back(number("drift.conversion", slot_of<&S::drift, &S::Drift::conversion>, 0, 2,
                       "logit per square-root day", moves_outcomes,
                       "Daily random walk of each category's conversion logit; 0 switches it off."));
    t.push_back(number("drift.refund", slot_of<&S::drift, &S::Drift::refund>, 0, 2,
                       "logit per square-root day", moves_refunds,
                       "Daily random walk of each category's refund logit; 0 switches it off."));
}

void add_targets(Fields& t) {
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
    const auto solved = [&](std::string_view name, Slot (*slot)(void*), unsigned moves,
                            std::string_view unit) {
        t.push_back(number(name, slot, -100, 100, unit, moves,
                           "Found by calibration; used only if solved.key matches the world."));
    };
    solved("solved.conversion_intercept", slot_of<&S::solved, &S::Solved::conversion_intercept>,
           moves_nothing, "logit");
    solved("solved.conversion_delay_log_scale", slot_of<&S::solved, &S::Solved::conversion_delay_log_scale>,
           moves_nothing, "log seconds");
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
        add_targets(t);
        return t;
    }();
    return table;
}

}  // namespace netcvr
