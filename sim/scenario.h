#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/fields.h"
#include "sim/time.h"
#include "sim/windows.h"

namespace netcvr {

/// A column of the log: a noisy, binned or hashed view of something the world knows. [[features]] in a
/// scenario.
struct Feature {
    std::string name;
    std::string source;  // a row of feature_sources(): "user.id", "item.category", "context.hour", …
    std::int64_t cardinality = 16;  // values 0 … cardinality − 1
    double fidelity = 1;  // squared correlation with a score; probability that an id is shown unchanged
    double missing = 0;   // probability that a click shows −1 instead
    bool operator==(const Feature&) const = default;
};

/// Everything that defines a world. Plain numbers; units, ranges and meanings stand in scenario_fields(). The
/// mathematics is at the top of world.h.
struct Scenario {
    std::string name = "custom";
    std::int64_t seed = 1;
    double scale = 1;

    struct Log {
        double clicks = 1e6;
        Time duration = 25 * day;
        Time follow_up = 6 * day;
        std::string time_origin = "2025-04-30T16:00:00Z";
        Time utc_offset = 8 * hour;
    } log;
    Windows windows;
    Protocol protocol;

    struct Users {
        double count = 50000;
        double activity_spread = 1.2;
        double activity_cap = 40;
        double explained = 0.6;
        double entering = 0;
    } users;
    struct Correlation {
        double activity_purchase = -0.2, activity_refund = 0.3, activity_haste = 0;
        double purchase_refund = 0.1, purchase_haste = 0.3, refund_haste = 0.1;
    } correlation;
    struct Items {
        double count = 75000;
        std::int64_t categories = 60;
        double category_popularity = 0.7;
        double popularity = 0.9;
        double category_share = 0.4;
        double brands_per_category = 50;
        double entering = 0;
    } items;
    struct Hours {
        std::vector<double> traffic = std::vector<double>(24, 1.0);
        std::vector<double> conversion = std::vector<double>(24, 0.0);
        std::vector<double> refund = std::vector<double>(24, 0.0);
    } hours;
    struct Weekdays {
        std::vector<double> traffic = std::vector<double>(7, 1.0);
        std::vector<double> conversion = std::vector<double>(7, 0.0);
        std::vector<double> refund = std::vector<double>(7, 0.0);
    } weekdays;
    struct Promotion {
        Time begin = 0, duration = 0, every = 0;
        double traffic = 0, conversion = 0, conversion_delay = 0, refund = 0, refund_delay = 0;
    } promotion;

    struct Conversion {
        double user = 0.7, item = 0.6, affinity = 0.4, price = -0.15, position = 0.15, channel = 0.15,
               hour = 1;
    } conversion;
    struct Intent {
        double considered = 0.35, haste = 0.5, price = 0.4;
    } intent;
    struct Delay {
        std::string family = "weibull", considered_family = "same";
        std::vector<double> shape = {0.7, 0.7};
        double ratio = 100, haste = -0.4, price = 0.1, propensity = 0;
        Time minimum = 0, scale = 0;
    } conversion_delay;
    struct Refund {
        double user = 0.8, item = 0.7, appeal = 0, affinity = -0.3, price = 0.15, considered = -0.3,
               channel = 0.1, hour = 1, unreported = 0;
    } refund;
    struct RefundDelay {
        std::string family = "weibull", return_family = "same";
        std::vector<double> shape = {0.8, 1.2};
        double ratio = 60, haste = -0.2, propensity = 0;
        std::vector<double> return_share = {0.5, 0.7};
        Time minimum = 0;
    } refund_delay;
    /// Of a logit or of a log delay scale.
    struct Drift {
        double walk = 0;
        double step = 0, ramp = 0, wave = 0;
        Time step_at = 0, ramp_begin = 0, ramp_end = 25 * day, wave_period = 7 * day;
    };
    Drift conversion_drift{.walk = 0.1}, conversion_delay_drift, refund_drift{.walk = 0.1},
        refund_delay_drift;

    struct Repeats {
        double user = 0.3, activity = 0, considered = 0, cap = 20;
        std::string gap_family = "weibull";
        double gap_shape = 0.7;
        Time gap_median = 2 * day, attribution = 3 * day;
    } repeats;
    struct Money {
        double price_median = 0, price_spread = 1, value_spread = 0.3, partial = 0.1;
    } money;
    struct Hidden {
        double conversion = 0, refund = 0;
    } hidden;
    struct PriorPeriod {
        Time duration = 0;
        double persistence = 1;
        double off_log_purchases = 0, off_log_user = 0, off_log_activity = 0;
    } prior_period;

    struct Targets {
        std::string hold =
            "window";  // what cvr and refunds_per_conversion count: within the windows, or ever
        double cvr = 0.0665;
        double refunds_per_conversion = 0.245;
        Time conversion_delay_median = 360;
        Time refund_delay_median = 14040;
        double reference_refunds_per_conversion = 0.245;
        double purchases_per_click = 0, repurchases_per_click = 0, refunds_per_click = 0;
        double bayes_auc_cvr = 0, bayes_auc_net_cvr = 0;
        double hourly_cvr_ratio = 0;
    } targets;

    /// What calibration found; `key` says for which world, so a resolved scenario is not solved again.
    struct Solved {
        double conversion_intercept = 0, conversion_delay_log_scale = 0;
        double conversion_spread = 1, conversion_hour = 1, conversion_delay_log_ratio = 0;
        double refund_intercept = 0, refund_delay_log_scale = 0, refund_spread = 1;
        double repeat_log_mean = 0, repeat_refund_shift = 0;
        std::string key;
    } solved;

    std::vector<Feature> features;

    double mean_clicks() const { return log.clicks * scale; }
    std::int64_t user_count() const { return scaled(users.count); }
    std::int64_t item_count() const { return scaled(items.count); }
    bool has_refunds() const { return targets.refunds_per_conversion > 0; }
    bool holds_ever() const { return targets.hold == "ever"; }
    bool has_repeats() const { return targets.repurchases_per_click > 0; }
    bool has_money() const { return money.price_median > 0; }
    bool has_promotion() const { return promotion.duration > 0; }
    bool has_hidden() const { return hidden.conversion > 0 || hidden.refund > 0; }

private:
    std::int64_t scaled(double count) const {
        const auto n = static_cast<std::int64_t>(std::round(count * scale));
        return n < 1 ? 1 : n;
    }
};

/// The table of scenario fields (all but [[features]], whose rows have the five keys of Feature).
const std::vector<Field>& scenario_fields();

/// Checks that no single range can express: gap and follow-up against the windows, a correlation matrix that
/// is one, known feature sources, array lengths. Throws InputError (scenario) naming the keys.
void check(const Scenario& scenario);

}  // namespace netcvr
