#include "estimators/loss.h"

namespace netcvr {

double log_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return weighted_log_loss(batch, z, dz, [](std::size_t, double) { return Weights{}; });
}

double fake_negative_log_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return weighted_log_loss(batch, z, dz, [](std::size_t, double f) {
        return Weights{.positive = 1 + f, .negative = (1 - f) * (1 + f)};
    });
}

double elapsed_time_log_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return weighted_log_loss(batch, z, dz, [&](std::size_t i, double) {
        const double late = batch.answer(i, 0), real_negative = batch.answer(i, 1);
        return Weights{.positive = 1 + late, .negative = (1 + late) * real_negative};
    });
}

double elapsed_time_own_log_loss(const Batch& batch, std::span<const double> z, std::span<double> dz) {
    return weighted_log_loss(batch, z, dz, [&](std::size_t i, double f) {
        return elapsed_time_own_weights(f, batch.answer(i, 0));
    });
}

}  // namespace netcvr
