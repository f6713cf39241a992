#include "estimators/delivery.h"
#include "estimators/frozen.h"
#include "estimators/loss.h"
#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
CVR-only takes every conversion for a kept one: the conversion tower of ES-DFM with its own prediction in the weights, and no
other. What a platform loses that does not look at refunds.

  p                 = P(conversion | x)
  f                   the current prediction of p, held constant in the weights
  late_given_event  = P(delay > w_c | conversion, x)   frozen head

  Copies and weights: see `es-dfm-own`.   Net prediction: p itself.

Optimum p for cvr; for net p where p (1 − r) is right, too high by 1 / (1 − r).
)";

double cvr(const CellLaw& law, StageKind) {
    return law.cvr();
}

const Registered cvr_only{{
    .name = "cvr-only",
    .title = "CVR-only: refunds ignored",
    .source = "what a conversion-rate model predicts of net conversion",
    .math = math,
    .claim = Claim::biased,
    .learners = {{.stage = StageKind::conversion,
                  .delivery = delivery::after_window_then_late_positive,
                  .loss = elapsed_time_own_log_loss,
                  .frozen = {frozen::late_given_event},
                  .outputs = {{StageKind::conversion, true_probability, "p"}, {StageKind::net, cvr, "p"}}}},
}};

}  // namespace
}  // namespace netcvr
