#include "estimators/method.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "estimators/lifting.h"
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
            return "consistent if its family of delays holds";
        case Claim::as_coded:
            return "biased by an error of public code";
        case Claim::privileged:
            return "a reference: sees labels nobody has yet";
        case Claim::fixed:
            return "never trains on the stream";
    }
    return "";
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

const Lifting& find_lifting(std::string_view option) {
    constexpr std::string_view key = "refund=";
    std::vector<std::string> valid;
    for (const Lifting& lifting : liftings()) {
        valid.push_back(std::string(key).append(lifting.name));
        if (valid.back() == option) return lifting;
    }
    std::string all;
    for (const auto& each : valid) all.append(all.empty() ? "" : ", ").append(each);
    throw InputError(Exit::usage, "unknown variant '" + std::string(option) + "'" +
                                      suggestion(option, valid) + " (valid: " + all + ")");
}

/// A method composed on request, with what its texts refer to.
struct Composed {
    std::string name, title, math;
    Method method;
};

std::unique_ptr<Composed> composed(std::string_view name, const Method& base, const Lifting& lifting) {
    auto made = std::make_unique<Composed>(
        Composed{.name = std::string(name),
                 .title = std::string(base.title).append("; ").append(lifting.title),
                 .math = std::string(base.math).append(lifting.math),
                 .method = base});
    Method& method = made->method;
    method.name = made->name;
    method.title = made->title;
    method.math = made->math;
    method.learners = lifted(base, lifting);
    if (lifting.biased && method.claim == Claim::consistent) method.claim = Claim::biased;
    return made;
}

}  // namespace

const Method& find_method(std::string_view name) {
    const std::size_t colon = name.find(':');
    if (colon == std::string_view::npos) return registered(name);
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<Composed>, std::less<>> known;
    const std::lock_guard lock(mutex);
    auto place = known.find(name);
    if (place == known.end())
        place = known
                    .emplace(name, composed(name, registered(name.substr(0, colon)),
                                            find_lifting(name.substr(colon + 1))))
                    .first;
    return place->second->method;
}

const Method* known_method(std::string_view name) {
    try {
        return &find_method(name);
    } catch (const InputError&) {
        return nullptr;
    }
}

Registered::Registered(Method method) {
    const auto place = place_of(method.name);
    table().insert(place, std::move(method));
}

}  // namespace netcvr
