#include "output/model_file.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "output/hdf5_columns.h"
#include "sim/artifact.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

constexpr std::string_view format_name = "netcvr-model";
constexpr std::int64_t format_version = 1;

/// "training.batch" → "batch".
std::string short_name(const Field& field) {
    return std::string(field.name.substr(field.name.find('.') + 1));
}

/// Names of the columns that say what rows stand for.
std::vector<std::string> row_columns(const Model& model) {
    if (model.training.network != "cells") return {"field", "value"};
    return model.training.fields;
}

std::string group_of(const Model::OfMethod& each) {
    return "/methods/" + std::string(each.method->name);
}

// ---- writing

struct Writer : HdfColumns {
    void floats(const std::string& path, const Floats& values, std::string_view description) {
        add(path, std::vector<float>(values.begin(), values.end()), "1", description);
    }
    void network(const std::string& group, const Network& network) {
        floats(group + "/w", network.w, "tables [tables x rows x embedding], then each layer's parameters");
        floats(group + "/running", network.running, "means and variances that batch norm has seen");
    }
};

void write_setting(Writer& out, const Field& field, Training training) {
    const std::string group = "/training", name = short_name(field), path = group + "/" + name;
    const Slot slot = field.slot(&training);
    if (const auto* number = std::get_if<double*>(&slot)) out.file.number(group, name, **number);
    if (const auto* whole = std::get_if<std::int64_t*>(&slot)) out.file.integer(group, name, **whole);
    if (const auto* text = std::get_if<std::string*>(&slot)) out.file.text(group, name, **text);
    if (const auto* list = std::get_if<std::vector<double>*>(&slot)) out.add(path, **list, field.unit, name);
    if (const auto* list = std::get_if<std::vector<std::int64_t>*>(&slot))
        out.add(path, **list, field.unit, name);
}

void write_inputs(Writer& out, const Model& model) {
    out.file.group("/features");
    std::vector<std::string> names;
    std::vector<std::int32_t> cardinality;
    for (const Model::Feature& feature : model.features)
        names.push_back(feature.name), cardinality.push_back(feature.cardinality);
    out.file.texts("/features", "names", names);
    out.add("/features/cardinality", cardinality, "1", "values are 0 to cardinality - 1");
    const std::vector<std::string> columns = row_columns(model);
    out.group("/rows", columns);
    for (std::size_t c = 0; c < columns.size(); ++c) {
        std::vector<std::int32_t> part;
        for (std::size_t r = 0; r < model.rows.rows(); ++r) part.push_back(model.rows.of(r)[c]);
        out.add("/rows/" + columns[c], part, "1", "of each row of the embedding tables; value -1 = missing");
    }
}

void write_method(Writer& out, const Model::OfMethod& each) {
    const std::string group = group_of(each);
    out.file.group(group);
    out.file.integer(group, "version", each.method->version);
    for (std::size_t l = 0; l < each.learners.size(); ++l) {
        const Model::Stopped& stopped = each.learners[l];
        const std::string learner = fmt::format("{}/{}", group, l);
        out.file.group(learner);
        out.file.text(learner, "stage", name_of(each.method->learners[l].stage));
        out.file.number(learner, "learning_rate", stopped.adam.learning_rate);
        out.file.integer(learner, "steps", stopped.adam.steps);
        out.file.integer(learner, "copies", static_cast<std::int64_t>(stopped.copies));
        out.network(learner, stopped.network);
        out.floats(learner + "/layer_moments", stopped.adam.layer_moments, "Adam's, first, then second");
        out.floats(learner + "/row_moments", stopped.adam.row_moments, "Adam's, of each row first, second");
    }
}

// ---- reading

struct Reader {
    const Hdf5Reader& file;
    std::vector<ColumnDigest> digests = {};

    template <class T>
    std::vector<T> column(const std::string& path) {
        std::vector<T> values = file.read<T>(path);
        digests.push_back(column_digest(path, values));
        return values;
    }
    template <class T>
    std::vector<T> column(const std::string& path, std::size_t rows) {
        if (file.rows(path) != rows)
            file.fail(path, fmt::format("has {} values; by its settings it has {}", file.rows(path), rows));
        return column<T>(path);
    }
    Floats floats(const std::string& path, std::size_t rows) {
        const std::vector<float> values = column<float>(path, rows);
        for (std::size_t k = 0; k < values.size(); ++k)
            if (!std::isfinite(values[k]))
                file.fail(path, fmt::format("[{}] = {} is no number", k, values[k]));
        return {values.begin(), values.end()};
    }
    Network network(const std::string& group, Layout layout) {
        layout.network.w = floats(group + "/w", layout.weights);
        layout.network.running = floats(group + "/running", layout.running);
        return std::move(layout.network);
    }
    std::size_t count(const std::string& group, const std::string& name) const {
        const std::int64_t value = file.integer(group, name);
        if (value < 0) file.fail(group, fmt::format("{} = {}; allowed: 0 and more", name, value));
        return static_cast<std::size_t>(value);
    }
    template <class T>
    void check(const std::string& object, const std::string& name, T value, double low, double high) const {
        if (!(static_cast<double>(value) >= low && static_cast<double>(value) <= high))
            file.fail(object, fmt::format("{} = {} is outside {} ... {}", name, value, low, high));
    }
};

void check_versions(const Hdf5Reader& file) {
    if (!file.has_attribute("/", "format") || file.text("/", "format") != format_name)
        throw InputError(Exit::data, file.path() + ": not a saved model (no attribute format = \"" +
                                         std::string(format_name) + "\")");
    for (const auto& [name, own] :
         {std::pair<const char*, std::int64_t>{"format_version", format_version},
          std::pair<const char*, std::int64_t>{"training_version", training_version}})
        if (const std::int64_t stated = file.integer("/", name); stated != own)
            file.fail("/", fmt::format("{} = {}; this program's is {}", name, stated, own));
}

void read_setting(Reader& in, const Field& field, Training& training) {
    constexpr std::size_t longest_list = 1000;
    const std::string group = "/training", name = short_name(field), path = group + "/" + name;
    const auto check = [&](auto value) { in.check(group, name, value, field.low, field.high); };
    const auto check_list = [&](const auto& list) {
        in.check(path, "length", list.size(), 0, longest_list);
        for (const auto value : list) check(value);
    };
    const Slot slot = field.slot(&training);
    if (const auto* number = std::get_if<double*>(&slot)) check(** number = in.file.number(group, name));
    if (const auto* whole = std::get_if<std::int64_t*>(&slot)) check(** whole = in.file.integer(group, name));
    if (const auto* list = std::get_if<std::vector<double>*>(&slot))
        check_list(** list = in.column<double>(path));
    if (const auto* list = std::get_if<std::vector<std::int64_t>*>(&slot))
        check_list(** list = in.column<std::int64_t>(path));
    if (const auto* text = std::get_if<std::string*>(&slot)) {
        **text = in.file.text(group, name);
        if (!field.choices.empty() &&
            std::ranges::find(field.choices, std::string_view(**text)) == field.choices.end())
            in.file.fail(group,
                         fmt::format("{} = '{}'; allowed: {}", name, **text, fmt::join(field.choices, ", ")));
    }
}

void read_inputs(Reader& in, Model& model) {
    model.training.fields = in.file.texts("/features", "names");
    const std::size_t features = model.training.fields.size();
    if (features == 0) in.file.fail("/features", "no feature");
    const auto cardinality = in.column<std::int32_t>("/features/cardinality", features);
    for (std::size_t f = 0; f < features; ++f) {
        in.check("/features/cardinality", model.training.fields[f], cardinality[f], 1,
                 std::numeric_limits<std::int32_t>::max());
        model.features.push_back({model.training.fields[f], cardinality[f]});
    }
    const std::vector<std::string> columns = row_columns(model);
    const bool cells = model.training.network == "cells";
    std::vector<std::vector<std::int32_t>> parts;
    parts.reserve(columns.size());
    for (const std::string& column : columns)
        parts.push_back(in.column<std::int32_t>("/rows/" + column, in.file.rows("/rows/" + columns[0])));
    model.rows.width = columns.size();
    for (std::size_t r = 0; r < parts.front().size(); ++r)
        for (std::size_t c = 0; c < columns.size(); ++c) {
            const std::int32_t value = parts[c][r];
            if (!cells && c == 0) {
                in.check("/rows/field", fmt::format("[{}]", r), value, 0, static_cast<double>(features - 1));
            } else {
                const std::size_t f = cells ? c : static_cast<std::size_t>(parts[0][r]);
                in.check("/rows/" + columns[c], fmt::format("[{}]", r), value, -1, cardinality[f] - 1);
            }
            model.rows.part.push_back(value);
        }
}

Model::Stopped read_stopped(Reader& in, const std::string& group, Layout layout) {
    Model::Stopped stopped{.copies = in.count(group, "copies")};
    stopped.adam.learning_rate = in.file.number(group, "learning_rate");
    in.check(group, "learning_rate", stopped.adam.learning_rate, std::numeric_limits<double>::min(), 1);
    stopped.adam.steps = static_cast<std::int64_t>(in.count(group, "steps"));
    const bool moved = stopped.adam.steps > 0;
    const std::size_t embeddings = layout.network.embeddings(), layers = layout.weights - embeddings;
    stopped.network = in.network(group, std::move(layout));
    stopped.adam.layer_moments = in.floats(group + "/layer_moments", moved ? 2 * layers : 0);
    stopped.adam.row_moments = in.floats(group + "/row_moments", moved ? 2 * embeddings : 0);
    return stopped;
}

Model::OfMethod read_method(Reader& in, const Model& model, const std::string& name) {
    const std::string group = "/methods/" + name;
    Model::OfMethod each{.method = known_method(name)};
    if (each.method == nullptr) in.file.fail(group, "this program has no such method");
    if (const std::int64_t version = in.file.integer(group, "version"); version != each.method->version)
        in.file.fail(group, fmt::format("version = {}; this program's is {}", version, each.method->version));
    for (const Learner& learner : each.method->learners)
        each.learners.push_back(
            read_stopped(in, fmt::format("{}/{}", group, each.learners.size()), layout_of(model, learner)));
    return each;
}

}  // namespace

void write_model(const std::string& path, const Model& model, bool force) {
    Artifact artifact(path, force);
    Hdf5Writer file(artifact.temporary(), path);
    Writer out{{.file = file}};
    file.text("/", "format", format_name);
    file.integer("/", "format_version", format_version);
    file.integer("/", "training_version", training_version);
    for (const auto& [name, window] : named_windows)
        file.integer("/", std::string(name), model.windows.*window);
    file.integer("/", "stream_start", model.stream_start);
    file.group("/training");
    for (const Field& field : training_fields()) write_setting(out, field, model.training);
    write_inputs(out, model);
    file.group("/methods");
    std::vector<std::string> names;
    for (const Model::OfMethod& each : model.methods) {
        names.emplace_back(each.method->name);
        write_method(out, each);
    }
    file.texts("/methods", "names", names);
    file.group("/frozen");
    names.clear();
    for (const Model::OfFrozen& head : model.frozen) {
        const std::string group = "/frozen/" + head.name;
        names.push_back(head.name);
        file.group(group);
        file.integer(group, "heads", static_cast<std::int64_t>(head.network.shape.heads));
        out.network(group, head.network);
    }
    file.texts("/frozen", "names", names);
    file.text("/", "content_digest", out.digest("/"));
    file.close();
    artifact.commit();
}

Model read_model(const std::string& path) {
    constexpr double most_heads = 1000;
    const Hdf5Reader file(path);
    Reader in{file};
    check_versions(file);
    Model model{.name = path};
    for (const auto& [name, window] : named_windows)
        model.windows.*window = static_cast<Time>(in.count("/", std::string(name)));
    model.stream_start = static_cast<Time>(in.count("/", "stream_start"));
    for (const Field& field : training_fields()) read_setting(in, field, model.training);
    read_inputs(in, model);
    for (const std::string& name : file.texts("/methods", "names"))
        model.methods.push_back(read_method(in, model, name));
    if (model.methods.empty()) file.fail("/methods", "no method");
    for (const std::string& name : file.texts("/frozen", "names")) {
        const std::string group = "/frozen/" + name;
        const std::size_t heads = in.count(group, "heads");
        in.check(group, "heads", heads, 1, most_heads);
        model.frozen.push_back({name, in.network(group, layout_of_frozen(model, heads))});
    }
    if (const std::string stated = file.text("/", "content_digest"), read = combined(in.digests);
        stated != read)
        file.fail("/", fmt::format("content digest is {}, the file says {}: its values were changed", read,
                                   stated));
    return model;
}

}  // namespace netcvr
