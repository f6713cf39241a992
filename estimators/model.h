#pragma once
// What train() leaves behind, so that another stream goes on from it, or another log is answered with it:
// each stream's network and optimiser where it stopped, the networks of the frozen heads, and what all of
// them read.
//
// Going on (train() with Warm::from) fits nothing. The streamed period of the log given is streamed, its
// first segment predicted with the networks as saved; clicks before it matter as far as copies of them come
// in the stream. So a stream that stops at the end of a segment and goes on over the same log with
// protocol.stream_start() at that moment is, bit for bit, the stream that did not stop.
//
// Rows of embedding tables are found again by what they stand for. A value that the model has not seen starts
// where it would have started there, at the weights of its address (network.h); a row whose value the log
// given has not is kept.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "estimators/adam.h"
#include "estimators/inputs.h"
#include "estimators/method.h"
#include "estimators/network.h"
#include "estimators/train.h"
#include "estimators/trainer.h"
#include "estimators/training.h"
#include "sim/click_log.h"
#include "sim/parallel.h"
#include "sim/windows.h"

namespace netcvr {

/// The windows as a scenario names them.
inline constexpr std::array<std::pair<std::string_view, Time Windows::*>, 4> named_windows = {
    {{"windows.conversion_attribution", &Windows::conversion_attribution},
     {"windows.refund_attribution", &Windows::refund_attribution},
     {"windows.conversion_observation", &Windows::conversion_observation},
     {"windows.refund_observation", &Windows::refund_observation}}};

struct Model {
    struct Feature {
        std::string name;
        std::int32_t cardinality = 0;
    };
    /// A stream where it stopped.
    struct Stopped {
        Network network = {};
        Adam adam = {};          // with the learning rate of the stream
        std::size_t copies = 0;  // trained on so far
    };
    struct OfMethod {
        const Method* method = nullptr;
        std::vector<Stopped> learners = {};  // in the method's order
    };
    struct OfFrozen {
        std::string name;
        Network network = {};
    };

    std::string name = "the model";  // in messages; of a file its path
    Training training = {};          // `fields` names all features that it reads
    Windows windows = {};
    Time stream_start = 0;               // of the first of its streams
    std::vector<Feature> features = {};  // in that order
    RowKeys rows = {};                   // of all networks
    std::vector<OfMethod> methods = {};
    std::vector<OfFrozen> frozen = {};  // if they were fitted once
};

/// Throws InputError (usage) for a method of which the model has nothing, with what it has.
const Model::OfMethod& find_method(const Model& model, const Method& method);
/// Throws InputError (data) with the first thing that differs if the log has other windows, or lacks a
/// feature that the model reads or has it with another number of values.
void check_fits(const Model& model, const ClickLog& log);
/// The first setting in which `training` differs from the model's, unless each stream may have its own:
/// batch, learning_rate, trainable, proximal, distillation. null: none.
const Field* differing(const Model& model, const Training& training);
/// Whether the methods' streams may go on from the model over this log. Throws as train() does.
void check_goes_on(const Model& model,
                   const ClickLog& log,
                   const std::vector<const Method*>& chosen,
                   const Training& training);
/// Throws InputError (usage) for a method that has no networks to save.
void check_savable(const std::vector<const Method*>& chosen);

/// Under which the learner's network starts, with its stages (seed_of(), study.h); "" for the common start. A
/// modifier that leaves a learner alone leaves its start alone.
std::string start_name(const Method& method, const Learner& learner);
std::string frozen_name(StageKind stage, const Frozen& head);

/// How the model's settings lay out the network of a learner, and that of a frozen head with so many logits.
Layout layout_of(const Model& model, const Learner& learner);
Layout layout_of_frozen(const Model& model, std::size_t heads);

/// A model's networks over the inputs of a log.
class Moving {
public:
    /// The inputs get the rows that they lack; both are referred to.
    Moving(const Model& model, Inputs& inputs)
        : model_(model), inputs_(inputs), where_(adopt(inputs, model.rows)) {}

    Trainer trainer(const Method& method, std::size_t learner, Crew* crew) const;
    /// Throws InputError (data) if the model has no such head, or one with other questions.
    Network frozen(const std::string& name, std::uint64_t seed, std::size_t heads) const;

private:
    const Model& model_;
    const Inputs& inputs_;
    std::vector<std::uint32_t> where_;  // where_[r]: the row of the model's row r

    Network moved(const Network& saved, std::uint64_t seed) const;
    Adam moved(const Adam& saved, const Network& from, const Network& to) const;
};

/// What the model's methods say of each click of the streamed period: the last network of each stream, as it
/// stopped, of all clicks. Labels are not read. Throws InputError: data as check_fits(), usage as
/// find_method(), scenario for a log without a stream.
std::vector<Predictions> predict(const Model& model,
                                 const ClickLog& log,
                                 const std::vector<const Method*>& chosen,
                                 int threads);

}  // namespace netcvr
