#include "scenarios/method_text.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "scenarios/delivery_table.h"
#include "scenarios/field_value.h"
#include "sim/trajectory.h"

namespace netcvr {
namespace {

std::string_view predicted(const Output& output) {
    constexpr std::string_view names[] = {"cvr", "refund_rate", "net_cvr"};
    constexpr std::string_view values[] = {"value of a conversion", "share paid back", "net_gmv"};
    return (output.of_value ? values : names)[static_cast<std::size_t>(output.stage)];
}

/// An optimum in the letters of conversions, though it is a refund's.
bool in_letters_of_conversions(const Output& output) {
    return output.stage == StageKind::refund && !output.of_value && output.optimum && !output.consistent();
}

/// "refund tower", or what it is of that predicts values.
std::string tower_name(const Learner& learner, StageKind stage) {
    const bool values = std::ranges::all_of(learner.outputs, &Output::of_value);
    return fmt::format("{} {}", name_of(stage), values ? "value head" : "tower");
}

/// Each output of the method, with where it settles.
std::vector<std::pair<Output, std::string>> settling(const Method& method) {
    std::vector<std::pair<Output, std::string>> all;
    for (const auto& learner : method.learners)
        for (const auto& output : learner.outputs)
            all.emplace_back(output, !output.optimum_text.empty() ? output.optimum_text
                                     : learner.delivery           ? "no closed form"
                                                                  : "what it was pretrained to");
    for (const auto& output : method.counted.outputs) all.emplace_back(output, output.optimum_text);
    return all;
}

}  // namespace

std::array<std::string, 4> method_row(const Method& method) {
    std::vector<std::string> targets, optima;
    bool two_towers = false;
    for (const auto& [output, optimum] : settling(method)) {
        targets.emplace_back(predicted(output));
        two_towers |= output.stage == StageKind::refund && !output.of_value;
        if (std::ranges::count(optima, optimum) == 0) optima.push_back(optimum);
    }
    if (two_towers) targets.emplace_back("net_cvr");
    return {std::string(method.name), fmt::format("{}", fmt::join(targets, ", ")),
            fmt::format("{}: {}", claim_text(method.claim), fmt::join(optima, ", ")),
            std::string(method.source)};
}

std::string methods_table() {
    const auto table = [](bool as_coded) {
        std::string text = "| name | estimates | settles at | source |\n|---|---|---|---|\n";
        for (const auto& method : methods())
            if ((method.claim == Claim::as_coded) == as_coded)
                text += fmt::format("| {} |\n", fmt::join(method_row(method), " | "));
        return text;
    };
    return table(false) + "\nErrors of public code and print, reproduced:\n\n" + table(true);
}

std::string method_text(const Method& method) {
    std::string text = fmt::format("{}: {}; {}\n", method.name, method.title, claim_text(method.claim));
    bool of_conversions = false;
    for (const auto& [output, optimum] : settling(method)) {
        const bool is_r = output.stage == StageKind::refund && !output.of_value && output.consistent();
        text += fmt::format("    {} settles at {}\n", predicted(output), is_r ? "r" : optimum);
        of_conversions |= in_letters_of_conversions(output);
    }
    if (of_conversions) text += "    (p and d are of the event of the stage in front: of refunds p is r)\n";
    text += fmt::format("    {}\n{}", method.source, method.math);
    for (const auto& learner : method.learners) {
        if (!learner.delivery) continue;
        const std::vector<StageKind> stages = learner.stages();
        for (std::size_t tower = 0; tower < stages.size(); ++tower)
            text += fmt::format("\nCopies of the {}, label@when, by trajectory:\n{}",
                                tower_name(learner, stages[tower]), delivery_table(learner, tower));
        if (stages.size() > 1)
            text += "    (towers of one network)\n";
        else if (learner.clocks.size() > 1 || learner.outputs.size() > 1)
            text += "    (one tower for all that the method predicts)\n";
    }
    if (std::ranges::any_of(method.learners, [](const Learner& l) { return bool(l.delivery); })) {
        text += "\n";
        for (const auto& [name, meaning] : trajectory_names)
            text += fmt::format("    {}  {}\n", name, meaning);
        text +=
            "    c click, v conversion, t_r refund; w_c, w_r observation windows, W_A, W_R attribution "
            "windows\n";
    }
    return text;
}

std::string field_text(const Field& field, const std::string& default_value) {
    std::string about = range_text(field);
    if (!field.unit.empty() && field.unit != "1")
        about += fmt::format("{}{}", about.empty() ? "" : " ", field.unit);
    return fmt::format("{} = {}{}\n    {}\n", field.name, default_value,
                       about.empty() ? "" : "  [" + about + "]", field.help);
}

}  // namespace netcvr
