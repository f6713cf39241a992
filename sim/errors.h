#pragma once

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace netcvr {

/// The documented exit codes of the program (README, "Exit codes").
enum class Exit : int {
    done = 0,
    system = 1,       // disk full, read-only, out of memory, or a fault of ours
    usage = 2,        // unknown verb, flag, method
    scenario = 3,     // scenario file or --set: unknown key, type, unit, range
    data = 4,         // missing, truncated, hostile or inconsistent file; NaN; a value outside its range
    failed_runs = 5,  // a sweep finished with failed runs
    exists = 6,       // output exists, or a lock is held
};

/// A mistake that its maker can mend: one message that names file, line or row, key, value and allowed range.
/// Thrown at the edges, caught once in main.
struct InputError : std::runtime_error {
    InputError(Exit code, const std::string& message) : std::runtime_error(message), exit(code) {}
    Exit exit;
};

/// Optimal-string-alignment distance: insertions, deletions, substitutions and swaps of neighbours.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before, last(b.size() + 1), now(b.size() + 1);
    std::iota(last.begin(), last.end(), 0);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        now[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            now[j] = std::min({last[j] + 1, now[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = std::min(now[j], before[j - 2] + 1);
        }
        before = last;
        last = now;
    }
    return last[b.size()];
}

/// "; did you mean 'cvr'?" if a valid name is near or begins with `name`, else "; one of: …" for up to a
/// dozen names, else nothing.
inline std::string suggestion(std::string_view name, const std::vector<std::string>& valid) {
    std::size_t best = 1 + std::max<std::size_t>(2, name.size() / 3);
    std::string nearest;
    for (const auto& candidate : valid) {
        const std::size_t distance = edit_distance(name, candidate);
        if (distance < best) best = distance, nearest = candidate;
    }
    const auto begun = [&](const std::string& valid_name) { return valid_name.starts_with(name); };
    if (const auto found = std::ranges::find_if(valid, begun);
        nearest.empty() && name.size() > 2 && found != valid.end())
        nearest = *found;
    if (!nearest.empty()) return "; did you mean '" + nearest + "'?";
    if (valid.empty() || valid.size() > 12) return "";
    std::string all = "; one of: " + valid[0];
    for (std::size_t i = 1; i < valid.size(); ++i) all += ", " + valid[i];
    return all;
}

}  // namespace netcvr
