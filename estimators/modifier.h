#pragma once
// What may stand behind a method's name: `es-dfm:refund=R2:over-sampling=4` is ES-DFM with that refund
// tower and those remedies. A modifier is a transformation of methods, a row of one table that name lookup,
// help and tests walk. The rows stand in the order in which they are applied, whatever the order of the name.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "estimators/method.h"

namespace netcvr {

/// What stands behind the sign of equality.
struct Argument {
    double number = 0;
    std::string_view choice = {};
};

struct Modifier {
    std::string_view name;
    std::vector<std::string_view> choices = {};  // one of these; or, if there are none,
    std::string_view symbol = {};                // a number, as `math` calls it, at least low and at most
    double low = 0, high = 0;                    // high,
    bool whole = false;                          // perhaps a whole one
    std::string_view title, math;
    int version = 0;  // added to the method's, and raised for the same reason
    /// Texts apart; also what becomes of the claim. Throws InputError (usage) if the method has not what it
    /// needs.
    std::function<void(Method& method, const Argument& argument)> apply = {};
};

/// All rows.
const std::vector<Modifier>& modifiers();
/// To be said by a modifier after which a method no longer settles at the truth: of what it claimed, by its
/// family or without one, nothing is left.
void settles_elsewhere(Method& method);

/// Its names, as in "refund=R1|R1-corrected|R2" and "focal=γ (0.1 … 5)".
std::string spelled(const Modifier& modifier);

/// `base` with the modifiers that `options` name, separated by colons, in a name of one form: in the order of
/// the table, numbers as short as can be. Throws InputError (usage) for an unknown modifier with the nearest
/// name, one named twice, a number out of range. The answer lives as long as the program.
const Method& modified(const Method& base, std::string_view options);

}  // namespace netcvr
