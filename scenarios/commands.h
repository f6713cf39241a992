#pragma once
// What each verb was asked to do, and the functions that do it. They print results on stdout, progress on
// stderr, and throw InputError. The command line is parsed in cli.cpp and nowhere else.

#include <cstdint>
#include <string>
#include <vector>

namespace netcvr {

struct SimulateArguments {
    std::string scenario;  // preset or file
    std::string output;
    std::vector<std::string> sets;  // "key=value"
    std::string seed;               // "" = the scenario's
    int threads = 0;                // 0 = all processors
    int compress = 1;
    std::string truth = "rates";  // rates, full
    bool force = false;
    bool dry_run = false;
};
void run(const SimulateArguments& arguments);

struct InspectArguments {
    std::string log;
    bool json = false;
};
void run(const InspectArguments& arguments);

struct TrainArguments {
    std::string log;
    std::vector<std::string> methods;
    std::string output;
    std::string network;              // "" = the scenario's
    std::vector<std::string> fields;  // features to read; empty = all
    std::vector<std::string> sets;    // "training.key=value"
    int threads = 0;
    bool force = false;
};
void run(const TrainArguments& arguments);

struct ScoreArguments {
    std::string log;
    std::vector<std::string> predictions;
    bool json = false;
    bool csv = false;
};
void run(const ScoreArguments& arguments);

struct ReportArguments {
    std::vector<std::string> results;
    std::string format = "text";  // text, md, csv
};
void run(const ReportArguments& arguments);

struct ListArguments {
    std::string what;  // methods, scenarios, fields, metrics
};
void run(const ListArguments& arguments);

struct ShowArguments {
    std::string scenario;  // preset or file
    std::vector<std::string> sets;
};
void run(const ShowArguments& arguments);

struct HelpArguments {
    std::string name;  // a method, a field or a metric
};
void run(const HelpArguments& arguments);

}  // namespace netcvr
