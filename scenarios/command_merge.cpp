#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "scenarios/commands.h"
#include "scenarios/options.h"
#include "scenarios/print.h"
#include "scenarios/progress.h"
#include "sim/artifact.h"
#include "sim/errors.h"
#include "sim/log_shard.h"

namespace netcvr {
namespace {

std::string manifest_text(const std::vector<ShardFile>& shards) {
    std::string text;
    for (const auto& [path, shard, bytes, digest] : shards)
        text += fmt::format("{}: shard {} of {}, {} rows from row {}, {} bytes, content digest {}\n", path,
                            shard.index + 1, shard.count, shard.rows, shard.first_row, bytes, digest);
    return text;
}

std::string manifest_json(const std::vector<ShardFile>& shards) {
    auto lines = nlohmann::ordered_json::array();
    for (const auto& [path, shard, bytes, digest] : shards)
        lines.push_back({{"file", path},
                         {"shard", shard.index + 1},
                         {"first_row", shard.first_row},
                         {"rows", shard.rows},
                         {"bytes", bytes},
                         {"digest_log", digest}});
    const nlohmann::ordered_json manifest = {
        {"rows", shards[0].shard.total_rows}, {"count", shards.size()}, {"shards", lines}};
    return manifest.dump(2) + "\n";
}

void check(const MergeArguments& arguments) {
    if (arguments.output.empty() && !arguments.dry_run)
        throw InputError(Exit::usage, "merge: -o FILE is required (or --dry-run)");
}

}  // namespace

void add_options(Options& add, MergeArguments& to) {
    add.required("SHARDS", to.shards, "FILE…", "All the shards that `simulate --shard` wrote of one log");
    add.optional("-o,--output", to.output, "FILE", "The log to write, HDF5 [required unless --dry-run]");
    add.flag("--json", to.json, "Print the manifest, a line a shard, as JSON [default: text]");
    add.force(to.force);
    add.flag("--dry-run", to.dry_run,
             "Check that the shards are whole, of one log and all there; write nothing [default off]");
}

void run(const MergeArguments& arguments) {
    check(arguments);
    if (!arguments.dry_run) check_can_write(arguments.output, arguments.force, arguments.shards);
    const auto shards = check_shards(arguments.shards);
    std::string text = arguments.json ? manifest_json(shards) : manifest_text(shards);
    ProgressLine line(arguments.dry_run ? "check" : "merge", "clicks");
    const auto progress = [&](std::size_t done, std::size_t total) { line.show(done, total); };
    if (arguments.dry_run) {
        verify_shards(shards, progress);
    } else {
        const std::string digest = merge_shards(shards, arguments.output, arguments.force, progress);
        if (!arguments.json)
            text += fmt::format("{}: {} clicks, content digest {}\n", arguments.output,
                                shards[0].shard.total_rows, digest);
    }
    print(text);
}

}  // namespace netcvr
