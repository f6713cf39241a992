#include "estimators/tuning.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "estimators/stage.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

/// The first n clicks, with what happened to them.
ClickLog first_clicks(const ClickLog& log, std::size_t n) {
    ClickLog first = log;
    const auto cut = [n](auto& column) { column.resize(std::min(column.size(), n)); };
    cut(first.click_time), cut(first.conversion_time), cut(first.refund_time);
    cut(first.user_id), cut(first.item_id);
    cut(first.order_value), cut(first.refund_value);
    for (FeatureColumn& feature : first.features) cut(feature.value);
    first.purchases = {};
    first.has_purchases = false;
    return first;
}

}  // namespace

ClickLog validation_log(const ClickLog& log, Time validation) {
    const Protocol& protocol = log.protocol;
    const Time pretrain = protocol.pretrain - protocol.gap - validation;
    if (pretrain <= 0)
        throw InputError(Exit::scenario,
                         "training.candidate_rates needs protocol.pretrain > protocol.gap + "
                         "training.validation (" +
                             format_duration(protocol.gap) + " + " + format_duration(validation) +
                             "); it is " + format_duration(protocol.pretrain));
    const auto end = std::ranges::lower_bound(log.click_time, protocol.pretrain);
    ClickLog part = first_clicks(log, static_cast<std::size_t>(end - log.click_time.begin()));
    part.protocol.pretrain = pretrain;
    part.duration = protocol.pretrain;
    return part;
}

double label_log_loss(const ClickLog& log, const Predictions& predictions) {
    const Outcomes all = outcomes(log);
    const bool of_net = !predictions.net_cvr.empty();
    const std::vector<float>& forecast = of_net ? predictions.net_cvr : predictions.cvr;
    double sum = 0;
    for (std::size_t k = 0; k < forecast.size(); ++k) {
        const auto click = static_cast<std::size_t>(predictions.row[k]);
        const bool label = of_net ? all.net(click) : all.conversion.happens(click);
        const double p = forecast[k];
        sum -= label ? std::log(p) : std::log1p(-p);
    }
    return sum / static_cast<double>(forecast.size());
}

std::vector<double> learning_rates(const ClickLog& log,
                                   const std::vector<const Method*>& chosen,
                                   const Training& training,
                                   int threads,
                                   const std::function<void(const Progress&)>& progress,
                                   const Privileged& given) {
    std::vector<double> best(chosen.size(), training.learning_rate);
    if (training.candidate_rates.empty()) return best;
    const ClickLog trial = validation_log(log, training.validation);
    // All rates in one call: starts and frozen heads, the same for each, are fitted once.
    std::vector<const Method*> tried;
    std::vector<double> rates;
    for (const double rate : training.candidate_rates) {
        tried.insert(tried.end(), chosen.begin(), chosen.end());
        rates.insert(rates.end(), chosen.size(), rate);
    }
    const auto predicted = train_at(trial, tried, training, rates, threads, progress, given);
    std::vector<double> least(chosen.size(), std::numeric_limits<double>::infinity());
    std::vector<std::size_t> failures(chosen.size());
    for (std::size_t k = 0; k < tried.size(); ++k) {
        const std::size_t m = k % chosen.size();
        if (!predicted[k].failure.empty()) {
            if (++failures[m] == training.candidate_rates.size())
                throw std::runtime_error(
                    predicted[k].failure +
                    ", on the validation stream, as at every other of training.candidate_rates");
            continue;
        }
        const double loss = label_log_loss(trial, predicted[k]);
        if (loss < least[m]) least[m] = loss, best[m] = rates[k];
    }
    return best;
}

}  // namespace netcvr
