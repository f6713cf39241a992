#include "estimators/method.h"

#include <algorithm>
#include <string>

#include "estimators/modifier.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

/// Local to a function, so that it exists before the first row of any file arrives.
std::vector<Method>& table() {
    static std::vector<Method> rows;
    return rows;
}

std::vector<Method>::iterator place_of(std::string_view name) {
    return std::lower_bound(table().begin(), table().end(), name,
                            [](const Method& row, std::string_view key) { return row.name < key; });
}

}  // namespace

double event_probability(const CellLaw& law, StageKind stage) {
    return answer(frozen::event.question(stage), law.mass);
}

double late_probability(const CellLaw& law, StageKind stage) {
    return answer(frozen::late.question(stage), law.mass);
}

std::string_view claim_text(Claim claim) {
    switch (claim) {
        case Claim::consistent:
            return "consistent";
        case Claim::biased:
            return "biased";
        case Claim::parametric:
            return "consistent if its family holds";
        case Claim::as_coded:
            return "biased by an error of public code or print";
        case Claim::privileged:
            return "a reference: sees labels nobody has yet";
        case Claim::fixed:
            return "never trains on the stream";
    }
    return "";
}

std::vector<Output> Method::outputs() const {
    std::vector<Output> all;
    for (const Learner& learner : learners)
        all.insert(all.end(), learner.outputs.begin(), learner.outputs.end());
    all.insert(all.end(), counted.outputs.begin(), counted.outputs.end());
    return all;
}

const std::vector<Method>& methods() {
    return table();
}

namespace {

const Method& registered(std::string_view name) {
    const auto row = place_of(name);
    if (row != table().end() && row->name == name) return *row;
    std::vector<std::string> valid;
    for (const auto& method : table()) valid.emplace_back(method.name);
    throw InputError(Exit::usage, "unknown method '" + std::string(name) + "'" + suggestion(name, valid));
}

}  // namespace

const Method& find_method(std::string_view name) {
    const std::size_t colon = name.find(':');
    const Method& base = registered(name.substr(0, colon));
    return colon == std::string_view::npos ? base : modified(base, name.substr(colon + 1));
}

const Method* known_method(std::string_view name) {
    try {
        return &find_method(name);
    } catch (const InputError&) {
        return nullptr;
    }
}

std::vector<const Method*> methods_called(std::string_view name) {
    if (name != "all") return {&find_method(name)};
    std::vector<const Method*> all;
    for (const Method& method : table())
        if (method.claim != Claim::as_coded && std::ranges::none_of(method.learners, &Learner::reads_value))
            all.push_back(&method);
    return all;
}

Registered::Registered(Method method) {
    const auto place = place_of(method.name);
    table().insert(place, std::move(method));
}

}  // namespace netcvr
