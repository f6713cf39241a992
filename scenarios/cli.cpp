// The only file that knows how a command line is parsed.
#include "scenarios/cli.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "output/score.h"
#include "scenarios/commands.h"
#include "scenarios/print.h"
#include "scenarios/version.h"
#include "sim/errors.h"
#include "sim/text_layout.h"

namespace netcvr {
namespace {

/// Adds a verb's options; the help of each says unit, range and default from what is also checked.
class Options {
public:
    explicit Options(CLI::App& app) : app_(app) {}

    void required(const std::string& names,
                  std::string& value,
                  const std::string& kind,
                  const std::string& help) {
        app_.add_option(names, value, help)->required()->option_text(kind);
    }
    void required(const std::string& names,
                  std::vector<std::string>& values,
                  const std::string& kind,
                  const std::string& help) {
        app_.add_option(names, values, help)->required()->option_text(kind);
    }
    void optional(const std::string& names,
                  std::string& value,
                  const std::string& kind,
                  const std::string& help) {
        app_.add_option(names, value, help)->option_text(kind);
    }
    /// "a,b,c"
    CLI::Option* names(const std::string& names,
                       std::vector<std::string>& values,
                       const std::string& kind,
                       const std::string& help) {
        return app_.add_option(names, values, help)
            ->delimiter(',')
            ->allow_extra_args(false)
            ->option_text(kind);
    }
    void sets(std::vector<std::string>& values, const std::string& help) {
        app_.add_option("--set", values, help)->allow_extra_args(false)->option_text("KEY=VALUE");
    }
    void engine_options(std::vector<std::string>& values, const std::string& help) {
        app_.add_option("--option", values, help)->allow_extra_args(false)->option_text("OPTION");
    }
    void action(const std::string& name,
                std::string& value,
                const std::vector<std::string>& choices,
                const std::string& help) {
        choice(name, value, choices, help);
        app_.get_option(name)->required();
    }
    void flag(const std::string& names, bool& value, const std::string& help) {
        app_.add_flag(names, value, help);
    }
    void integer(const std::string& names,
                 int& value,
                 int low,
                 int high,
                 const std::string& unit,
                 const std::string& help) {
        app_.add_option(names, value, fmt::format("{} [{} … {}{}, default {}]", help, low, high, unit, value))
            ->option_text("N")
            ->check([=](const std::string& text) {
                const auto number = CLI::detail::to_string(text);
                int parsed = 0;
                const bool good =
                    CLI::detail::lexical_cast(number, parsed) && parsed >= low && parsed <= high;
                return good ? "" : fmt::format("{} is outside {} … {}{}", text, low, high, unit);
            });
    }
    void choice(const std::string& names,
                std::string& value,
                const std::vector<std::string>& choices,
                const std::string& help,
                bool required = false) {
        const std::string standard = value.empty() ? "" : "; default " + value;
        app_.add_option(names, value, fmt::format("{} [{}{}]", help, fmt::join(choices, ", "), standard))
            ->option_text("NAME")
            ->required(required)
            ->check([=](const std::string& text) {
                const bool good = std::find(choices.begin(), choices.end(), text) != choices.end();
                return good ? "" : fmt::format("'{}' is unknown{}", text, suggestion(text, choices));
            });
    }

private:
    CLI::App& app_;
};

const char* const log_help = "A log that `simulate` wrote";
const char* const scenario_help = "A preset (`netcvr list scenarios`) or a file that ends in .toml";
const char* const force_help = "Replace the output if it exists [default: refuse, exit 6]";
const char* const set_help =
    "Set a field (`netcvr list fields`) as in a scenario file; may be repeated [default none]";

void add(Options& add, SimulateArguments& to) {
    add.required("SCENARIO", to.scenario, "PRESET|FILE.toml", scenario_help);
    add.optional("-o,--output", to.output, "FILE", "The log to write, HDF5 [required unless --dry-run]");
    add.sets(to.sets, set_help);
    add.optional("--seed", to.seed, "N",
                 "Seed of every random number [0 … 9.2e18, default as the scenario says]");
    add.integer("--threads", to.threads, 0, 1024, " threads, 0 = all processors",
                "Threads; results do not depend on them");
    add.integer("--compress", to.compress, 0, 9, ", 0 = none", "Deflate level");
    add.choice("--truth", to.truth, {"rates", "full"},
               "Columns of /truth: rates at the windows, or every parameter too");
    add.optional(
        "--shard", to.shard, "I/N",
        "Write the I-th of N parts of the log, 1-based, for `merge` [default the task of a Slurm array "
        "without holes, else the whole log]");
    add.optional(
        "--on", to.on, "FILE",
        "Take the clicks of this log, imported or simulated, instead of drawing them [default none]");
    add.choice(
        "--add", to.add, {"refunds", "conversions"},
        "Draw refunds of the conversions there are, or conversions and refunds anew; default none, required "
        "with --on");
    add.flag("--force", to.force, force_help);
    add.flag("--dry-run", to.dry_run,
             "Print the resolved scenario and the expected size; write nothing [default off]");
}

/// simulate: what goes with --on.
void check_on(const SimulateArguments& arguments) {
    if (arguments.on.empty() != arguments.add.empty())
        throw InputError(Exit::usage, "simulate: --on FILE and --add belong together");
    if (arguments.on.empty()) return;
    for (const auto& [given, name] : {std::pair{!arguments.shard.empty(), "--shard"},
                                      {arguments.truth == "full", "--truth full"},
                                      {arguments.dry_run, "--dry-run"}})
        if (given) throw InputError(Exit::usage, fmt::format("simulate: {} does not go with --on", name));
}

void add(Options& add, MergeArguments& to) {
    add.required("SHARDS", to.shards, "FILE…", "All the shards that `simulate --shard` wrote of one log");
    add.optional("-o,--output", to.output, "FILE", "The log to write, HDF5 [required unless --dry-run]");
    add.flag("--json", to.json, "Print the manifest, a line a shard, as JSON [default: text]");
    add.flag("--force", to.force, force_help);
    add.flag("--dry-run", to.dry_run,
             "Check that the shards are whole, of one log and all there; write nothing [default off]");
}

void add(Options& add, DiffArguments& to) {
    add.required("FIRST", to.first, "FILE", "A log, or another file of ours");
    add.required("SECOND", to.second, "FILE",
                 "What it is compared with; exit 0 if they are the same, else 4");
    add.flag("--json", to.json, "Print JSON [default: text]");
}

void add(Options& add, InspectArguments& to) {
    add.required("LOG", to.log, "FILE", log_help);
    add.optional("--against", to.against, "PRESET|FILE.toml",
                 "Hold the log to the figures published of a scenario instead [default none]");
    add.flag("--as-targets", to.as_targets,
             "Print a scenario that aims at this log instead: sizes, windows, curves, targets [default off]");
    add.flag("--daily", to.daily,
             "Print users, clicks, purchases, repurchases and refunds of every day instead [default off]");
    add.flag("--json", to.json, "Print JSON [default: text]");
}

void add(Options& add, SampleArguments& to) {
    add.required("SOURCE", to.source, "PRESET|FILE.toml|LOG.h5",
                 "A preset or scenario file, or a log that `simulate` wrote");
    add.choice("--scheme", to.scheme,
               {"activity-strata", "buyers", "top-purchases", "top-rate", "keep-buyers"},
               "Whose clicks to keep: so many users of each stratum; users with a purchase; of these the "
               "--users with most purchases, or with most conversions per click; users with a conversion in "
               "the log itself [required unless --table]");
    add.optional("-o,--output", to.output, "FILE", "The log to write, HDF5 [required unless --table]");
    add.optional("--users", to.users, "N|SHARE",
                 "How many users: 1000, or a share of the eligible, 5% or 1/20 [top-…: required; "
                 "activity-strata: default as many as the scarcest stratum allows]");
    add.optional("--strata", to.strata, "LIST",
                 "Strata and their shares of the users; who fits several belongs to the first [default "
                 "purchases=6..:0.5,clicks=2..4:0.3,clicks=0:0.2]");
    add.choice("--period", to.period, {"prior", "same"},
               "Choose by the period before the log, which leaves /truth true, or by the log itself; default "
               "prior, keep-buyers: same");
    add.choice("--count", to.count, {"logged", "all"},
               "Purchases after logged clicks, or others too (prior period only); default all, "
               "activity-strata and --period same: logged");
    add.choice("--truth", to.truth, {"given-inclusion", "none"},
               "With --period same: write the law given that the users were chosen, or no truth; default "
               "/truth_before_selection, which `score` refuses");
    add.sets(to.sets, set_help);
    add.optional("--seed", to.seed, "N",
                 "Seed of every random number [0 … 9.2e18, default as the scenario says]");
    add.integer("--threads", to.threads, 0, 1024, " threads, 0 = all processors",
                "Threads; results do not depend on them");
    add.integer("--compress", to.compress, 0, 9, ", 0 = none", "Deflate level");
    add.flag("--table", to.table,
             "Print clicks per user and rates per click of the four samples of the population study, beside "
             "its figures; write nothing [default off]");
    add.flag("--json", to.json, "With --table: print JSON [default: text]");
    add.flag("--force", to.force, force_help);
}

void add(Options& add, CleanArguments& to) {
    add.required("IN", to.input, "IN.tsv",
                 "A raw ad log with a header that names entity_source, entity_id and ad_item_id");
    add.required("-o,--output", to.output, "OUT.tsv", "The clean log to write [required]");
    add.optional("--inject", to.inject, "SHARE",
                 "Do the reverse: after this share of the rows of a clean log add a dirty copy, to test a "
                 "cleaning [0 … 1, default none]");
    add.integer("--seed", to.seed, 0, 2147483647, "", "With --inject: seed of what becomes dirty");
    add.flag("--force", to.force, force_help);
}

void add(Options& add, TrainArguments& to) {
    add.required("LOG", to.log, "FILE", log_help);
    add.names("-m,--methods", to.methods, "NAMES",
              "Methods (`netcvr list methods`), separated by commas [required]")
        ->required();
    add.required("-o,--output", to.output, "FILE", "The predictions to write, HDF5 [required]");
    add.choice("--network", to.network, {"mlp", "cells"}, "Kind of network; default as the scenario says");
    add.names("--fields", to.fields, "NAMES", "Features to read, separated by commas [default all]");
    add.sets(to.sets, "Set a field under training. (`netcvr list fields`); may be repeated [default none]");
    add.integer("--threads", to.threads, 0, 1024, " threads, 0 = all processors",
                "Threads; results do not depend on them");
    add.flag("--force", to.force, force_help);
}

void add(Options& add, ScoreArguments& to) {
    add.required("LOG", to.log, "FILE", log_help);
    add.required("PREDICTIONS", to.predictions, "FILE…",
                 "Predictions of `train`, HDF5, or CSV: row,cvr,refund_rate,net_cvr");
    add.integer("--bootstrap", to.bootstrap, 0, most_resamples, " resamples of users, 0 = no intervals",
                "Bootstrap by user for the metrics against labels");
    add.optional(
        "--as-of", to.as_of, "T",
        "Hold forecasts against labels as they were known T after the time origin, as in 8d: only the "
        "clicks and events up to then. The metrics against the truth stay [default matured labels]");
    add.flag("--json", to.json, "Print JSON, which `report` reads [default: text]");
    add.flag("--csv", to.csv, "Print CSV, one line a number [default: text]");
}

void add(Options& add, DeliverArguments& to) {
    add.required("LOG", to.log, "FILE", log_help);
    add.required("--rule", to.rule, "METHOD",
                 "The method (`netcvr list methods`) whose labelled copies are wanted [required]");
    add.required("-o,--output", to.output, "FILE", "The stream to write, HDF5 [required]");
    add.flag("--force", to.force, force_help);
}

void add(Options& add, LabelArguments& to) {
    add.required("LOG", to.log, "FILE", "A log, simulated or imported");
    add.required("--at", to.at, "T",
                 "When: since the log's time origin, as in 10d or 36h, or a UTC instant like "
                 "2025-05-10T16:00:00Z [required]");
    add.optional("--every", to.every, "DURATION",
                 "Also every so much later until the record ends; what changes is written [default only T]");
    add.required("-o,--output", to.output, "FILE", "The labels to write, HDF5 [required]");
    const auto window = [&](const std::string& name, std::string& value, const std::string& help) {
        add.optional(name, value, "T", help + " [default the log's]");
    };
    window("--conversion-attribution", to.conversion_attribution,
           "W_A, a duration: a conversion counts iff sooner");
    window("--refund-attribution", to.refund_attribution, "W_R, a duration: a refund counts iff sooner");
    window("--conversion-observation", to.conversion_observation,
           "w_c, a duration: early conversions of /trajectories");
    window("--refund-observation", to.refund_observation, "w_r, a duration: early refunds of /trajectories");
    add.flag("--trajectories", to.trajectories,
             "Demand /trajectories [default: written if the log has a full truth]");
    add.flag("--force", to.force, force_help);
}

void add(Options& add, ValidateArguments& to) {
    add.required("SUBJECT", to.subject, "LOG|PRESET|FILE.toml", "A log, or a scenario to draw a log of");
    add.flag("--truth", to.truth,
             "Hold outcomes, delays and clicks against the truth; exit 4 if they disagree [default: only "
             "whether the file or scenario is sound]");
    add.sets(to.sets, set_help);
    add.optional("--seed", to.seed, "N", "Seed of a scenario's log [0 … 9.2e18, default as it says]");
    add.integer("--threads", to.threads, 0, 1024, " threads, 0 = all processors",
                "Threads; results do not depend on them");
}

std::vector<std::string> layout_names() {
    std::vector<std::string> names;
    for (const auto& layout : text_layouts()) names.emplace_back(layout.name);
    return names;
}

void add(Options& add, ImportArguments& to) {
    add.required("TEXT", to.text, "FILE", "A log as text: lines of tab-separated columns without a header");
    add.choice("--from", to.layout, layout_names(), "Layout of the text [required]", true);
    add.required("-o,--output", to.output, "FILE", "The log to write, HDF5 [required]");
    add.optional("--time-origin", to.time_origin, "UTC",
                 "Instant of second 0; raw times become seconds since then [default " + to.time_origin + "]");
    add.sets(
        to.sets,
        "Set a field (`netcvr list fields`) under windows. or protocol., or log.duration, log.follow_up, "
        "log.utc_offset; may be repeated [default: periods as the data show, in days]");
    add.integer("--threads", to.threads, 0, 1024, " threads, 0 = all processors",
                "Threads; results do not depend on them");
    add.flag("--force", to.force, force_help);
}

void add(Options& add, ExportArguments& to) {
    add.required("LOG", to.log, "FILE", log_help);
    add.required("-o,--output", to.output, "PATH", "The file to write; with npy a folder [required]");
    add.choice("--layout", to.layout, export_layouts(), "Layout of the output [required]", true);
    add.names(
        "--columns", to.columns, "NAMES",
        "Features that fill a public layout, in its order, separated by commas [default the log's first]");
    add.flag("--hide-truth", to.hide_truth,
             "csv, npy, hdf5: leave out /truth, and in hdf5 scenario and seed [default off]");
    add.integer("--threads", to.threads, 0, 1024, " threads, 0 = all processors",
                "Threads; results do not depend on them");
    add.flag("--force", to.force, force_help);
}

void add(Options& add, SweepArguments& to) {
    add.action(
        "ACTION", to.action, {"plan", "run", "status", "merge", "submit"},
        "plan: what would run, and its cost; run: run what is missing; status: what there is; merge: one "
        "file of all results; submit: run on a cluster");
    add.required("SWEEP", to.sweep, "FILE.toml|DIR", "A sweep file, or the folder of a sweep that was begun");
    add.optional("-o,--output", to.output, "DIR",
                 "Folder of the sweep [default output/runs/NAME, or the folder named above]");
    add.sets(
        to.sets,
        "Set a field (`netcvr list fields`) in every run of a FILE.toml; may be repeated [default none]");
    add.integer("-j,--jobs", to.jobs, 0, 1024, " runs, 0 = all processors", "Runs at once, a process each");
    add.optional(
        "--shard", to.shard, "I/N",
        "run: the I-th of N parts of the plan, 1-based [default the task of a Slurm array without holes, "
        "else 1/1]");
    add.flag("--json", to.json, "plan, status: print JSON [default: text]");
    add.choice("--engine", to.engine, {"slurm"}, "submit: what runs the array job");
    add.engine_options(to.engine_options,
                       "submit: an option for the engine, as in --option=--partition=short; "
                       "may be repeated [default none]");
    add.integer("--array", to.array, 1, 100000, " tasks", "submit: largest array; runs are packed into it");
    add.flag("--dry-run", to.dry_run, "submit: write the batch script and submit nothing [default off]");
    add.flag("--force", to.force,
             "Replace the plan of a folder that holds another [default: refuse, exit 6]");
}

void add(Options& add, ReportArguments& to) {
    add.required(
        "RESULTS", to.results, "DIR|FILE…",
        "The folder of a sweep, or what `sweep merge` and `score --json` wrote; seeds give intervals");
    add.optional("-o,--output", to.output, "FILE",
                 "Where to; the ending chooses the form [default stdout, as text]");
    add.choice("--format", to.format, {"html", "text", "md", "tex", "csv", "json"},
               "Form of the report; default by the output's ending, else text");
    add.optional("--figures", to.figures, "DIR",
                 "Also write every chart there: .vl.json and .csv [default none]");
    add.flag("--force", to.force, force_help);
}

void add(Options& add, ListArguments& to) {
    add.required("WHAT", to.what, "methods|scenarios|fields|metrics|statistics", "What to list");
}

void add(Options& add, ShowArguments& to) {
    add.required("SCENARIO", to.scenario, "PRESET|FILE.toml", scenario_help);
    add.sets(to.sets, set_help);
}

void add(Options& add, HelpArguments& to) {
    add.required("NAME", to.name, "NAME", "A method, metric or field");
}

/// Demands that cannot be said of one option alone.
template <class Arguments>
void check(const Arguments&) {}
template <>
void check(const SimulateArguments& arguments) {
    if (arguments.output.empty() && !arguments.dry_run)
        throw InputError(Exit::usage, "simulate: -o FILE is required (or --dry-run)");
    check_on(arguments);
}
template <>
void check(const MergeArguments& arguments) {
    if (arguments.output.empty() && !arguments.dry_run)
        throw InputError(Exit::usage, "merge: -o FILE is required (or --dry-run)");
}
template <>
void check(const InspectArguments& arguments) {
    if (arguments.as_targets && (arguments.json || arguments.daily || !arguments.against.empty()))
        throw InputError(Exit::usage, "inspect: --as-targets stands alone");
    if (arguments.daily && !arguments.against.empty())
        throw InputError(Exit::usage, "inspect: --daily and --against exclude each other");
}
template <>
void check(const SampleArguments& arguments) {
    const auto need = [](bool there, const char* what) {
        if (!there) throw InputError(Exit::usage, fmt::format("sample: {} is required (or --table)", what));
    };
    if (arguments.table) return;
    need(!arguments.scheme.empty(), "--scheme NAME");
    need(!arguments.output.empty(), "-o FILE");
}
template <>
void check(const ScoreArguments& arguments) {
    if (arguments.json && arguments.csv)
        throw InputError(Exit::usage, "score: --json and --csv exclude each other");
}

/// Makes `verb` part of the program; the function returned runs it.
template <class Arguments>
std::function<void()> add_verb(CLI::App& app, const std::string& verb, const std::string& help) {
    CLI::App* sub = app.add_subcommand(verb, help);
    for (const auto& example : examples())
        if (example.verb == verb) sub->footer("Example:\n  " + std::string(example.command));
    auto arguments = std::make_shared<Arguments>();
    Options options(*sub);
    add(options, *arguments);
    return [arguments] {
        check(*arguments);
        run(*arguments);
    };
}

struct Program {
    CLI::App app{
        "Simulates and evaluates net conversion (a click that is bought and kept) under delayed feedback."};
    bool version = false;
    std::map<std::string, std::function<void()>> verbs;

    Program() {
        app.name("netcvr");
        app.set_help_flag("-h,--help", "Print this and exit");
        app.add_flag("--version", version,
                     "Print versions of program, compiler, libraries and random streams");
        app.footer("netcvr VERB --help explains a verb and ends with an example.");
        verbs["simulate"] = add_verb<SimulateArguments>(app, "simulate", "Draw a click log with its truth");
        verbs["merge"] = add_verb<MergeArguments>(app, "merge", "Join the shards of a log");
        verbs["diff"] = add_verb<DiffArguments>(
            app, "diff", "Compare two logs: fields of their scenarios, columns, values");
        verbs["inspect"] =
            add_verb<InspectArguments>(app, "inspect", "Counts, rates, delays and ceilings of a log");
        verbs["sample"] = add_verb<SampleArguments>(
            app, "sample", "Keep the clicks of users chosen by what they bought or clicked");
        verbs["clean"] = add_verb<CleanArguments>(
            app, "clean", "Drop the rows of a raw ad log that are no click on an item's ad");
        verbs["train"] =
            add_verb<TrainArguments>(app, "train", "Train methods on a log as a stream; write predictions");
        verbs["score"] = add_verb<ScoreArguments>(app, "score", "Score predictions against truth and labels");
        verbs["label"] = add_verb<LabelArguments>(
            app, "label", "Write the labels visible at a time, and the truth at any windows");
        verbs["validate"] = add_verb<ValidateArguments>(
            app, "validate", "Test whether a log, or a scenario's world, is what its truth says");
        verbs["deliver"] = add_verb<DeliverArguments>(
            app, "deliver", "Write a method's stream of labelled copies, for methods made elsewhere");
        verbs["import"] = add_verb<ImportArguments>(app, "import", "Read a log from a public text layout");
        verbs["export"] = add_verb<ExportArguments>(
            app, "export", "Write a log as text, as NumPy columns, or for a blind challenge");
        verbs["sweep"] = add_verb<SweepArguments>(app, "sweep", "Run a grid of scenarios, methods and seeds");
        verbs["report"] = add_verb<ReportArguments>(app, "report", "Show results: a page, tables, charts");
        verbs["list"] =
            add_verb<ListArguments>(app, "list", "List methods, scenarios, fields, metrics or statistics");
        verbs["show"] = add_verb<ShowArguments>(app, "show", "Print a scenario with every field resolved");
        verbs["help"] =
            add_verb<HelpArguments>(app, "help", "Explain a method (with its mathematics), metric or field");
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

void check_verb(const Program& program, int argc, const char* const* argv) {
    std::vector<std::string> known;
    for (const auto& [verb, run] : program.verbs) known.push_back(verb);
    if (argc < 2) throw InputError(Exit::usage, "a verb is missing" + suggestion("", known));
    const std::string first = argv[1];
    if (program.verbs.contains(first)) return;
    if (first.empty() || first[0] != '-')
        throw InputError(Exit::usage, fmt::format("unknown verb '{}'{}", first, suggestion(first, known)));
}

}  // namespace

const std::vector<Example>& examples() {
    static const std::vector<Example> all = {
        {"simulate", "netcvr simulate tiny -o log.h5"},
        {"merge", "netcvr merge part1.h5 part2.h5 -o merged.h5"},
        {"diff", "netcvr diff log.h5 merged.h5"},
        {"inspect", "netcvr inspect log.h5"},
        {"sample", "netcvr sample log.h5 --scheme keep-buyers -o buyers.h5"},
        {"clean", R"(printf 'entity_source\tentity_id\tad_item_id\nitem\t7\t7\nitem\t7\t-\n' | )"
                  "netcvr clean /dev/stdin -o clean.tsv"},
        {"train", "netcvr train log.h5 -m es-dfm,oracle,pretrained -o predictions.h5"},
        {"score", "netcvr score log.h5 predictions.h5 --json > scores.json"},
        {"label", "netcvr label log.h5 --at 4d -o labels.h5"},
        {"validate", "netcvr validate log.h5 --truth"},
        {"deliver", "netcvr deliver log.h5 --rule es-dfm -o stream.h5"},
        {"report", "netcvr report scores.json --format md"},
        {"export", "netcvr export log.h5 --layout cascade-raw -o log.tsv"},
        {"import", "netcvr import log.tsv --from cascade-raw -o imported.h5"},
        {"sweep", "netcvr sweep plan scenarios/sweeps/sparsity.toml"},
        {"list", "netcvr list methods"},
        {"show", "netcvr show cascade --set targets.refunds_per_conversion=0.01"},
        {"help", "netcvr help es-dfm"},
    };
    return all;
}

void run_command_line(int argc, const char* const* argv) {
    Program program;
    check_verb(program, argc, argv);
    const std::string verb = argv[1];
    const bool is_verb = program.verbs.contains(verb);
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
    if (is_verb) program.verbs.at(verb)();
}

}  // namespace netcvr
