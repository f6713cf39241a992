#include "estimators/examples.h"

#include "estimators/loss.h"

namespace netcvr {

std::vector<double> Examples::base_logits() const {
    std::vector<double> logits;
    for (std::size_t q = 0; q < questions; ++q) {
        double yes = 0.5, asked = 1;
        for (std::size_t k = q; k < label.size(); k += questions) {
            yes += label[k] == Answer::yes;
            asked += label[k] != Answer::skip;
        }
        logits.push_back(logit(yes / asked));
    }
    return logits;
}

double examples_log_loss(std::span<const Answer> label,
                         std::size_t questions,
                         std::span<const double> z,
                         std::span<double> dz) {
    const auto n = static_cast<double>(label.size() / questions);
    double sum = 0;
    for (std::size_t k = 0; k < label.size(); ++k) {
        if (label[k] == Answer::skip) continue;
        const bool yes = label[k] == Answer::yes;
        sum += softplus(yes ? -z[k] : z[k]);
        dz[k] += (yes ? -sigmoid(-z[k]) : sigmoid(z[k])) / n;
    }
    return sum / n;
}

}  // namespace netcvr
