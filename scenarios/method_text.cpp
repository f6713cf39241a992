#include "scenarios/method_text.h"

#include <fmt/core.h>

#include "scenarios/field_value.h"

namespace netcvr {
namespace {

std::string_view stage_name(StageKind stage) {
    switch (stage) {
        case StageKind::conversion:
            return "cvr";
        case StageKind::refund:
            return "refund_rate";
        case StageKind::net:
            return "net_cvr";
    }
    return "";
}

}  // namespace

std::string method_summary(const Method& method) {
    std::string text = fmt::format("{}: {}; {}\n", method.name, method.title, claim_text(method.claim));
    for (const auto& learner : method.learners)
        for (const auto& output : learner.outputs)
            text += fmt::format("    {} settles at {}\n", stage_name(output.stage),
                                !output.optimum_text.empty() ? output.optimum_text
                                : learner.delivery           ? "no closed form"
                                                             : "what it was pretrained to");
    return text + fmt::format("    {}\n", method.source);
}

std::string method_text(const Method& method) {
    return fmt::format("{}\n{}\n", method_summary(method), method.math);
}

std::string field_text(const Field& field, const std::string& default_value) {
    std::string about = range_text(field);
    if (!field.unit.empty() && field.unit != "1")
        about += fmt::format("{}{}", about.empty() ? "" : " ", field.unit);
    return fmt::format("{} = {}{}\n    {}\n", field.name, default_value,
                       about.empty() ? "" : "  [" + about + "]", field.help);
}

}  // namespace netcvr
