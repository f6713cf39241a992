#include <fmt/format.h>

#include "output/stream_file.h"
#include "scenarios/commands.h"
#include "scenarios/print.h"
#include "sim/artifact.h"

namespace netcvr {

void run(const DeliverArguments& arguments) {
    const Method& method = find_method(arguments.rule);
    check_can_write(arguments.output, arguments.force);
    const LogFile log = read_log(arguments.log);
    const StreamSummary summary = write_stream(arguments.output, log, method, arguments.force);
    print(fmt::format("{}: {}{}, {} copies, {} rows to pretrain on, {} clicks to predict in {} segments\n",
                      arguments.output, method.name, method.claim == Claim::privileged ? " (privileged)" : "",
                      summary.copies, summary.pretrain, summary.clicks, summary.segments));
}

}  // namespace netcvr
