#include "estimators/modifier.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "estimators/lifting.h"
#include "estimators/post_hoc.h"
#include "estimators/remedies.h"
#include "estimators/value.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

std::string text_of(double number) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

std::string range_of(const Modifier& row) {
    return (row.whole ? "a whole number, " : "") + text_of(row.low) + " … " + text_of(row.high);
}

std::string with_choice(const Modifier& row, std::string_view choice) {
    return std::string(row.name).append("=").append(choice);
}

/// One modifier as somebody named it.
struct Chosen {
    const Modifier* row = nullptr;
    Argument argument;
    std::string name = {};  // in its one form
};

Chosen with_number(const Modifier& row, std::string_view option) {
    const std::string_view text = option.substr(std::min(option.size(), row.name.size() + 1));
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool read = error == std::errc() && end == text.data() + text.size() && !text.empty();
    if (!read || !(number >= row.low && number <= row.high) || (row.whole && number != std::floor(number)))
        throw InputError(
            Exit::usage,
            "modifier '" + std::string(option) + "': " + std::string(row.symbol) + " must be " +
                range_of(row) + ", as in " + std::string(row.name) + "=" +
                text_of(row.whole ? std::max(row.low, 2.0) : std::clamp(1.0, row.low, row.high)));
    return {.row = &row, .argument = {.number = number}, .name = with_choice(row, text_of(number))};
}

[[noreturn]] void refuse_without_choice(const Modifier& row) {
    std::string all;
    for (const std::string_view choice : row.choices) all.append(all.empty() ? "" : ", ").append(choice);
    throw InputError(Exit::usage, "modifier '" + std::string(row.name) + "' needs a choice: one of " + all +
                                      ", as in " + with_choice(row, row.choices.front()));
}

Chosen chosen(std::string_view option) {
    std::vector<std::string> valid;
    const std::string_view name = option.substr(0, option.find('='));
    for (const Modifier& row : modifiers()) {
        if (row.choices.empty()) {
            if (row.name == name) return with_number(row, option);
            valid.push_back(with_choice(row, row.symbol));
        } else if (row.name == option) {
            refuse_without_choice(row);
        }
        for (const std::string_view choice : row.choices) {
            valid.push_back(with_choice(row, choice));
            if (valid.back() == option)
                return {.row = &row, .argument = {.choice = choice}, .name = valid.back()};
        }
    }
    std::string near = suggestion(option, valid);
    // A name alone stands for all its choices, a far one for nothing.
    if (near.empty()) near = suggestion(name, valid);
    throw InputError(Exit::usage, "unknown modifier '" + std::string(option) + "'" + near);
}

std::vector<Chosen> all_chosen(std::string_view options) {
    std::vector<Chosen> all;
    for (std::size_t begin = 0; begin <= options.size();) {
        const std::size_t end = std::min(options.find(':', begin), options.size());
        all.push_back(chosen(options.substr(begin, end - begin)));
        for (std::size_t k = 0; k + 1 < all.size(); ++k)
            if (all[k].row->name == all.back().row->name)
                throw InputError(Exit::usage,
                                 "modifier '" + std::string(all[k].row->name) + "' is named twice");
        begin = end + 1;
    }
    std::ranges::sort(all, {}, &Chosen::row);  // rows of one vector: the order of the table
    return all;
}

/// A method composed on request, with what its texts refer to.
struct Composed {
    std::string name, title, math;
    Method method;
};

std::unique_ptr<Composed> composed(const Method& base, const std::vector<Chosen>& all) {
    auto made = std::make_unique<Composed>(Composed{.name = std::string(base.name),
                                                    .title = std::string(base.title),
                                                    .math = std::string(base.math),
                                                    .method = base});
    for (const Chosen& each : all) {
        each.row->apply(made->method, each.argument);
        made->method.version += each.row->version;
        made->name += ":" + each.name;
        made->title.append("; ").append(each.row->title);
        if (each.row->choices.empty())
            made->title.append(", ")
                .append(each.row->symbol)
                .append(" = ")
                .append(text_of(each.argument.number));
        made->math.append(each.row->math);
    }
    made->method.name = made->name;
    made->method.title = made->title;
    made->method.math = made->math;
    return made;
}

}  // namespace

const std::vector<Modifier>& modifiers() {
    static const std::vector<Modifier> rows = [] {
        std::vector<Modifier> all = liftings();
        std::ranges::move(training_remedies(), std::back_inserter(all));
        std::ranges::move(post_hoc_corrections(), std::back_inserter(all));
        std::ranges::move(value_heads(),
                          std::back_inserter(all));  // last: they follow the towers as they are
        return all;
    }();
    return rows;
}

void settles_elsewhere(Method& method) {
    if (method.claim == Claim::consistent || method.claim == Claim::parametric) method.claim = Claim::biased;
}

std::string spelled(const Modifier& row) {
    std::string name(row.name);
    if (row.choices.empty())
        return name.append("=").append(row.symbol).append(" (").append(range_of(row)).append(")");
    for (const std::string_view choice : row.choices)
        name.append(choice == row.choices.front() ? "=" : "|").append(choice);
    return name;
}

const Method& modified(const Method& base, std::string_view options) {
    const std::vector<Chosen> all = all_chosen(options);
    std::string name(base.name);
    for (const Chosen& each : all) name += ":" + each.name;
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<Composed>> known;
    const std::lock_guard lock(mutex);
    auto place = known.find(name);
    if (place == known.end()) place = known.emplace(name, composed(base, all)).first;
    return place->second->method;
}

}  // namespace netcvr
