#pragma once
// What all streams of one call of train() share: outcomes, inputs, the common start of each stage, frozen
// heads. It is filled once, from history that is closed when the stream starts, and read by every stream.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "estimators/batches.h"
#include "estimators/inputs.h"
#include "estimators/method.h"
#include "estimators/model.h"
#include "estimators/network.h"
#include "estimators/train.h"
#include "estimators/trainer.h"
#include "estimators/training.h"

namespace netcvr {

/// Counts copies for the progress report; from any thread.
class Meter {
public:
    explicit Meter(const std::function<void(const Progress&)>& report) : report_(report) {}
    void expect(std::ptrdiff_t more) { change(0, more); }
    void done(std::size_t copies) { change(copies, 0); }

private:
    void change(std::size_t done, std::ptrdiff_t expected) {
        if (!report_) return;
        const std::lock_guard lock(mutex_);
        progress_.copies_done += done;
        progress_.copies_total += static_cast<std::size_t>(expected);
        report_(progress_);
    }
    std::function<void(const Progress&)> report_;
    std::mutex mutex_;
    Progress progress_;
};

/// The common start of all learners whose networks predict the same stages, each by a head or a tower of its
/// own, or the own start of one learner. The common start is fitted by the log likelihood of the labels of
/// all its stages, for several the sum Σ log P(converted) + Σ log P(refunded | converted), refunds of
/// conversions alone: logits are those of the events, as with a network for each stage.
struct Start {
    std::vector<StageKind> stages = {};  // one, or one for each tower
    Sharing sharing = Sharing::separate;
    const Method* method = nullptr;  // whose
    const Learner* owner = nullptr;  // none: common, the method is but the first that asked
    Network network = {};

    std::string name() const {
        std::string all = owner ? "start of " + std::string(method->name) : "common start";
        for (const StageKind stage : stages) all.append(", ").append(name_of(stage)).append(" stage");
        return all;
    }
};

/// A frozen head, answered for every click whose copies are trained on. A click has one answer, that of the
/// model of the time when it enters the stage, so that the weights of all its copies agree.
struct FrozenAnswers {
    StageKind stage = StageKind::conversion;
    Frozen head;
    bool of_pretrain = false;  // also for clicks of the pretrain period: an own start needs it
    AnswerTable table = {};    // [clicks × questions]
    Network network = {};      // that answered, if it is to be saved
};

/// P(trajectory | x), a softmax over the seven for the stream's windows, or one for each age of a stage, from
/// which heads that ask with these windows are answered. As all are ratios of sums of the same masses, they
/// contradict one another nowhere.
struct FrozenTrajectories {
    std::optional<StageKind> ages = {};  // none: the stream's windows
    std::vector<Windows> windows = {};
    Network network = {};

    std::string name() const {
        return ages ? "trajectories at ages of " + std::string(name_of(*ages)) : "trajectories";
    }
};

/// Each network has initial weights of its own, the same whichever others are fitted.
std::uint64_t seed_of(const Training& training, const std::vector<StageKind>& stages, std::string_view head);
Shape shape_of(const Training& training, std::size_t towers = 1, Sharing sharing = Sharing::separate);

/// What train() was given, and what is made of it.
struct Study {
    /// Everything but the fits. Throws as train() does.
    Study(const ClickLog& log,
          const std::vector<const Method*>& chosen,
          const Training& training,
          Crew& crew,
          const std::function<void(const Progress&)>& progress,
          const Privileged& given,
          const Warm& warm = {});
    /// Fits each start and frozen head that the chosen methods ask for, once; or takes them over.
    void fit_all();

    /// At the start of the learner's stream.
    Trainer trainer(const Method& method, std::size_t learner, double learning_rate) const;
    /// In the order of its frozen heads.
    std::vector<const AnswerTable*> answers_for(const Learner& learner) const;
    /// What is left behind by streams that end thus; the study is of no further use.
    Model model(std::vector<Model::OfMethod> stopped);

    const ClickLog& log;
    const Training& training;
    Crew& crew;  // who shares the work of every network
    Privileged given;
    Warm warm;
    Outcomes all;
    Inputs inputs;
    std::optional<Moving> moving;  // if the streams go on
    std::vector<Start> starts;
    /// Copies per step of a network that predicts these stages.
    std::size_t batch_of(const std::vector<StageKind>& stages) const;

    std::vector<FrozenAnswers> answers;
    std::vector<FrozenTrajectories> trajectories;  // if answers come from such
    std::vector<std::uint32_t> streamed;           // the clicks to predict
    Cells strata;                                  // of all clicks; empty if no method asks
    std::optional<History> history;                // for methods that count
    Meter meter;

private:
    void list_fits(const std::vector<const Method*>& chosen);
    void expect_copies(const std::vector<const Method*>& chosen);
    Network fit_counted(const std::string& what,
                        const std::vector<StageKind>& stages,
                        const Examples& some,
                        const Shape& shape,
                        std::uint64_t seed);
    Network fit_own(const Start& start, std::uint64_t seed);
    void fit_start(Start& start);

    // answers.cpp
    void list_trajectories();
    std::size_t frozen_fits() const;
    void fit_trajectories(FrozenTrajectories& masses);
    void answer_all(FrozenAnswers& frozen);
    struct Asked {
        std::vector<std::uint32_t> of_pretrain = {}, collected = {}, of_stream = {};
    };
    Asked clicks_asked(const FrozenAnswers& frozen) const;
    void answer_by_fit(FrozenAnswers& frozen, const Asked& asked);
    void answer_by_day(FrozenAnswers& frozen, Trainer& trainer, std::span<const std::uint32_t> asked);
    void answer_by_trajectories(FrozenAnswers& frozen, const std::vector<std::uint32_t>& asked);
    void answer_exactly(FrozenAnswers& frozen, const std::vector<std::uint32_t>& asked);

    std::ptrdiff_t examples_expected_ = 0;  // of a fit, a guess
};

}  // namespace netcvr
