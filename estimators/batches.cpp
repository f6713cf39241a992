#include "estimators/batches.h"

#include "estimators/protocol.h"

namespace netcvr {

double days(Time span) {
    return static_cast<double>(span) / static_cast<double>(day);
}

double delay_of(const Stage& stage, std::size_t click, Time at, bool positive) {
    return days((positive ? stage.event[click] : at) - stage.start[click]);
}

Batch Batches::of(const Copies& copies, std::size_t begin, std::size_t n) {
    const std::size_t heads = answers_.size();
    frozen_.resize(n * heads);
    for (std::size_t h = 0; h < heads; ++h) {
        const AnswerTable& known = *answers_[h];
        for (std::size_t k = 0; k < n; ++k) {
            const std::size_t question =
                known.questions > 1 ? learner_.frozen[h].age.value_or(copies.part[begin + k]) : 0;
            frozen_[k * heads + h] = known.probability[copies.click[begin + k] * known.questions + question];
        }
    }
    if (learner_.reads_delay) delay_.resize(n);
    for (std::size_t k = 0; k < delay_.size(); ++k)
        delay_[k] = delay_of(all_.stage(learner_.clock(copies.part[begin + k])), copies.click[begin + k],
                             copies.at[begin + k], copies.label[begin + k] != 0);
    if (learner_.reads_value) value_.resize(n);
    for (std::size_t k = 0; k < value_.size(); ++k)
        value_[k] = value_of(all_, learner_.stage, copies.click[begin + k], copies.label[begin + k] != 0);
    if (!learner_.towers.empty()) towers_.resize(n);
    for (std::size_t k = 0; k < towers_.size(); ++k)
        towers_[k] = static_cast<std::uint8_t>(1U << learner_.tower(copies.part[begin + k]));
    const Stage& stage = all_.stage(learner_.stage);
    return {.label = std::span(copies.label).subspan(begin, n),
            .frozen = frozen_,
            .heads = learner_.heads,
            .click = std::span(copies.click).subspan(begin, n),
            .towers = towers_,
            .part = std::span(copies.part).subspan(begin, n),
            .delay = delay_,
            .value = value_,
            .attribution = days(stage.attribution)};
}

}  // namespace netcvr
