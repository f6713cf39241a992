#include "scenarios/method_text.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "estimators/ages.h"
#include "scenarios/field_value.h"
#include "sim/trajectory.h"

namespace netcvr {
namespace {

std::string_view predicted(const Output& output) {
    constexpr std::string_view names[] = {"cvr", "refund_rate", "net_cvr"};
    constexpr std::string_view values[] = {"value of a conversion", "share paid back", "net_gmv"};
    return (output.of_value ? values : names)[static_cast<std::size_t>(output.stage)];
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

// ---- delivery, asked of the rule

/// Seconds that no two sums of windows and delays share, so that a time tells what it is made of.
constexpr Windows asked_windows{.conversion_attribution = 512 * 20'011,
                                .refund_attribution = 512 * 40'009,
                                .conversion_observation = 2 * 30'011,
                                .refund_observation = 2 * 15'013};
constexpr Time asked_segment = 25'999'999;
constexpr Time early_conversion = 7'001, late_conversion = 400'009, early_refund = 5'003,
               late_refund = 800'011;

/// The seven trajectories, in order, each a click at 0.
Outcomes seven_clicks() {
    ClickLog log;
    log.windows = asked_windows;
    log.protocol = {.pretrain = 0, .gap = 0, .segment = asked_segment};
    const auto add = [&](Time conversion, Time refund) {
        log.click_time.push_back(0);
        log.conversion_time.push_back(conversion);
        log.refund_time.push_back(refund == never ? never : conversion + refund);
    };
    add(never, never);
    for (const Time conversion : {early_conversion, late_conversion})
        for (const Time refund : {never, early_refund, late_refund}) add(conversion, refund);
    return outcomes(log);
}

/// Name of a moment in the life of one of them: c click, v conversion, t_r refund.
std::string name_of_moment(Time t, Time conversion, Time refund) {
    std::vector<std::pair<Time, std::string>> names;
    const auto add = [&](Time at, const std::string& name) { names.emplace_back(at, name); };
    const auto add_stage = [&](Time start, const std::string& name, Time w, const std::string& w_name, Time W,
                               const std::string& W_name) {
        add(start, name);
        add(start + w, name + "+" + w_name);
        add(start + w / 2, name + "+" + w_name + "/2");
        add(start + W, name + "+" + W_name);
        for (std::size_t k = 0; k + 1 < age_count; ++k)
            add(start + age(W, k), fmt::format("{}+{}/{}", name, W_name, W / age(W, k)));
        add((start / asked_segment + 1) * asked_segment, "segment end");
    };
    add_stage(0, "c", asked_windows.conversion_observation, "w_c", asked_windows.conversion_attribution,
              "W_A");
    add(asked_windows.maturity(), "c+W_A+W_R");
    if (conversion != never)
        add_stage(conversion, "v", asked_windows.refund_observation, "w_r", asked_windows.refund_attribution,
                  "W_R");
    if (refund != never) add(refund, "t_r");
    for (const auto& [at, name] : names)
        if (at == t) return name;
    return fmt::format("c+{}s", t);
}

/// "1@v, 0@c+w_c" of one trajectory, in order of time.
std::string copies_text(const Copies& copies, const Outcomes& clicks, std::uint32_t click) {
    std::string text;
    for (std::size_t k = 0; k < copies.size(); ++k) {
        if (copies.click[k] != click) continue;
        text += fmt::format(
            "{}{}@{}", text.empty() ? "" : ", ", copies.label[k],
            name_of_moment(copies.at[k], clicks.conversion.event[click], clicks.refund.event[click]));
    }
    return text.empty() ? "–" : text;
}

}  // namespace

std::string delivery_table(const Learner& learner, std::size_t tower) {
    const Outcomes clicks = seven_clicks();
    Copies all, copies;
    learner.delivery(clicks, learner.stage, all);
    for (std::size_t k = 0; k < all.size(); ++k)
        if (learner.tower(all.part[k]) == tower)
            copies.add(all.click[k], all.at[k], all.label[k] != 0, all.part[k]);
    copies = sorted_between(copies, 0, never);
    // Trajectories with the same copies share a line.
    std::vector<std::pair<std::string, std::string>> lines;
    for (std::uint32_t j = 0; j < clicks.size(); ++j) {
        const std::string text = copies_text(copies, clicks, j);
        const auto same = std::ranges::find(lines, text, &std::pair<std::string, std::string>::second);
        if (same != lines.end())
            same->first += " " + std::string(trajectory_names[j].name);
        else
            lines.emplace_back(trajectory_names[j].name, text);
    }
    std::string table;
    for (const auto& [names, text] : lines) table += fmt::format("    {:<20}  {}\n", names, text);
    if (learner.collected > 0) table += "    Copies wait for the end of their day.\n";
    return table;
}

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
    for (const auto& [output, optimum] : settling(method))
        text += fmt::format("    {} settles at {}\n", predicted(output), optimum);
    text += fmt::format("    {}\n{}", method.source, method.math);
    for (const auto& learner : method.learners) {
        if (!learner.delivery) continue;
        const std::vector<StageKind> stages = learner.stages();
        for (std::size_t tower = 0; tower < stages.size(); ++tower)
            text += fmt::format("\nCopies of the {} tower, label@when, by trajectory:\n{}",
                                name_of(stages[tower]), delivery_table(learner, tower));
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
