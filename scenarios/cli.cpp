// The only file that knows how a command line is parsed.
#include "scenarios/cli.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "scenarios/commands.h"
#include "scenarios/options.h"
#include "scenarios/print.h"
#include "scenarios/version.h"
#include "sim/errors.h"

namespace netcvr {

void Options::required(const std::string& names,
                       std::string& value,
                       const std::string& kind,
                       const std::string& help) {
    app_.add_option(names, value, help)->required()->option_text(kind);
}

void Options::required(const std::string& names,
                       std::vector<std::string>& values,
                       const std::string& kind,
                       const std::string& help) {
    app_.add_option(names, values, help)->required()->option_text(kind);
}

void Options::optional(const std::string& names,
                       std::string& value,
                       const std::string& kind,
                       const std::string& help) {
    app_.add_option(names, value, help)->option_text(kind)->check([](const std::string& text) {
        return text.empty() ? "is empty" : "";
    });
}

void Options::names(const std::string& names,
                    std::vector<std::string>& values,
                    const std::string& help,
                    bool required) {
    app_.add_option(names, values, help)
        ->delimiter(',')
        ->allow_extra_args(false)
        ->required(required)
        ->option_text("NAMES");
}

void Options::repeated(const std::string& name,
                       std::vector<std::string>& values,
                       const std::string& kind,
                       const std::string& help) {
    app_.add_option(name, values, help)->allow_extra_args(false)->option_text(kind);
}

void Options::flag(const std::string& names, bool& value, const std::string& help) {
    app_.add_flag(names, value, help);
}

void Options::integer(const std::string& names,
                      int& value,
                      int low,
                      int high,
                      const std::string& unit,
                      const std::string& help) {
    app_.add_option(names, value, fmt::format("{} [{} … {}{}, default {}]", help, low, high, unit, value))
        ->option_text("N")
        ->check([=](const std::string& text) {
            int parsed = 0;
            const bool good = CLI::detail::lexical_cast(text, parsed) && parsed >= low && parsed <= high;
            return good ? "" : fmt::format("{} is outside {} … {}{}", text, low, high, unit);
        });
}

void Options::choice(const std::string& names,
                     std::string& value,
                     const std::vector<std::string>& choices,
                     const std::string& help,
                     bool required) {
    const std::string standard = value.empty() ? "" : "; default " + value;
    app_.add_option(names, value, fmt::format("{} [{}{}]", help, fmt::join(choices, ", "), standard))
        ->option_text("NAME")
        ->required(required)
        ->check([=](const std::string& text) {
            const bool good = std::find(choices.begin(), choices.end(), text) != choices.end();
            return good ? "" : fmt::format("'{}' is unknown{}", text, suggestion(text, choices));
        });
}

void Options::sets(std::vector<std::string>& values) {
    repeated("--set", values, "KEY=VALUE",
             "Set a field (`netcvr list fields`) as in a scenario file; may be repeated [default none]");
}

void Options::seed(std::string& value) {
    optional("--seed", value, "N", "Seed of every random number [0 … 9.2e18, default as the scenario says]");
}

void Options::threads(int& value) {
    integer("--threads", value, 0, 1024, " threads, 0 = all processors",
            "Threads; results do not depend on them");
}

void Options::compress(int& value) {
    integer("--compress", value, 0, 9, ", 0 = none", "Deflate level");
}

void Options::force(bool& value) {
    flag("--force", value, "Replace the output if it exists [default: refuse, exit 6]");
}

namespace {

/// Adds a verb's options to the program; the function returned runs the verb with what they were given.
using Prepare = std::function<void()> (*)(Options&);

template <class Arguments>
std::function<void()> prepare(Options& options) {
    const auto arguments = std::make_shared<Arguments>();
    add_options(options, *arguments);
    return [arguments] { run(*arguments); };
}

struct Verb {
    std::string_view name;
    const char *help, *example;
    Prepare prepare;
};

/// In the order of the help; a verb's example may use what the examples above it wrote.
const std::vector<Verb>& verbs() {
    static const std::vector<Verb> all = {
        {"simulate", "Draw a click log with its truth", "netcvr simulate tiny -o log.h5",
         prepare<SimulateArguments>},
        {"merge", "Join the shards of a log", "netcvr merge part1.h5 part2.h5 -o merged.h5",
         prepare<MergeArguments>},
        {"diff", "Compare two logs: fields of their scenarios, columns, values",
         "netcvr diff log.h5 merged.h5", prepare<DiffArguments>},
        {"inspect", "Counts, rates, delays and ceilings of a log", "netcvr inspect log.h5",
         prepare<InspectArguments>},
        {"validate", "Test whether a log, or a scenario's world, is what its truth says",
         "netcvr validate log.h5 --truth", prepare<ValidateArguments>},
        {"sample", "Keep the clicks of users chosen by what they bought or clicked",
         "netcvr sample log.h5 --scheme keep-buyers -o buyers.h5", prepare<SampleArguments>},
        {"clean", "Drop the rows of a raw ad log that are no click on an item's ad",
         R"(printf 'entity_source\tentity_id\tad_item_id\nitem\t7\t7\nitem\t7\t-\n' | )"
         "netcvr clean /dev/stdin -o clean.tsv",
         prepare<CleanArguments>},
        {"export", "Write a log as text, as NumPy columns, or for a blind challenge",
         "netcvr export log.h5 --layout cascade-raw -o log.tsv", prepare<ExportArguments>},
        {"import", "Read a log from a public text layout",
         "netcvr import log.tsv --from cascade-raw -o imported.h5", prepare<ImportArguments>},
        {"label", "Write the labels visible at a time, and the truth at any windows",
         "netcvr label log.h5 --at 4d -o labels.h5", prepare<LabelArguments>},
        {"train", "Train methods on a log as a stream; write predictions",
         "netcvr train log.h5 -m es-dfm,oracle,pretrained -o predictions.h5 --save model.h5",
         prepare<TrainArguments>},
        {"predict", "Answer a log with a model that `train --save` wrote",
         "netcvr predict log.h5 --model model.h5 -o answers.h5", prepare<PredictArguments>},
        {"score", "Score predictions against truth and labels",
         "netcvr score log.h5 predictions.h5 --json > scores.json", prepare<ScoreArguments>},
        {"deliver", "Write a method's stream of labelled copies, for methods made elsewhere",
         "netcvr deliver log.h5 --rule es-dfm -o stream.h5", prepare<DeliverArguments>},
        {"sweep", "Run a grid of scenarios, methods and seeds",
         "netcvr sweep plan scenarios/sweeps/sparsity.toml", prepare<SweepArguments>},
        {"report", "Show results: a page, tables, charts", "netcvr report scores.json --format md",
         prepare<ReportArguments>},
        {"list", "List methods, scenarios, fields, sources of features, metrics or statistics",
         "netcvr list methods", prepare<ListArguments>},
        {"show", "Print a scenario with every field resolved",
         "netcvr show cascade --set targets.refunds_per_conversion=0.01", prepare<ShowArguments>},
        {"help", "Explain a method (with its mathematics), metric, field, source or statistic",
         "netcvr help es-dfm", prepare<HelpArguments>},
    };
    return all;
}

struct Program {
    CLI::App app{
        "Simulates and evaluates net conversion (a click that is bought and kept) under delayed feedback."};
    bool version = false;
    std::map<std::string_view, std::function<void()>> run;

    Program() {
        app.name("netcvr");
        app.set_help_flag("-h,--help", "Print this and exit");
        app.add_flag("--version", version,
                     "Print versions of program, compiler, libraries and random streams");
        app.footer("netcvr VERB --help explains a verb and ends with an example.\n");
        for (const Verb& verb : verbs()) {
            CLI::App* sub = app.add_subcommand(std::string(verb.name), verb.help);
            sub->footer(std::string("Example:\n  ") + verb.example);
            Options options(*sub);
            run[verb.name] = verb.prepare(options);
        }
    }
};

std::vector<std::string> flags_of(const CLI::App& app) {
    std::vector<std::string> flags;
    for (const auto* option : app.get_options()) {
        for (const auto& name : option->get_snames()) flags.push_back("-" + name);
        for (const auto& name : option->get_lnames()) flags.push_back("--" + name);
    }
    return flags;
}

/// The first argument that looks like a flag and is none of `app`'s, with the nearest; "" if there is none.
std::string unknown_flag(const CLI::App& app, const std::vector<std::string>& arguments) {
    const auto known = flags_of(app);
    for (const auto& argument : arguments) {
        if (argument == "--") break;
        const std::string flag = argument.substr(0, argument.find('='));
        const bool is_long = flag.starts_with("--"), is_short = !is_long && flag.size() > 1 && flag[0] == '-';
        if (!is_long && !is_short) continue;
        const auto matches = [&](const std::string& name) {
            return is_long ? name == flag : name.size() == 2 && name[1] == flag[1];
        };
        if (std::none_of(known.begin(), known.end(), matches))
            return fmt::format("unknown option '{}'{}", flag, suggestion(flag, known));
    }
    return "";
}

[[noreturn]] void refuse_usage(const CLI::App& app,
                               const std::string& verb,
                               const std::vector<std::string>& arguments,
                               const CLI::ParseError& error) {
    const std::string unknown = unknown_flag(app, arguments);
    throw InputError(Exit::usage, fmt::format("{}: {}; see netcvr {} --help", verb,
                                              unknown.empty() ? error.what() : unknown, verb));
}

void check_verb(int argc, const char* const* argv) {
    std::vector<std::string> known;
    for (const Verb& verb : verbs()) known.emplace_back(verb.name);
    if (argc < 2)
        throw InputError(Exit::usage, fmt::format("a verb is missing; one of: {}", fmt::join(known, ", ")));
    const std::string first = argv[1];
    if (first.starts_with('-') || std::ranges::find(known, first) != known.end()) return;
    throw InputError(Exit::usage, fmt::format("unknown verb '{}'{}", first, suggestion(first, known)));
}

}  // namespace

std::vector<Example> examples() {
    std::vector<Example> all;
    for (const Verb& verb : verbs()) all.push_back({verb.name, verb.example});
    return all;
}

void run_command_line(int argc, const char* const* argv) {
    check_verb(argc, argv);
    Program program;
    const std::string verb = argv[1];
    const bool is_verb = program.run.contains(verb);
    CLI::App* app = is_verb ? program.app.get_subcommand(verb) : &program.app;
    const std::vector<std::string> arguments(argv + (is_verb ? 2 : 1), argv + argc);
    try {
        program.app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        return print(is_verb ? app->help("netcvr") : app->help());
    } catch (const CLI::ParseError& error) {
        refuse_usage(*app, is_verb ? verb : "netcvr", arguments, error);
    }
    if (program.version) return print(version_text());
    if (is_verb) program.run.at(verb)();
}

}  // namespace netcvr
