#include "estimators/post_hoc.h"

#include <algorithm>
#include <string>

#include "estimators/calibration.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

constexpr std::string_view shrinkage_math = R"(
Shrinkage: the odds of each prediction move by how its stratum has fared (training.strata), as far as its counts are to be trusted.

  θₛ = (m f̄ₛ + kₛ) / (m + nₛ),   logit p̃ = logit p + logit θₛ − logit f̄ₛ

  nₛ, kₛ   judged clicks of the stratum (=refund: those that converted) and events among them (kept conversions, if =net)
  f̄ₛ       mean of what was predicted of the nₛ
  m        size of a beta prior with mean f̄ₛ in each stratum, by the method of moments:
           1 / (m + 1) = Σₛ [(kₛ − nₛ f̄ₛ)² − Σ p (1 − p)] / Σₛ nₛ (nₛ − 1) f̄ₛ (1 − f̄ₛ)   (Kleinman, JASA 1973)

By odds, not by the ratio θₛ / f̄ₛ, so that p̃ stays within (0, 1) (no p is read or given nearer to its ends
than 10⁻⁷). Where strata lie no farther off than chance takes them the moments give no finite m, and nothing changes; m is at least
1. A stratum nobody was judged in stays as predicted.
)";

constexpr std::string_view shrinkage_needs = R"(
Needs a few strata with dozens of events each. Biased towards the method's own rates; under drift, and where the network has learned
since, by what strata were off W_A or W_A + W_R ago. It follows a stratum's mean, not what differs within.
)";

constexpr std::string_view platt_math = R"(
Platt scaling: one line from the predicted logit to the corrected (Platt 1999).

  logit p̃ = a logit p + b,   a, b minimise Σ log loss of p̃ + ½ (a − 1)² + ½ b²

  Sum over judged clicks (=refund: those that converted); the ridge keeps (a, b) near (1, 0) where labels are few.
  No p is read or given nearer to 0 or 1 than 10⁻⁷.
)";

constexpr std::string_view platt_needs = R"(
Needs some ten events and as many non-events. Biased where the error is no line in the logit (use isotonic), differs by stratum (use
shrinkage), or has changed in the meantime: under drift, and where the network has learned since.
)";

constexpr std::string_view isotonic_math = R"(
Isotonic regression: the non-decreasing step function of the prediction that fits the labels best (Zadrozny and Elkan, KDD 2002).

  p̃ = g(p),   g non-decreasing, least Σ (y − g(p))² over judged clicks (=refund: those that converted), by pooling adjacent violators

  g is flat over what was pooled, linear between, constant below the lowest and above the highest prediction judged.
  The lowest and the highest level are pooled with their neighbours until each rests on 10 events and 10 non-events, as all that is
  predicted beyond what was judged so far gets them; so g stays within (0, 1). Nothing changes before 20 of each have been judged.
)";

constexpr std::string_view isotonic_needs = R"(
Needs hundreds of events: from few it makes a few levels, and predictions that differed are tied. Biased where the error differs by
stratum (use shrinkage), or has changed in the meantime: under drift, and where the network has learned since.
)";

/// Of all three.
constexpr std::string_view judged = R"(
Judged: the method's own predictions in the stream, as made when the click came, of clicks W_A (=cvr) or W_A + W_R (=refund, net)
before; refitted each day of the stream, on all so far; unchanged until there are some. A converted click counts for =refund when
W_A + W_R have passed since the click, though its refund may be final before: else conversions that come fast would speak for all.
)";

/// The stages that `what` means, of those that the method predicts itself.
std::vector<StageKind> stages_of(const Method& method, std::string_view correction, std::string_view what) {
    std::vector<StageKind> own;
    for (const Output& output : method.outputs())
        if (!output.of_value) own.push_back(output.stage);
    if (what == "all") return own;
    const StageKind stage = what == "cvr"      ? StageKind::conversion
                            : what == "refund" ? StageKind::refund
                                               : StageKind::net;
    if (std::ranges::count(own, stage) == 0)
        throw InputError(Exit::usage, "method '" + std::string(method.name) + "' has no " +
                                          std::string(name_of(stage)) +
                                          " head of its own: " + std::string(correction) + "=" +
                                          std::string(what) + " has nothing to act on");
    return {stage};
}

/// What was biased is corrected on average, which is not in closed form.
void forget_optimum(Method& method, StageKind stage) {
    for (Learner& learner : method.learners)
        for (Output& output : learner.outputs)  // what is counted is consistent
            if (output.stage == stage && !output.of_value && !output.consistent())
                output.optimum = nullptr, output.optimum_text = {};
}

/// `math` is referred to.
Modifier row(std::string_view name,
             std::string_view title,
             std::string_view math,
             Mapping (*fit)(const Judged&),
             int version = 0) {
    return {.name = name,
            .choices = {"cvr", "refund", "net", "all"},
            .title = title,
            .math = math,
            .version = version,
            .apply = [=](Method& method, const Argument& argument) {
                for (const StageKind stage : stages_of(method, name, argument.choice)) {
                    method.corrections.push_back({.stage = stage, .fit = fit});
                    forget_optimum(method, stage);
                }
            }};
}

}  // namespace

std::vector<Modifier> post_hoc_corrections() {
    const auto whole = [](std::string_view math, std::string_view needs) {
        return std::string(math).append(judged).append(needs);
    };
    static const std::string shrinkage_text = whole(shrinkage_math, shrinkage_needs),
                             platt_text = whole(platt_math, platt_needs),
                             isotonic_text = whole(isotonic_math, isotonic_needs);
    return {
        row("shrinkage", "odds shrunk towards the counts of strata", shrinkage_text, shrinkage),
        row("platt", "logits rescaled on final labels", platt_text, platt),
        row("isotonic", "predictions mapped to rates of final labels", isotonic_text, isotonic, 1),
    };
}

}  // namespace netcvr
