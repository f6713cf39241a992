#include <fmt/format.h>

#include "output/stream_file.h"
#include "scenarios/commands.h"
#include "scenarios/options.h"
#include "scenarios/print.h"
#include "scenarios/train_request.h"
#include "sim/artifact.h"
#include "sim/errors.h"

namespace netcvr {

void add_options(Options& add, DeliverArguments& to) {
    add.required("LOG", to.log, "FILE", log_help);
    add.required("--rule", to.rule, "METHOD",
                 "The method (`netcvr list methods`) whose labelled copies are wanted [required]");
    add.required("-o,--output", to.output, "FILE", "The stream to write, HDF5 [required]");
    add.force(to.force);
}

void run(const DeliverArguments& arguments) {
    const Method& method = find_method(arguments.rule);
    if (method.counted.rates)
        throw InputError(Exit::usage,
                         fmt::format("method '{}' trains no network: it is sent no copies", method.name));
    check_can_write(arguments.output, arguments.force, {arguments.log});
    const LogFile log = read_log(arguments.log);
    warn_without_refunds("deliver", arguments.log, log.log);
    const StreamSummary summary = write_stream(arguments.output, log, method, arguments.force);
    print(fmt::format("{}: {}{}, {} copies, {} rows to pretrain on, {} clicks to predict in {} segments\n",
                      arguments.output, method.name, method.claim == Claim::privileged ? " (privileged)" : "",
                      summary.copies, summary.pretrain, summary.clicks, summary.segments));
}

}  // namespace netcvr
