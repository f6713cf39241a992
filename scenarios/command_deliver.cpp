#include <stdexcept>

#include "scenarios/commands.h"

namespace netcvr {

void run(const DeliverArguments&) {
    throw std::logic_error("being built");
}

}  // namespace netcvr
