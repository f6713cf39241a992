#include "estimators/model.h"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "estimators/protocol.h"
#include "estimators/study.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

/// Settings that each stream may have its own.
constexpr std::array<std::string_view, 6> of_stream = {"training.batch",         "training.refund_batch",
                                                       "training.learning_rate", "training.trainable",
                                                       "training.proximal",      "training.distillation"};

bool equal(const Field& field, Training a, Training b) {
    return std::visit([&]<class T>(const T* value) { return *value == *std::get<T*>(field.slot(&b)); },
                      field.slot(&a));
}

[[noreturn]] void refuse(const Model& model, const std::string& why) {
    throw InputError(Exit::data, model.name + ": " + why);
}

/// Copies `size` floats of each row of each table.
void move_rows(const Floats& from,
               std::size_t from_rows,
               Floats& to,
               std::size_t to_rows,
               std::size_t tables,
               std::size_t size,
               const std::vector<std::uint32_t>& where) {
    for (std::size_t table = 0; table < tables; ++table)
        for (std::size_t r = 0; r < from_rows; ++r)
            std::copy_n(&from[(table * from_rows + r) * size], size,
                        &to[(table * to_rows + where[r]) * size]);
}

/// Of its networks.
std::size_t fields_of(const Model& model) {
    return model.training.network == "cells" ? 1 : model.features.size();
}

}  // namespace

const Model::OfMethod& find_method(const Model& model, const Method& method) {
    const auto found = std::ranges::find(model.methods, &method, &Model::OfMethod::method);
    if (found != model.methods.end()) return *found;
    std::string has;
    for (const auto& each : model.methods) has.append(has.empty() ? "" : ", ").append(each.method->name);
    throw InputError(Exit::usage,
                     model.name + ": has no method '" + std::string(method.name) + "'; it has " + has);
}

void check_fits(const Model& model, const ClickLog& log) {
    for (const auto& [name, window] : named_windows)
        if (model.windows.*window != log.windows.*window)
            refuse(model, "trained with " + std::string(name) + " = " +
                              format_duration(model.windows.*window) + "; the log has " +
                              format_duration(log.windows.*window));
    for (const Model::Feature& feature : model.features) {
        const auto column = std::ranges::find(log.features, feature.name, &FeatureColumn::name);
        if (column == log.features.end())
            refuse(model, "reads the feature '" + feature.name + "', which the log has not");
        if (column->cardinality != feature.cardinality)
            refuse(model, "its feature '" + feature.name + "' has " + std::to_string(feature.cardinality) +
                              " values; the log's has " + std::to_string(column->cardinality));
    }
}

const Field* differing(const Model& model, const Training& training) {
    for (const Field& field : training_fields())
        if (std::ranges::find(of_stream, field.name) == of_stream.end() &&
            !equal(field, model.training, training))
            return &field;
    return nullptr;
}

void check_goes_on(const Model& model,
                   const ClickLog& log,
                   const std::vector<const Method*>& chosen,
                   const Training& training) {
    check_fits(model, log);
    check_stream(log);
    const Field* field = differing(model, training);
    if (field || training.fields != model.training.fields)
        throw InputError(Exit::usage, model.name + ": trained with another " +
                                          std::string(field ? field->name : "--fields"));
    for (const Method* method : chosen) {
        find_method(model, *method);
        for (const Learner& learner : method->learners)
            if (training.frozen == "daily" && !learner.frozen.empty())
                refuse(model, "the frozen heads of '" + std::string(method->name) +
                                  "' learned every day (training.frozen = daily), and what they answered of "
                                  "clicks whose copies are still to come is not saved; it can only predict");
    }
}

void check_savable(const std::vector<const Method*>& chosen) {
    for (const Method* method : chosen) {
        const std::string name = "method '" + std::string(method->name) + "'";
        if (method->learners.empty())
            throw InputError(Exit::usage, name + " has no network that could be saved");
        // They read what the method predicted days ago, which a model does not hold.
        if (!method->corrections.empty())
            throw InputError(Exit::usage,
                             name +
                                 " corrects its predictions by its earlier ones, which a model does not "
                                 "hold; save the method without its correction");
    }
}

std::string start_name(const Method& method, const Learner& learner) {
    if (!learner.own_start) return "";
    const std::string name = "start of " + std::string(method.name.substr(0, method.name.find(':')));
    return learner.reads_value ? name + ", values" : name;
}

std::string frozen_name(StageKind stage, const Frozen& head) {
    return std::string(name_of(stage)).append(" ").append(head.name);
}

Layout layout_of(const Model& model, const Learner& learner) {
    Shape shape = shape_of(model.training, learner.stages().size(), learner.sharing);
    shape.heads = learner.heads;
    return layout_of(shape, fields_of(model), model.rows.rows());
}

Layout layout_of_frozen(const Model& model, std::size_t heads) {
    Shape shape = shape_of(model.training);
    shape.heads = heads;
    return layout_of(shape, fields_of(model), model.rows.rows());
}

Network Moving::moved(const Network& saved, std::uint64_t seed) const {
    Network to = make_network(saved.shape, inputs_, seed, {});
    move_rows(saved.w, saved.rows, to.w, to.rows, to.shape.tables(), to.shape.embedding, where_);
    std::copy(saved.w.begin() + static_cast<std::ptrdiff_t>(saved.embeddings()), saved.w.end(),
              to.w.begin() + static_cast<std::ptrdiff_t>(to.embeddings()));
    to.running = saved.running;
    return to;
}

/// Moments of rows that are not the model's are 0, as of rows that no batch has touched.
Adam Moving::moved(const Adam& saved, const Network& from, const Network& to) const {
    Adam adam = saved;
    if (saved.steps == 0) return adam;
    adam.row_moments.assign(2 * to.embeddings(), 0.0F);
    move_rows(saved.row_moments, from.rows, adam.row_moments, to.rows, to.shape.tables(),
              2 * to.shape.embedding, where_);
    return adam;
}

Trainer Moving::trainer(const Method& method, std::size_t learner, Crew* crew) const {
    const Model::Stopped& stopped = find_method(model_, method).learners[learner];
    const Learner& own = method.learners[learner];
    Network network = moved(stopped.network, seed_of(model_.training, own.stages(), start_name(method, own)));
    Adam adam = moved(stopped.adam, stopped.network, network);
    return {inputs_, std::move(network), std::move(adam), crew};
}

Network Moving::frozen(const std::string& name, std::uint64_t seed, std::size_t heads) const {
    const auto found = std::ranges::find(model_.frozen, name, &Model::OfFrozen::name);
    if (found == model_.frozen.end()) refuse(model_, "has no frozen head '" + name + "'");
    if (found->network.shape.heads != heads)
        refuse(model_, "its frozen head '" + name + "' answers " +
                           std::to_string(found->network.shape.heads) + " questions, not " +
                           std::to_string(heads));
    return moved(found->network, seed);
}

}  // namespace netcvr
