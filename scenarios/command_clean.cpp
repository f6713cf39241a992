#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "output/table.h"
#include "scenarios/commands.h"
#include "scenarios/field_value.h"
#include "scenarios/options.h"
#include "scenarios/print.h"
#include "sim/artifact.h"
#include "sim/cleaning.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

double share_of(const std::string& text) {
    const auto share = parse_share(text);
    if (!share || !(*share > 0 && *share <= 1))
        throw InputError(Exit::usage,
                         fmt::format("clean: --inject: '{}' is no share in 0 … 1 (0.05, 5%, 1/20)", text));
    return *share;
}

[[noreturn]] void refuse_to_read(const std::string& path, int error) {
    throw InputError(Exit::data, fmt::format("cannot read '{}': {}", path,
                                             std::generic_category().message(error == 0 ? EIO : error)));
}

std::string counts_text(const CleaningCounts& counts, bool injected, const std::string& path) {
    Table table{.header = {injected ? "injected" : "dropped", "rows"}, .rows = {}};
    std::size_t dirty = 0;
    for (std::size_t k = 0; k < dirt_names.size(); ++k) {
        table.rows.push_back({std::string(dirt_names[k]), grouped(counts.dirty[k])});
        dirty += counts.dirty[k];
    }
    return fmt::format("{}: {} rows{} of {}\n", path, grouped(counts.clean + (injected ? dirty : 0)),
                       injected ? fmt::format(", {} of them dirty copies,", grouped(dirty)) : "",
                       grouped(counts.rows)) +
           text_table(table);
}

}  // namespace

void add_options(Options& add, CleanArguments& to) {
    add.required("IN", to.input, "IN.tsv",
                 "A raw ad log with a header that names entity_source, entity_id and ad_item_id");
    add.required("-o,--output", to.output, "OUT.tsv", "The clean log to write [required]");
    add.optional("--inject", to.inject, "SHARE",
                 "Do the reverse: after this share of the rows of a clean log add a dirty copy, to test a "
                 "cleaning [0 … 1, as 0.05, 5% or 1/20; default none]");
    add.integer("--seed", to.seed, 0, 2147483647, "", "With --inject: seed of what becomes dirty");
    add.force(to.force);
}

void run(const CleanArguments& arguments) {
    const bool inject = !arguments.inject.empty();
    const double share = inject ? share_of(arguments.inject) : 0;
    if (std::filesystem::is_directory(arguments.input)) refuse_to_read(arguments.input, EISDIR);
    errno = 0;
    std::ifstream in(arguments.input, std::ios::binary);
    if (!in) refuse_to_read(arguments.input, errno);
    check_is_no_input(arguments.output, {arguments.input});
    Artifact artifact(arguments.output, arguments.force);
    std::ofstream out(artifact.temporary(), std::ios::binary);
    const CleaningCounts counts =
        inject ? inject_dirt(in, arguments.input, share, static_cast<std::uint64_t>(arguments.seed), out)
               : clean_ad_log(in, arguments.input, out);
    out.close();
    if (!out) throw_write_error(arguments.output, errno);
    if (in.bad()) refuse_to_read(arguments.input, errno);
    artifact.commit();
    print(counts_text(counts, inject, arguments.output));
}

}  // namespace netcvr
