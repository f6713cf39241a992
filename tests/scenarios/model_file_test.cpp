// Saved models on disk: read back bit for bit, or refused with the reason.

#include "output/model_file.h"

#include <limits>

#include <gtest/gtest.h>

#include "scenarios/field_value.h"
#include "sim/hdf5_file.h"
#include "tests/estimators/small_log.h"
#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {
namespace {

Model saved(const std::vector<std::string>& names, const Training& training = small_training()) {
    std::vector<const Method*> chosen;
    for (const auto& name : names) chosen.push_back(&find_method(name));
    Model model;
    train(small_log(1500), chosen, training, 2, {}, {}, {.save = &model});
    return model;
}

void expect_equal(const Network& a, const Network& b) {
    EXPECT_EQ(a.w, b.w);
    EXPECT_EQ(a.running, b.running);
    EXPECT_EQ(a.rows, b.rows);
    EXPECT_EQ(a.fields, b.fields);
    EXPECT_EQ(a.layers.size(), b.layers.size());
    EXPECT_EQ(a.shape.embedding, b.shape.embedding);
    EXPECT_EQ(a.shape.hidden, b.shape.hidden);
    EXPECT_EQ(a.shape.heads, b.shape.heads);
    EXPECT_EQ(a.shape.towers, b.shape.towers);
    EXPECT_EQ(a.shape.sharing, b.shape.sharing);
    EXPECT_EQ(a.shape.pooling, b.shape.pooling);
    EXPECT_EQ(a.shape.batch_norm, b.shape.batch_norm);
}

void expect_equal(const Model::Stopped& a, const Model::Stopped& b) {
    expect_equal(a.network, b.network);
    EXPECT_EQ(a.copies, b.copies);
    EXPECT_EQ(a.adam.steps, b.adam.steps);
    EXPECT_EQ(a.adam.learning_rate, b.adam.learning_rate);
    EXPECT_EQ(a.adam.layer_moments, b.adam.layer_moments);
    EXPECT_EQ(a.adam.row_moments, b.adam.row_moments);
}

void expect_equal(const Model& a, const Model& b) {
    for (const Field& field : training_fields())
        EXPECT_TRUE(same_value(field, &a.training, &b.training)) << field.name;
    EXPECT_EQ(a.training.fields, b.training.fields);
    EXPECT_EQ(a.windows, b.windows);
    EXPECT_EQ(a.stream_start, b.stream_start);
    EXPECT_EQ(a.rows.width, b.rows.width);
    EXPECT_EQ(a.rows.part, b.rows.part);
    ASSERT_EQ(a.methods.size(), b.methods.size());
    for (std::size_t m = 0; m < a.methods.size(); ++m) {
        EXPECT_EQ(a.methods[m].method, b.methods[m].method);
        ASSERT_EQ(a.methods[m].learners.size(), b.methods[m].learners.size());
        for (std::size_t l = 0; l < a.methods[m].learners.size(); ++l)
            expect_equal(a.methods[m].learners[l], b.methods[m].learners[l]);
    }
    ASSERT_EQ(a.frozen.size(), b.frozen.size());
    for (std::size_t k = 0; k < a.frozen.size(); ++k) {
        EXPECT_EQ(a.frozen[k].name, b.frozen[k].name);
        expect_equal(a.frozen[k].network, b.frozen[k].network);
    }
}

TEST(ModelFile, gives_back_every_bit_of_every_method) {
    std::vector<std::string> names = {"es-dfm:refund=R2:value=ziln", "fnw:pseudo-refunds=0.2",
                                      "direct:over-sampling=4"};
    for (const Method& method : methods())
        if (!method.learners.empty()) names.emplace_back(method.name);
    const ScratchFolder folder;
    const Model model = saved(names);
    EXPECT_GT(model.frozen.size(), 8U);
    write_model(folder.file("m.h5"), model, false);
    const Model again = read_model(folder.file("m.h5"));
    expect_equal(again, model);
    EXPECT_EQ(again.name, folder.file("m.h5"));
    // … and so does what was read.
    write_model(folder.file("n.h5"), again, false);
    EXPECT_EQ(bytes_of(folder.file("n.h5")), bytes_of(folder.file("m.h5")));
}

TEST(ModelFile, gives_back_every_kind_of_network_and_setting) {
    for (const char* kind : {"mlp", "logistic", "cells"}) {
        Training training = small_training();
        training.network = kind;
        if (training.network == "cells") training.fields = {"shop", "colour"};
        training.batch_norm = "on";
        training.frozen = "trajectories";
        training.trainable = "layers";
        training.candidate_rates = {1e-4, 1.0 / 3};
        training.validation = 12 * hour;
        training.learning_rate = 0.1 + 0.2;
        training.proximal = 1.0 / 7;
        training.seed = 9007199254740991;
        const ScratchFolder folder;
        const Model model = saved({"es-dfm", "fsiw", "tesla-shared", "pretrained"}, training);
        write_model(folder.file("m.h5"), model, false);
        SCOPED_TRACE(kind);
        expect_equal(read_model(folder.file("m.h5")), model);
    }
}

TEST(ModelFile, goes_on_as_what_was_written) {
    const ScratchFolder folder;
    const Model model = saved({"es-dfm", "tesla-hybrid"});
    write_model(folder.file("m.h5"), model, false);
    const Model read = read_model(folder.file("m.h5"));
    const auto run = [](const Model& from) {
        return train(small_log(1500, 2), {from.methods[0].method, from.methods[1].method}, from.training, 1,
                     {}, {}, {.from = &from});
    };
    const auto a = run(model), b = run(read);
    for (std::size_t m = 0; m < 2; ++m) {
        EXPECT_EQ(a[m].cvr, b[m].cvr);
        EXPECT_EQ(a[m].net_cvr, b[m].net_cvr);
    }
}

/// What reading says of the model as `change` left it.
template <class Change>
std::string refusal(Model model, Change change) {
    const ScratchFolder folder;
    const std::string path = folder.file("m.h5");
    change(model);
    write_model(path, model, false);
    const std::string says = message(Exit::data, [&] { read_model(path); });
    EXPECT_TRUE(says.starts_with(path + ": ")) << says;
    return says.substr(std::min(says.size(), path.size() + 2));
}

TEST(ModelFile, is_refused_where_it_contradicts_itself_or_this_program) {
    const Model model = saved({"vanilla", "es-dfm"});
    static Method other = find_method("vanilla");
    other.version = 7;
    const auto replaced = [](Model& m) { m.methods[0].method = &other; };
    EXPECT_EQ(refusal(model, replaced), "/methods/vanilla: version = 7; this program's is 1");
    other.name = "vanila";
    EXPECT_EQ(refusal(model, replaced), "/methods/vanila: this program has no such method");
    EXPECT_EQ(refusal(model,
                      [](Model& m) {
                          m.training.hidden = {9, 4};
                      })
                  .find("/methods/vanilla/0/w: has "),
              0U);
    EXPECT_EQ(refusal(model, [](Model& m) { m.training.embedding = 5; }).find("/methods/vanilla/0/w: has "),
              0U);
    EXPECT_EQ(
        refusal(model, [](Model& m) { m.training.batch_norm = "on"; }).find("/methods/vanilla/0/w: has "),
        0U);
    EXPECT_EQ(refusal(model, [](Model& m) { m.training.batch = 0; }),
              "/training: batch = 0 is outside 1 ... 1000000");
    EXPECT_EQ(refusal(model, [](Model& m) { m.training.network = "cnn"; }),
              "/training: network = 'cnn'; allowed: mlp, logistic, cells");
    EXPECT_EQ(refusal(model, [](Model& m) { m.rows.part[3] = 60; })
                  .find("/rows/value: [1] = 60 is outside -1 ... "),
              0U);
    EXPECT_EQ(refusal(model, [](Model& m) { m.rows.part[2] = 2; }),
              "/rows/field: [1] = 2 is outside 0 ... 1");
    EXPECT_EQ(
        refusal(model, [](Model& m) { m.features[0].cardinality = 0; }).find("/features/cardinality: colour"),
        0U);
    EXPECT_EQ(refusal(model,
                      [](Model& m) {
                          m.methods[1].learners[0].network.w[2] = std::numeric_limits<float>::quiet_NaN();
                      }),
              "/methods/es-dfm/0/w: [2] = nan is no number");
    EXPECT_EQ(refusal(model, [](Model& m) { m.methods[0].learners[1].adam.steps = 0; })
                  .find("/methods/vanilla/1/layer_moments: has "),
              0U);
    EXPECT_EQ(refusal(model, [](Model& m) { m.methods[0].learners[0].adam.learning_rate = 0; })
                  .find("/methods/vanilla/0: learning_rate = 0 is outside"),
              0U);
    EXPECT_EQ(refusal(model, [](Model& m) { m.methods.clear(); }), "/methods: no method");
}

TEST(ModelFile, of_another_training_version_is_refused) {
    const ScratchFolder folder;
    const std::string path = folder.file("m.h5");
    Hdf5Writer file(path, path);
    file.text("/", "format", "netcvr-model");
    file.integer("/", "format_version", 1);
    file.integer("/", "training_version", training_version - 1);
    file.close();
    EXPECT_EQ(message(Exit::data, [&] { read_model(path); }),
              path + ": /: training_version = " + std::to_string(training_version - 1) +
                  "; this program's is " + std::to_string(training_version));
}

TEST(ModelFile, lacking_a_frozen_head_predicts_but_does_not_go_on) {
    const ScratchFolder folder;
    Model model = saved({"es-dfm"});
    model.frozen.pop_back();
    write_model(folder.file("m.h5"), model, false);
    const Model read = read_model(folder.file("m.h5"));
    EXPECT_NO_THROW(predict(read, small_log(1500), {read.methods[0].method}, 1));
    const std::string says = message(Exit::data, [&] {
        train(small_log(1500), {read.methods[0].method}, read.training, 1, {}, {}, {.from = &read});
    });
    EXPECT_NE(says.find(": has no frozen head '"), std::string::npos) << says;
}

TEST(ModelFile, replaces_nothing_unless_told) {
    const ScratchFolder folder;
    const Model model = saved({"vanilla"});
    write_bytes(folder.file("m.h5"), "mine");
    message(Exit::exists, [&] { write_model(folder.file("m.h5"), model, false); });
    EXPECT_EQ(bytes_of(folder.file("m.h5")), "mine");
    write_model(folder.file("m.h5"), model, true);
    EXPECT_EQ(read_model(folder.file("m.h5")).methods.size(), 1U);
    EXPECT_EQ(folder.entries(), 1U);
}

}  // namespace
}  // namespace netcvr
