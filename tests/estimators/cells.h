#pragma once
// Worlds of one x with a fully known law: every way of (conversion delay, refund delay) listed with
// its mass. Each way is one click of a log that starts at 0, so that the real windows and delivery
// rules apply to it.

#include <random>
#include <string_view>
#include <vector>

#include "estimators/method.h"
#include "estimators/stage.h"

namespace netcvr::cells {

struct Way {
    double mass = 0;
    Time conversion = never;  // delays; never = does not happen
    Time refund = never;
};

struct Cell {
    std::vector<Way> ways;
    Windows windows;
    Time segment = 300;
};

/// Masses and expectations by plain enumeration with whole-second comparisons; nothing of estimators/ is
/// used.
struct Truth {
    double cvr = 0, late = 0;            // P(D < W_A), P(D < W_A, D > w_c)
    double refund = 0, refund_late = 0;  // given conversion: P(R < W_R), P(R < W_R, R > w_r)
    double net = 0;
};

inline Truth truth_of(const Cell& cell) {
    Truth truth;
    double refunds = 0, late_refunds = 0;
    for (const auto& [mass, conversion, refund] : cell.ways) {
        const bool converts = conversion != never && conversion < cell.windows.conversion_attribution;
        if (!converts) continue;
        truth.cvr += mass;
        if (conversion > cell.windows.conversion_observation) truth.late += mass;
        const bool refunded = refund != never && refund < cell.windows.refund_attribution;
        if (refunded) refunds += mass;
        if (refunded && refund > cell.windows.refund_observation) late_refunds += mass;
        if (!refunded) truth.net += mass;
    }
    truth.refund = truth.cvr > 0 ? refunds / truth.cvr : 0;
    truth.refund_late = truth.cvr > 0 ? late_refunds / truth.cvr : 0;
    return truth;
}

/// Masses of the seven trajectories with these observation windows, attribution as in the cell; by plain
/// enumeration.
inline Trajectories trajectories_of(const Cell& cell, const Windows& windows) {
    Trajectories masses{};
    for (const auto& [mass, conversion, refund] : cell.ways) {
        const bool converts = conversion != never && conversion < cell.windows.conversion_attribution;
        const bool refunded = converts && refund != never && refund < cell.windows.refund_attribution;
        std::size_t place = 0;
        if (converts) {
            place = conversion <= windows.conversion_observation ? 1 : 4;
            if (refunded) place += refund <= windows.refund_observation ? 1 : 2;
        }
        masses[place] += mass;
    }
    return masses;
}

inline CellLaw law_of(const Cell& cell) {
    return {.mass = trajectories_of(cell, cell.windows),
            .event_by =
                [cell](StageKind stage, Time age) {
                    Windows windows = cell.windows;
                    windows.conversion_observation = windows.refund_observation = age;
                    const Trajectories m = trajectories_of(cell, windows);
                    const double converted = m[1] + m[2] + m[3] + m[4] + m[5] + m[6];
                    if (stage == StageKind::refund) return converted > 0 ? (m[2] + m[5]) / converted : 0;
                    return stage == StageKind::conversion ? m[1] + m[2] + m[3] : m[1] + m[4];
                },
            .segment = cell.segment};
}

inline Outcomes outcomes_of(const Cell& cell) {
    ClickLog log;
    log.windows = cell.windows;
    log.protocol = {.pretrain = 0, .gap = 0, .segment = cell.segment};
    for (const auto& [mass, conversion, refund] : cell.ways) {
        log.click_time.push_back(0);
        log.conversion_time.push_back(conversion);
        log.refund_time.push_back(conversion == never || refund == never ? never : conversion + refund);
    }
    return outcomes(log);
}

struct Share {
    double share = 0;
    Time delay = never;
};

/// conversions and refunds(delay) list shares of the event's delays; the rest of `p` is no conversion.
template <class Refunds>
Cell make_cell(double p, const std::vector<Share>& conversions, const Windows& windows, Refunds refunds) {
    Cell cell{.ways = {{.mass = 1 - p}}, .windows = windows};
    for (const auto& [share, delay] : conversions)
        for (const auto& [refund_share, refund_delay] : refunds(delay))
            cell.ways.push_back({p * share * refund_share, delay, refund_delay});
    return cell;
}

/// Cells A to D of the specification, 7.1; its unit of time, the observation window, is 20 s here.
inline std::vector<Cell> specified() {
    const Windows windows{.conversion_attribution = 6000,
                          .refund_attribution = 6000,
                          .conversion_observation = 20,
                          .refund_observation = 20};
    using Shares = std::vector<Share>;
    const auto always = [](const Shares& shares) { return [shares](Time) { return shares; }; };
    return {
        make_cell(.05, {{.45, 4}, {.15, 11}, {.10, 16}, {.20, 100}, {.10, 1200}}, windows,
                  always({{.80}, {.08, 6}, {.12, 800}})),
        make_cell(.10, {{.30, 6}, {.10, 12}, {.10, 18}, {.30, 160}, {.20, 2000}}, windows,
                  always({{.46}, {.20, 10}, {.34, 500}})),
        make_cell(.30, {{.40, 2}, {.20, 12}, {.10, 18}, {.30, 600}}, windows,
                  [](Time delay) {
                      return delay <= 20 ? Shares{{.70}, {.20, 8}, {.10, 1000}}
                                         : Shares{{.25}, {.45, 8}, {.30, 1000}};
                  }),
        make_cell(.60, {{.10, 4}, {.05, 12}, {.05, 18}, {.80, 400}}, windows,
                  always({{.35}, {.35, 4}, {.30, 1800}})),
    };
}

struct Named {
    std::string_view name;
    Cell cell;
};

/// Worlds in which something is missing or falls on an edge (methods/spec.md 7.4); W = 1000 s, w = 10 s.
inline std::vector<Named> degenerate() {
    const Windows windows{.conversion_attribution = 1000,
                          .refund_attribution = 1000,
                          .conversion_observation = 10,
                          .refund_observation = 10};
    using Shares = std::vector<Share>;
    const Shares usual = {{.3, 2}, {.3, 9}, {.4, 300}}, refunds = {{.6}, {.1, 3}, {.3, 400}};
    const auto world = [&](const Shares& conversions, const Shares& of_refunds) {
        return make_cell(.3, conversions, windows, [=](Time) { return of_refunds; });
    };
    return {
        {"no delay", world({{1, 0}}, {{.6}, {.4, 0}})},
        {"no refunds", world(usual, {{1}})},
        {"refunds at once", world(usual, {{.6}, {.4, 0}})},
        {"conversions late", world({{.5, 11}, {.3, 200}, {.2, 900}}, refunds)},
        {"refunds late", world(usual, {{.6}, {.2, 11}, {.2, 800}})},
        {"everything late", world({{.5, 11}, {.5, 900}}, {{.6}, {.2, 11}, {.2, 800}})},
        {"conversions at w", world({{.5, 10}, {.5, 10}}, refunds)},
        {"conversions at W", world({{.5, 500}, {.5, 1000}}, refunds)},
        {"refunds at w", world(usual, {{.6}, {.4, 10}})},
        {"refunds at W", world(usual, {{.6}, {.2, 500}, {.2, 1000}})},
    };
}

/// Every delay that an edge could misjudge, 0 and never included, with random masses; refunds depend on
/// conversions.
inline Cell random_cell(std::mt19937_64& random) {
    std::uniform_int_distribution<Time> small(1, 50), large(60, 500);
    std::uniform_real_distribution<double> mass(0.01, 1.0);
    const Windows windows{.conversion_attribution = large(random),
                          .refund_attribution = large(random),
                          .conversion_observation = small(random),
                          .refund_observation = small(random)};
    const Time segment = small(random) + large(random) / 4;
    const auto delays = [](Time observation, Time attribution) {
        return std::vector<Time>{
            0, observation, observation + 1, attribution - 1, attribution, attribution + 1, never};
    };
    Cell cell{.ways = {}, .windows = windows, .segment = segment};
    double total = 0;
    for (const Time conversion : delays(windows.conversion_observation, windows.conversion_attribution))
        for (const Time refund : delays(windows.refund_observation, windows.refund_attribution)) {
            cell.ways.push_back({mass(random) * mass(random), conversion, refund});
            total += cell.ways.back().mass;
        }
    for (auto& way : cell.ways) way.mass /= total;
    return cell;
}

}  // namespace netcvr::cells
