#pragma once
// What `train` and `predict` are asked for: which methods, with which settings.

#include <string>
#include <string_view>
#include <vector>

#include "estimators/model.h"
#include "output/predictions_file.h"
#include "scenarios/commands.h"
#include "sim/log_file.h"

namespace netcvr {

/// The methods of these names, or `all`. Throws InputError (usage) for an unknown name, or one named twice.
std::vector<const Method*> choose(const std::vector<std::string>& names);
/// `all`, or nothing: with a model, all that it has.
bool names_all(const std::vector<std::string>& names);
std::vector<const Method*> methods_of(const Model& model);

/// Says on stderr what refund rates of a log without refunds on record are worth.
void warn_without_refunds(std::string_view verb, const std::string& path, const ClickLog& log);

/// The settings of the log's scenario, with those given. The world of a log is what it is: throws InputError
/// (scenario) where more than training.… is set.
Training training_of(const LogFile& file, const TrainArguments& arguments);
/// The model's own, with those given. Throws InputError (usage) for a setting that made the model what it is.
/// A learning rate given is that of all its methods.
Training training_of(Model& model, const TrainArguments& arguments);

PredictionsHeader predictions_header(const LogFile& file, const Training& training);

}  // namespace netcvr
