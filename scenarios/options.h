#pragma once

#include <string>
#include <vector>

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's own
class App;
}

namespace netcvr {

/// Adds a verb's options; the help of each says unit, range and default from what is also checked.
class Options {
public:
    explicit Options(CLI::App& app) : app_(app) {}

    /// `names` are "-o,--output", or "LOG" for an argument by position; `kind` stands for the value in the
    /// help.
    void required(const std::string& names,
                  std::string& value,
                  const std::string& kind,
                  const std::string& help);
    void required(const std::string& names,
                  std::vector<std::string>& values,
                  const std::string& kind,
                  const std::string& help);
    void optional(const std::string& names,
                  std::string& value,
                  const std::string& kind,
                  const std::string& help);
    /// "a,b,c"
    void names(const std::string& names,
               std::vector<std::string>& values,
               const std::string& help,
               bool required = false);
    /// May be repeated, a value each time.
    void repeated(const std::string& name,
                  std::vector<std::string>& values,
                  const std::string& kind,
                  const std::string& help);
    void flag(const std::string& names, bool& value, const std::string& help);
    void integer(const std::string& names,
                 int& value,
                 int low,
                 int high,
                 const std::string& unit,
                 const std::string& help);
    void choice(const std::string& names,
                std::string& value,
                const std::vector<std::string>& choices,
                const std::string& help,
                bool required = false);

    // What several verbs have.
    void sets(std::vector<std::string>& values);
    void seed(std::string& value);
    void threads(int& value);
    void compress(int& value);
    void force(bool& value);

private:
    CLI::App& app_;
};

inline constexpr const char* log_help = "A log that `simulate` wrote";
inline constexpr const char* scenario_help =
    "A preset (`netcvr list scenarios`) or a file that ends in .toml";

}  // namespace netcvr
