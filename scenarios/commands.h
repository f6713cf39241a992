#pragma once
// What each verb can be asked, and the functions that do it. They print results on stdout, progress on
// stderr, and throw InputError. A verb's options stand beside its code, in command_*.cpp; cli.cpp parses
// them.

#include <cstdint>
#include <string>
#include <vector>

namespace netcvr {

class Options;

struct SimulateArguments {
    std::string scenario;  // preset or file
    std::string output;
    std::vector<std::string> sets;  // "key=value"
    std::string seed;               // "" = the scenario's
    int threads = 0;                // 0 = all processors
    int compress = 1;
    std::string truth = "rates";  // rates, full
    std::string shard;            // "i/n", 1-based; "" = the task of a Slurm array, else the whole log
    std::string on;               // a log whose clicks are taken; "" = clicks are drawn
    std::string add;              // to them: refunds, conversions
    bool force = false;
    bool dry_run = false;
};
void add_options(Options& add, SimulateArguments& to);
void run(const SimulateArguments& arguments);

struct MergeArguments {
    std::vector<std::string> shards;
    std::string output;
    bool json = false;
    bool force = false;
    bool dry_run = false;  // check only
};
void add_options(Options& add, MergeArguments& to);
void run(const MergeArguments& arguments);

struct DiffArguments {
    std::string first, second;
    bool json = false;
};
void add_options(Options& add, DiffArguments& to);
void run(const DiffArguments& arguments);

struct InspectArguments {
    std::string log;
    std::string against;      // preset or file whose published figures the log is held to; "" = none
    bool as_targets = false;  // print a scenario that aims at this log
    bool daily = false;       // counts of every day instead
    bool json = false;
};
void add_options(Options& add, InspectArguments& to);
void run(const InspectArguments& arguments);

struct SampleArguments {
    std::string source;  // preset, scenario file or log
    std::string scheme;
    std::string output;
    std::string users;              // "" = as many as can be; "1000", "5%"
    std::string strata;             // "" = the usual ones
    std::string count;              // logged, all, labels; "" = by scheme, period and truth
    std::string period;             // prior, same; "" = by scheme
    std::string truth;              // given-inclusion, none; "" = by period
    std::vector<std::string> sets;  // "key=value"
    std::string seed;               // "" = the scenario's
    int threads = 0;                // 0 = all processors
    int compress = 1;
    bool force = false;
    bool table = false;  // print the rates of all schemes, write nothing
    bool json = false;   // of the table
};
void add_options(Options& add, SampleArguments& to);
void run(const SampleArguments& arguments);

struct CleanArguments {
    std::string input, output;
    std::string inject;  // share of rows after which a dirty one is added; "" = clean
    int seed = 1;
    bool force = false;
};
void add_options(Options& add, CleanArguments& to);
void run(const CleanArguments& arguments);

struct TrainArguments {
    std::string log;
    std::vector<std::string> methods;
    std::string output;
    std::string network;              // "" = the scenario's
    std::vector<std::string> fields;  // features to read; empty = all
    std::vector<std::string> sets;    // "training.key=value"
    std::string save;                 // a model to write; "" = none
    std::string from;                 // a model to go on from; "" = pretrain
    int threads = 0;
    bool force = false;
};
void add_options(Options& add, TrainArguments& to);
void run(const TrainArguments& arguments);

struct PredictArguments {
    std::string log;
    std::string model;
    std::vector<std::string> methods;  // empty = all of the model
    std::string output;
    int threads = 0;
    bool force = false;
};
void add_options(Options& add, PredictArguments& to);
void run(const PredictArguments& arguments);

struct ScoreArguments {
    std::string log;
    std::vector<std::string> predictions;
    int bootstrap = 200;
    std::string as_of;  // a duration since the time origin; "" = matured labels
    bool json = false;
    bool csv = false;
};
void add_options(Options& add, ScoreArguments& to);
void run(const ScoreArguments& arguments);

struct DeliverArguments {
    std::string log;
    std::string rule;  // a method, whose delivery rules are meant
    std::string output;
    bool force = false;
};
void add_options(Options& add, DeliverArguments& to);
void run(const DeliverArguments& arguments);

struct LabelArguments {
    std::string log;
    std::string at;     // a duration since time_origin, or a UTC instant
    std::string every;  // "" = only `at`
    std::string output;
    // Durations; "" = the log's.
    std::string conversion_attribution, refund_attribution, conversion_observation, refund_observation;
    bool trajectories = false;  // refuse a log without them
    bool force = false;
};
void add_options(Options& add, LabelArguments& to);
void run(const LabelArguments& arguments);

struct ValidateArguments {
    std::string subject;  // preset, scenario file or log
    bool truth = false;
    std::vector<std::string> sets;  // "key=value", of a scenario
    std::string seed;               // "" = the scenario's
    int threads = 0;
};
void add_options(Options& add, ValidateArguments& to);
void run(const ValidateArguments& arguments);

struct ImportArguments {
    std::string text;
    std::string layout;  // --from: a row of text_layouts()
    std::string output;
    std::string time_origin = "2025-04-30T16:00:00Z";
    std::vector<std::string> sets;  // "windows.key=value", "protocol.…", "log.duration", "log.follow_up", …
    int threads = 0;
    bool force = false;
};
void add_options(Options& add, ImportArguments& to);
void run(const ImportArguments& arguments);

struct ExportArguments {
    std::string log;
    std::string output;
    std::string layout;                // one of export_layouts()
    std::vector<std::string> columns;  // features that fill a text layout, in its order; empty = the first
    int threads = 0;
    bool hide_truth = false;
    bool force = false;
};
void add_options(Options& add, ExportArguments& to);
void run(const ExportArguments& arguments);
/// What --layout may name.
const std::vector<std::string>& export_layouts();

struct SweepArguments {
    std::string action;             // plan, run, status, merge, submit
    std::string sweep;              // SWEEP.toml, or the folder of a sweep
    std::string output;             // folder; "" = output/runs/<name>, or the folder given as `sweep`
    std::vector<std::string> sets;  // "key=value", for all runs
    int jobs = 0;                   // runs at once; 0 = all processors
    std::string shard;              // "i/n", 1-based; "" = the task of a Slurm array, else 1/1
    bool json = false;              // plan, status: print JSON
    std::string engine = "slurm";   // submit
    std::vector<std::string> engine_options;  // submit: passed on, "--partition=short"
    int array = 1000;                         // submit: at most so many tasks
    bool dry_run = false;                     // submit: write the batch script, submit nothing
    bool force = false;                       // replace another plan in the folder
};
void add_options(Options& add, SweepArguments& to);
void run(const SweepArguments& arguments);

struct ReportArguments {
    std::vector<std::string> results;  // the folder of a sweep, or files of score --json and sweep merge
    std::string output;                // "" = stdout, but html needs a file
    std::string format;                // html, text, md, tex, csv, json; "" = by the output's ending, or text
    std::string figures;               // folder for a .vl.json and a .csv per chart; "" = none
    bool force = false;
};
void add_options(Options& add, ReportArguments& to);
void run(const ReportArguments& arguments);

struct ListArguments {
    std::string what;  // methods, scenarios, fields, …
};
void add_options(Options& add, ListArguments& to);
void run(const ListArguments& arguments);

struct ShowArguments {
    std::string scenario;  // preset or file
    std::vector<std::string> sets;
};
void add_options(Options& add, ShowArguments& to);
void run(const ShowArguments& arguments);

struct HelpArguments {
    std::string name;  // of a method, a field, a metric, …
};
void add_options(Options& add, HelpArguments& to);
void run(const HelpArguments& arguments);

}  // namespace netcvr
