#include "scenarios/masses_of_log.h"

#include <memory>

#include "sim/trajectories.h"

namespace netcvr {

MassesOf masses_of(const LogFile& file, const Scenario& scenario) {
    if (!file.truth || !file.header.truth.full) return {};
    return [truth = std::make_shared<const FullTruth>(scenario, file.truth->law)](std::size_t click,
                                                                                  const Windows& windows) {
        return trajectories(truth->laws(), (*truth)[click], windows);
    };
}

}  // namespace netcvr
