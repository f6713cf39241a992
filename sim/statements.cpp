#include "sim/statements.h"

#include <array>
#include <cmath>
#include <functional>

#include "sim/math.h"

namespace netcvr {
namespace {

/// Nodes and weights of E f(Z), Z standard normal: the trapezoid rule, which converges geometrically for an
/// analytic f: with a step of 1/4 and σ(η + τ z) the error is below 1e-6 for τ up to 5.
struct NormalRule {
    static constexpr int half = 32;
    static constexpr double step = 0.25;
    std::array<double, 2 * half + 1> node{}, weight{};
    NormalRule() {
        double sum = 0;
        for (std::size_t at = 0; at < node.size(); ++at) {
            node[at] = step * (static_cast<double>(at) - half);
            sum += weight[at] = math::exp(-node[at] * node[at] / 2);
        }
        for (double& w : weight) w /= sum;
    }
};

/// What a click states, given its law.
struct Statement {
    Truth::Column column;
    std::function<double(std::size_t)> of_click;
};

class Statements {
public:
    Statements(const World* world, const Scenario& scenario, const Predictors& x, const Law& law)
        : s_(scenario), x_(x), law_(law) {
        if (world != nullptr && s_.has_repeats()) {
            const double window = log_window(s_.repeats.attribution, 1);  // a gap is at least a second
            repeats_within_ = std::isfinite(window)
                                  ? world->repeat_gap.cdf_of_log(window - world->repeat_gap_log_scale)
                                  : 0;
        }
    }

    std::vector<Statement> all() {
        std::vector<Statement> list;
        const auto add = [&](const char* name, const char* description, const char* units,
                             const char* denominator, auto of_click) {
            list.push_back({{.name = name,
                             .description = description,
                             .units = units,
                             .denominator = denominator,
                             .value = {}},
                            of_click});
        };
        if (s_.has_hidden()) {
            add("cvr_explained", "cvr given all but the hidden effects", "1", "per click",
                [this](std::size_t i) { return explained(i)[0]; });
            add("refund_rate_explained", "refund_rate given all but the hidden effects", "1",
                "per conversion within W_A", [this](std::size_t i) { return explained(i)[1]; });
            add("net_cvr_explained", "net_cvr given all but the hidden effects", "1", "per click",
                [this](std::size_t i) { return explained(i)[2]; });
        }
        if (s_.refund.unreported > 0)
            add("net_cvr_reported",
                "P(conversion within W_A and no reported refund within W_R of it | click)", "1", "per click",
                [this](std::size_t i) {
                    return sum(
                        i, [&](std::size_t k) { return 1 - (1 - s_.refund.unreported) * refunded(k, i); });
                });
        if (s_.has_repeats()) {
            add("repurchases", "E[repeats within W_rep of a conversion within W_A | click]", "events",
                "per click",
                [this](std::size_t i) { return sum(i, [&](std::size_t k) { return repeats(k, i); }); });
            add("net_any", "P(a conversion within W_A or a repeat within W_rep of it is kept | click)", "1",
                "per click", [this](std::size_t i) {
                    return sum(i, [&](std::size_t k) {
                        const double kept = repeats(k, i) * (1 - repeat_refunded(k, i));
                        return 1 - refunded(k, i) * math::exp(-kept);
                    });
                });
        }
        if (s_.has_money()) {
            add("gmv", "E[value of purchases within W_A and W_rep | click]", "currency", "per click",
                [this](std::size_t i) {
                    return x_.price[i] * sum(i, [&](std::size_t k) { return 1 + repeats(k, i); });
                });
            add("net_gmv", "the same less what is paid back within W_R of a purchase", "currency",
                "per click", [this](std::size_t i) {
                    const double share = 1 - s_.money.partial / 2;  // mean share paid back, given a refund
                    return x_.price[i] * sum(i, [&](std::size_t k) {
                               return (1 - share * refunded(k, i)) +
                                      repeats(k, i) * (1 - share * repeat_refunded(k, i));
                           });
                });
        }
        if (s_.has_money() && s_.has_repeats()) {
            add("gmv_first", "E[value of the conversion within W_A | click], without repeats", "currency",
                "per click",
                [this](std::size_t i) { return x_.price[i] * sum(i, [](std::size_t) { return 1.0; }); });
            add("net_gmv_first", "the same less what is paid back within W_R of it", "currency", "per click",
                [this](std::size_t i) {
                    const double share = 1 - s_.money.partial / 2;
                    return x_.price[i] * sum(i, [&](std::size_t k) { return 1 - share * refunded(k, i); });
                });
        }
        return list;
    }

private:
    /// c Σ_k π_k F_k(W_A) f(k)
    template <class F>
    double sum(std::size_t i, F f) const {
        const double considered = x_.considered[i];
        return law_.conversion[i] * ((1 - considered) * law_.within_attribution[0][i] * f(0) +
                                     considered * law_.within_attribution[1][i] * f(1));
    }
    double refunded(std::size_t k, std::size_t i) const {
        return law_.refund[k][i] * law_.refund_within[k][i];
    }
    double repeat_refunded(std::size_t k, std::size_t i) const {
        return s_.has_repeats() ? law_.repeat_refund[k][i] * law_.refund_within[k][i] : 0;
    }
    double repeats(std::size_t k, std::size_t i) const {
        return s_.has_repeats() ? law_.repeat_mean[k][i] * repeats_within_ : 0;
    }
    /// cvr, refund_rate and net_cvr without the hidden effects.
    std::array<double, 3> explained(std::size_t i) const {
        const double c =
            mean_logistic(s_.solved.conversion_intercept + x_.conversion_shown[i], s_.hidden.conversion);
        double converted = 0, kept = 0;
        for (std::size_t k = 0; k < 2; ++k) {
            const double mass =
                (k == 1 ? x_.considered[i] : 1 - x_.considered[i]) * law_.within_attribution[k][i];
            const double logit =
                s_.solved.refund_intercept + (k == 1 ? s_.refund.considered : 0) + x_.refund_shown[i];
            const double refund = s_.has_refunds() ? mean_logistic(logit, s_.hidden.refund) : 0;
            converted += mass;
            kept += mass * (1 - refund * law_.refund_within[k][i]);
        }
        return {c * converted, converted > 0 ? 1 - kept / converted : 0, c * kept};
    }

    const Scenario& s_;
    const Predictors& x_;
    const Law& law_;
    double repeats_within_ = 0;
};

}  // namespace

double mean_logistic(double eta, double tau) {
    static const NormalRule rule;
    if (tau <= 0) return math::logistic(eta);
    double sum = 0;
    for (std::size_t k = 0; k < rule.node.size(); ++k)
        sum += rule.weight[k] * math::logistic(eta + tau * rule.node[k]);
    return sum;
}

std::vector<Truth::Column> statements(const Scenario& scenario) {
    std::vector<Truth::Column> columns;
    const Predictors nothing;
    const Law law;
    for (auto& statement : Statements(nullptr, scenario, nothing, law).all())
        columns.push_back(std::move(statement.column));
    return columns;
}

void write_statements(const World& world,
                      const Predictors& predictors,
                      const Law& law,
                      std::size_t first,
                      std::vector<Truth::Column>& columns) {
    if (columns.empty()) return;
    Statements of(&world, world.scenario, predictors, law);
    const auto all = of.all();
    for (std::size_t c = 0; c < all.size(); ++c)
        for (std::size_t i = 0; i < law.cvr.size(); ++i)
            columns[c].value[first + i] = static_cast<float>(all[c].of_click(i));
}

}  // namespace netcvr
