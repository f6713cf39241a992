#include "estimators/delivery.h"
#include "estimators/loss.h"
#include "estimators/method.h"
#include "estimators/value.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
GMV-direct predicts the money kept per click with one network and waits until it is final.

  k = order value of a conversion within W_A, less what a refund within W_R of it pays back; 0 without a conversion or
      when all is paid back
  P(k > 0 | x) = p,   log k | k > 0, x ~ N(μ, σ²),   net_gmv = p exp(μ + σ²/2)     what we want: E[k | x]

  Copies per click: one, at click + W_A + W_R, as direct.   Weights: 1.
  Loss: log loss of [k > 0] and the log-normal log likelihood of k where k > 0.

Optimum: the share of clicks that keep some money, mean and variance of its logarithm. A partial refund keeps the rest, so p is
not the net conversion rate and none is predicted. Parts of orders are not log-normal: where refunds are often partial,
net_gmv is biased by what the family misses, while a cascade with a value head (`es-dfm:value=ziln`) has a head for the share.
)";

double loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    const double zero_inflation = terms_log_loss(batch, z, dz, 0, [&](std::size_t i, double) {
        return batch.value[i] > 0 ? CopyTerms{.positive = 1} : CopyTerms{.negative = 1};
    });
    return zero_inflation + log_normal_loss(batch, z, dz, 1);
}

double money_kept(std::span<const double> z) {
    return sigmoid(z[0]) * log_normal_mean(z[1], z[2]);
}

const Registered gmv_direct{{
    .name = "gmv-direct",
    .title = "GMV-direct: one zero-inflated log-normal head on the money finally kept",
    .source = "Wang, Liu and Miao 2019 (zero-inflated log-normal loss for lifetime value)",
    .math = math,
    .claim = Claim::parametric,
    .learners = {{.stage = StageKind::net,
                  .delivery = delivery::at_maturity,
                  .loss = loss,
                  .heads = 3,
                  .own_start = true,
                  .reads_value = true,
                  .outputs = {{.stage = StageKind::net, .probability = money_kept, .of_value = true}}}},
}};

}  // namespace
}  // namespace netcvr
