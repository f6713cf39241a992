// The law of a click in columns: what world.h's formulas say at the scenario's windows.
#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/math.h"
#include "sim/vector_clones.h"
#include "sim/world.h"

namespace netcvr {

VECTOR_CLONES
void logistic_column(double shift, std::span<const double> x, std::span<double> out) {
#pragma omp simd
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = math::logistic(shift + x[i]);
}

double log_window(Time window, Time minimum) {
    return window > minimum ? math::log(static_cast<double>(window - minimum))
                            : -std::numeric_limits<double>::infinity();
}

namespace {

VECTOR_CLONES
void weibull_column(double shape, double x, std::span<const double> log_scale, std::span<double> out) {
#pragma omp simd
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = math::one_minus_exp(math::exp(shape * (x - log_scale[i])));
}

VECTOR_CLONES
void log_logistic_column(double shape, double x, std::span<const double> log_scale, std::span<double> out) {
#pragma omp simd
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = math::logistic(shape * (x - log_scale[i]));
}

}  // namespace

void mass_within(const DelayLaw& law,
                 bool delayed,
                 double log_window,
                 double offset,
                 std::span<const double> log_scale,
                 std::span<double> out) {
    if (!delayed || !std::isfinite(log_window)) {
        std::fill(out.begin(), out.end(), delayed ? 0.0 : 1.0);
        return;
    }
    const double x = log_window - offset;
    switch (law.family) {
        case Family::exponential:
            return weibull_column(1, x, log_scale, out);
        case Family::weibull:
            return weibull_column(law.shape, x, log_scale, out);
        case Family::log_logistic:
            return log_logistic_column(law.shape, x, log_scale, out);
        case Family::log_normal:
        case Family::gamma:
            for (std::size_t i = 0; i < out.size(); ++i) out[i] = law.cdf_of_log(x - log_scale[i]);
    }
}

double conversion_delay_log_ratio(const Scenario& s) {
    return s.targets.purchases_per_click > 0 ? s.solved.conversion_delay_log_ratio
                                             : math::log(s.conversion_delay.ratio);
}

namespace {

/// μ_k and ρ'_k.
void evaluate_repeats(const Scenario& s, const Predictors& x, Law& law) {
    const std::size_t n = x.repeat.size();
    for (std::size_t k = 0; k < 2; ++k) {
        law.repeat_mean[k].resize(n);
        law.repeat_refund[k].assign(n, 0.0);
        const double level = s.solved.repeat_log_mean + (k == 1 ? s.repeats.considered : 0);
        for (std::size_t i = 0; i < n; ++i)
            law.repeat_mean[k][i] = std::min(math::exp(level + x.repeat[i]), s.repeats.cap);
        if (n > 0 && s.has_refunds())
            logistic_column(
                s.solved.refund_intercept + s.solved.repeat_refund_shift + (k == 1 ? s.refund.considered : 0),
                x.refund, law.repeat_refund[k]);
    }
}

/// The truth from the law of each class; G_k from that of each refund class.
VECTOR_CLONES
void mix_classes(const Scenario& s, const Predictors& x, Law& law) {
    const std::size_t n = law.cvr.size();
    const double returned0 = s.refund_delay.return_share[0], returned1 = s.refund_delay.return_share[1];
#pragma omp simd  // the columns do not overlap
    for (std::size_t i = 0; i < n; ++i) {
        const double cancel = law.refund_within[0][i], back = law.refund_within[1][i];
        const double g0 = (1 - returned0) * cancel + returned0 * back;
        const double g1 = (1 - returned1) * cancel + returned1 * back;
        const double impulse = (1 - x.considered[i]) * law.within_attribution[0][i];
        const double considered = x.considered[i] * law.within_attribution[1][i];
        const double converted = impulse + considered;
        const double refunded = impulse * law.refund[0][i] * g0 + considered * law.refund[1][i] * g1;
        const double c = law.conversion[i];
        law.refund_within[0][i] = g0, law.refund_within[1][i] = g1;
        law.cvr[i] = c * converted;
        law.refund_rate[i] = converted > 0 ? refunded / converted : 0;  // 0 where no conversion counts
        law.net_cvr[i] = c * (converted - refunded);
    }
}

}  // namespace

void evaluate(const World& world, const Predictors& x, Law& law) {
    const Scenario& s = world.scenario;
    const std::size_t n = x.conversion.size();
    for (auto* column : {&law.conversion, &law.refund[0], &law.refund[1], &law.within_attribution[0],
                         &law.within_attribution[1], &law.refund_within[0], &law.refund_within[1], &law.cvr,
                         &law.refund_rate, &law.net_cvr})
        column->resize(n);

    const double window_c = log_window(s.windows.conversion_attribution, s.conversion_delay.minimum);
    const double window_r = log_window(s.windows.refund_attribution, s.refund_delay.minimum);
    const bool delayed_c = s.targets.conversion_delay_median > 0,
               delayed_r = s.targets.refund_delay_median > 0;
    for (std::size_t k = 0; k < 2; ++k) {
        const double offset = k == 1 ? conversion_delay_log_ratio(s) : 0;
        mass_within(world.conversion_law[k], delayed_c, window_c,
                    s.solved.conversion_delay_log_scale + offset, x.conversion_log_scale,
                    law.within_attribution[k]);
        const double offset_r = k == 1 ? math::log(s.refund_delay.ratio) : 0;
        mass_within(world.refund_law[k], delayed_r, window_r, s.solved.refund_delay_log_scale + offset_r,
                    x.refund_log_scale, law.refund_within[k]);  // by refund class, mixed below
    }
    logistic_column(s.solved.conversion_intercept, x.conversion, law.conversion);
    for (std::size_t k = 0; k < 2; ++k) {
        if (s.has_refunds())
            logistic_column(s.solved.refund_intercept + (k == 1 ? s.refund.considered : 0), x.refund,
                            law.refund[k]);
        else
            std::fill(law.refund[k].begin(), law.refund[k].end(), 0.0);
    }
    mix_classes(s, x, law);
    evaluate_repeats(s, x, law);
}

}  // namespace netcvr
