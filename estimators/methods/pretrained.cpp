#include "estimators/method.h"

namespace netcvr {
namespace {

constexpr std::string_view math = R"(
Pretrained never learns from the stream: it keeps the weights of the pretrain period.

  p = P(event | x)   of the pretrain period, from final labels

Every other method starts from the same weights, so it is the floor of a comparison: what a method adds to it is what
streaming adds. Right for the law of the pretrain period; its error in the stream is drift, and what the network could
not learn there.
)";

const Registered pretrained{{
    .name = "pretrained",
    .title = "Pretrained, not updated",
    .source = "the common start of all methods",
    .math = math,
    .claim = Claim::fixed,
    .learners = {{.stage = StageKind::conversion, .outputs = {{StageKind::conversion}}},
                 {.stage = StageKind::refund, .outputs = {{StageKind::refund}}}},
}};

}  // namespace
}  // namespace netcvr
