#include "scenarios/train_request.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "scenarios/field_value.h"
#include "scenarios/scenario_file.h"
#include "scenarios/settings_of_log.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

void apply_given(Settings& settings, const TrainArguments& arguments) {
    for (const auto& assignment : arguments.sets) {
        if (!assignment.starts_with("training."))
            throw InputError(
                Exit::scenario,
                fmt::format("--set {}: the log's world is fixed; only training.… can be set here",
                            assignment));
        apply_set(settings, assignment);
    }
    if (!arguments.network.empty()) apply_set(settings, "training.network=" + arguments.network);
}

std::string training_text(const Training& training) {
    std::string text;
    for (const auto& field : training_fields())
        text += fmt::format("{} = {}\n", field.name, to_toml(field, &training));
    return text + fmt::format("fields = {}\n", training.fields.empty()
                                                   ? "all"
                                                   : fmt::format("{}", fmt::join(training.fields, ",")));
}

}  // namespace

std::vector<const Method*> choose(const std::vector<std::string>& names) {
    std::vector<const Method*> chosen;
    for (const auto& name : names)
        for (const Method* method : methods_called(name)) {
            if (std::find(chosen.begin(), chosen.end(), method) != chosen.end())
                throw InputError(Exit::usage, fmt::format("method '{}' is named twice", method->name));
            chosen.push_back(method);
        }
    return chosen;
}

bool names_all(const std::vector<std::string>& names) {
    return names.empty() || names == std::vector<std::string>{"all"};
}

std::vector<const Method*> methods_of(const Model& model) {
    std::vector<const Method*> all;
    for (const Model::OfMethod& each : model.methods) all.push_back(each.method);
    return all;
}

void warn_without_refunds(std::string_view verb, const std::string& path, const ClickLog& log) {
    if (!log.has_refunds)
        fmt::print(stderr,
                   "{}: refunds were not recorded in {}: what is learned of them is that there are none, and "
                   "net_cvr is the conversion rate\n",
                   verb, path);
}

Training training_of(const LogFile& file, const TrainArguments& arguments) {
    Settings settings = settings_of(file, arguments.log);
    apply_given(settings, arguments);
    settings.training.fields = arguments.fields;
    return settings.training;
}

Training training_of(Model& model, const TrainArguments& arguments) {
    Settings settings;
    settings.training = model.training;
    apply_given(settings, arguments);
    const Training& training = settings.training;
    if (const Field* field = differing(model, training))
        throw InputError(Exit::usage, fmt::format("{} was trained with {} = {}; {} cannot be gone on with",
                                                  model.name, field->name, to_toml(*field, &model.training),
                                                  to_toml(*field, &training)));
    if (!arguments.fields.empty() && arguments.fields != training.fields)
        throw InputError(Exit::usage, fmt::format("{} was trained with --fields {}", model.name,
                                                  fmt::join(training.fields, ",")));
    const auto sets_rate = [](const std::string& set) { return set.starts_with("training.learning_rate="); };
    if (std::ranges::any_of(arguments.sets, sets_rate))
        for (Model::OfMethod& each : model.methods)
            for (Model::Stopped& stopped : each.learners) stopped.adam.learning_rate = training.learning_rate;
    return training;
}

PredictionsHeader predictions_header(const LogFile& file, const Training& training) {
    return {.log_digest = file.digest_log,
            .stream_version = file.header.stream_version,
            .training = training_text(training)};
}

}  // namespace netcvr
