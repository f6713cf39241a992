#include "estimators/correction.h"

#include <vector>

namespace netcvr {

Time refitted(const Protocol& protocol, Time t) {
    const Time since = t - protocol.stream_start(), segment = since / protocol.segment * protocol.segment,
               today = segment / day * day;
    // Segments need not divide a day.
    return protocol.stream_start() + (today + protocol.segment - 1) / protocol.segment * protocol.segment;
}

Time judged_at_age(const Windows& windows, StageKind stage) {
    return stage == StageKind::conversion ? windows.conversion_attribution : windows.maturity();
}

void correct(const Correction& correction,
             const Outcomes& all,
             std::span<const std::uint32_t> streamed,
             std::span<const std::uint32_t> strata,
             std::span<double> predicted) {
    const std::vector<double> said(predicted.begin(), predicted.end());
    const std::vector<Time>& click_time = all.conversion.start;
    const Time age = judged_at_age(all.windows, correction.stage);
    Judged judged;
    Mapping mapping;
    Time fitted = never;
    std::size_t next = 0;  // to be judged
    for (std::size_t k = 0; k < streamed.size(); ++k) {
        if (const Time now = refitted(all.protocol, click_time[streamed[k]]); now != fitted) {
            fitted = now;
            for (; next < streamed.size() && click_time[streamed[next]] + age <= now; ++next)
                if (const std::uint32_t i = streamed[next]; all.stage(correction.stage).entered(i))
                    judged.add(said[next], all.label(correction.stage, i), strata[i]);
            if (judged.size() > 0) mapping = correction.fit(judged);
        }
        if (mapping) predicted[k] = mapping(said[k], strata[streamed[k]]);
    }
}

}  // namespace netcvr
