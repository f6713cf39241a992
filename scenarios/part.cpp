#include "scenarios/part.h"

#include <charconv>
#include <cstdlib>
#include <string_view>

#include <fmt/core.h>

#include "sim/errors.h"

namespace netcvr {
namespace {

std::size_t whole_number(std::string_view text, const std::string& of) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        throw InputError(Exit::usage, fmt::format("{}: '{}' is no whole number", of, text));
    return number;
}

/// "i/n", 1-based.
Part parse_part(const std::string& text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos)
        throw InputError(Exit::usage, fmt::format("--shard {}: write I/N, as in 2/5", text));
    const std::string option = "--shard " + text;
    const std::size_t number = whole_number(std::string_view(text).substr(0, slash), option);
    const std::size_t count = whole_number(std::string_view(text).substr(slash + 1), option);
    if (number < 1 || number > count || count > 100000)
        throw InputError(Exit::usage, option + ": I of 1 … N and N of 1 … 100000 are meant");
    return {number - 1, count};
}

std::size_t slurm_number(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return whole_number(value == nullptr ? "" : value, name);
}

/// A Slurm array without holes says which part this is. With holes it does not: how many parts there were
/// when it was first submitted is not in it.
std::optional<Part> slurm_part() {
    if (std::getenv("SLURM_ARRAY_TASK_ID") == nullptr) return std::nullopt;
    const std::size_t first = slurm_number("SLURM_ARRAY_TASK_MIN"),
                      last = slurm_number("SLURM_ARRAY_TASK_MAX"),
                      count = slurm_number("SLURM_ARRAY_TASK_COUNT"),
                      id = slurm_number("SLURM_ARRAY_TASK_ID");
    if (last + 1 - first != count || id < first || id > last)
        throw InputError(Exit::usage, fmt::format("the array {} … {} has holes ({} tasks): say --shard I/N",
                                                  first, last, count));
    return Part{id - first, count};
}

}  // namespace

std::optional<Part> asked_part(const std::string& option) {
    return option.empty() ? slurm_part() : parse_part(option);
}

Part part_of(const std::string& option) {
    return asked_part(option).value_or(Part{});
}

}  // namespace netcvr
