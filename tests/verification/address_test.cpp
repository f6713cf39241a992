// Address tests: two draws that share an address pass every test of a mean and fail these. Residuals of one
// user, of neighbouring clicks, of the same place in the next block, and of different purposes of one click
// must be uncorrelated. Mutants: an address without its block, without its index, one address for two
// purposes, a random effect of the user that the truth does not know.

#include <numeric>

#include "sim/math.h"
#include "sim/rng.h"
#include "tests/verification/statistics.h"

namespace netcvr {
namespace {

/// Order of drawing j of every click: the log is in order of time.
std::vector<std::uint32_t> places_of(const World& w) {
    std::vector<std::uint32_t> order;
    for (const Address& at : addresses_of(w)) order.push_back(at.j);
    return order;
}

/// Σ a b over pairs of independent residuals, over its standard deviation √Σ Var a Var b.
struct Product {
    double sum = 0, variance = 0;
    void add(double a, double var_a, double b, double var_b) { sum += a * b, variance += var_a * var_b; }
    double z() const { return sum / std::sqrt(variance); }
};

using Labels = std::vector<bool>;

struct Residuals {
    const Sample& s;
    std::vector<std::uint32_t> order;

    double v(std::size_t i) const { return s.rows.truth.cvr[i] * (1 - double{s.rows.truth.cvr[i]}); }
    double e(const Labels& y, std::size_t i) const { return y[i] - double{s.rows.truth.cvr[i]}; }

    /// Σ over users of (Σ e)² − Σ v; Var (Σ e)² = Σ (E e⁴ − 3 v²) + 2 (Σ v)², E e⁴ = v (1 − 3 v).
    double by_user(const Labels& y) const {
        std::vector<double> sum(s.world.population.users.size()), var(sum.size()), kappa(sum.size());
        for (std::size_t i = 0; i < s.clicks.size(); ++i) {
            const auto u = s.clicks.user[i];
            sum[u] += e(y, i), var[u] += v(i), kappa[u] += v(i) * (1 - 6 * v(i));
        }
        double excess = 0, variance = 0;
        for (std::size_t u = 0; u < sum.size(); ++u) {
            excess += sum[u] * sum[u] - var[u];
            variance += kappa[u] + 2 * var[u] * var[u];
        }
        return excess / std::sqrt(variance);
    }
    double next_click(const Labels& y) const {
        Product p;
        for (std::size_t i = 1; i < s.clicks.size(); ++i) p.add(e(y, i - 1), v(i - 1), e(y, i), v(i));
        return p.z();
    }
    /// Pairs of clicks by (block, j): the next j of the block, or the same j in the next block.
    double next_place(const Labels& y, std::uint32_t blocks_on, std::uint32_t places_on) const {
        const Arrivals& a = s.world.arrivals;
        Product p;
        std::vector<std::size_t> row(s.clicks.size());
        for (std::size_t b = 0; b < a.blocks(); ++b)
            for (std::size_t i = a.first_row(b); i < a.first_row(b + 1); ++i)
                row[a.first_row(b) + order[i]] = i;
        for (std::size_t b = 0; b + blocks_on < a.blocks(); ++b)
            for (std::size_t j = 0; j < a.count(b) && j + places_on < a.count(b + blocks_on); ++j) {
                const std::size_t i = row[a.first_row(b) + j],
                                  k = row[a.first_row(b + blocks_on) + j + places_on];
                p.add(e(y, i), v(i), e(y, k), v(k));
            }
        return p.z();
    }
};

/// Whether clicks convert when the uniform is read at a wrong address.
template <class Address>
Labels mutant(const Residuals& r, const Address& address) {
    const Arrivals& a = r.s.world.arrivals;
    Labels y(r.s.clicks.size());
    for (std::uint32_t b = 0; b < a.blocks(); ++b)
        for (std::size_t i = a.first_row(b); i < a.first_row(b + 1); ++i) {
            const auto [index, block] = address(r.order[i], b, i);
            const Words w = philox(7, Draw::conversion, index, block, 5);
            y[i] = uniform(w[0], w[1]) < double{r.s.rows.truth.cvr[i]};
        }
    return y;
}

TEST(Addresses, of_different_clicks_are_different) {
    const Sample s(power_world(1e6));
    const Residuals r{s, places_of(s.world)};
    const double bound = bound_of(4);
    const double user = r.by_user(s.converted), next = r.next_click(s.converted),
                 place = r.next_place(s.converted, 0, 1), block = r.next_place(s.converted, 1, 0);
    std::printf(
        "    by user %.2f, next click %.2f, next j %.2f, same j of the next block %.2f (bound %.2f)\n", user,
        next, place, block, bound);
    for (const double z : {user, next, place, block}) EXPECT_LT(std::fabs(z), bound);

    using At = std::pair<std::uint32_t, std::uint32_t>;
    const auto blockless = mutant(r, [](std::uint32_t j, std::uint32_t, std::size_t) { return At{j, 0}; });
    expect_rejected("an address without its block", r.next_place(blockless, 1, 0), bound);
    const auto paired = mutant(r, [](std::uint32_t j, std::uint32_t b, std::size_t) { return At{j / 2, b}; });
    expect_rejected("an address shared by two places", r.next_place(paired, 0, 1), bound);
    const auto timed = mutant(r, [](std::uint32_t, std::uint32_t b, std::size_t i) {
        return At{static_cast<std::uint32_t>(i / 2), b};
    });
    expect_rejected("an address shared by neighbours in time", r.next_click(timed), bound);
    const auto of_user = mutant(r, [&](std::uint32_t j, std::uint32_t b, std::size_t i) {
        return j % 20 == 0 ? At{s.clicks.user[i], 0xffffff} : At{j, b};
    });
    expect_rejected("one click in 20 addressed by its user", r.by_user(of_user), bound);
    const auto sound = mutant(r, [](std::uint32_t j, std::uint32_t b, std::size_t) { return At{j, b}; });
    EXPECT_LT(std::fabs(r.by_user(sound)), bound) << "the control of the controls";
}

// Given a conversion: its delay as a randomised uniform U_D, whether it is refunded (residual given D), and
// the refund's delay as U_R (given D) must be uncorrelated; a uniform has variance 1/12. And a conversion
// must not know its position, channel or time's place in the second.
TEST(Addresses, of_different_purposes_are_different) {
    const Sample s(power_world(400000));
    Product delay_refund, delay_delay, shared_refund, conversion_refund, shared_conversion;
    for (std::size_t i = 0; i < s.clicks.size(); ++i) {
        const Time conversion = s.rows.truth.conversion_time[i], refund = s.rows.truth.refund_time[i];
        if (conversion == never) continue;
        const ReferenceLaw law = reference_law(s.world, s.clicks, i);
        const auto d = static_cast<double>(conversion - s.clicks.time[i]);
        double density[2], f = 0, after = 0;
        for (std::size_t k = 0; k < 2; ++k) {
            f += law.weight(k) * law.f(k, d), after += law.weight(k) * law.f(k, d + 1);
            density[k] = law.weight(k) * (law.f(k, d + 1) - law.f(k, d));
        }
        const double rho =
            (density[0] * law.refund[0] + density[1] * law.refund[1]) / (density[0] + density[1]);
        const double u = (f + after) / 2;  // the middle of the second: mean 1/2 given no more
        delay_refund.add(u - .5, 1 / 12.0, (refund != never) - rho, rho * (1 - rho));
        shared_refund.add(u - .5, 1 / 12.0, (u < rho) - rho, rho * (1 - rho));
        // One uniform for conversion and refund: given u < c, refunded where u < ρ.
        const double mixed = law.weight(0) * law.refund[0] + law.weight(1) * law.refund[1];
        const Words w = philox(11, Draw::conversion, static_cast<std::uint32_t>(i), 0, 0);
        conversion_refund.add(1, 1, (refund != never) - mixed, mixed * (1 - mixed));
        shared_conversion.add(1, 1, (uniform(w[0], w[1]) * law.conversion < mixed) - mixed,
                              mixed * (1 - mixed));
        if (refund == never) continue;
        const auto t = static_cast<double>(refund - conversion);
        double g = 0, all = 0;
        for (std::size_t k = 0; k < 2; ++k) {
            const double weight = density[k] * law.refund[k];
            g += weight * (law.g(k, t) + law.g(k, t + 1)) / 2, all += weight;
        }
        // Given a refund U_D is no longer uniform, but U_R is, given D: its mean decides.
        delay_delay.add(u - .5, (u - .5) * (u - .5), g / all - .5, 1 / 12.0);
    }
    const double bound = bound_of(3);
    std::printf("    delay × refund %.2f, delay × refund delay %.2f, conversion × refund %.2f (bound %.2f)\n",
                delay_refund.z(), delay_delay.z(), conversion_refund.z(), bound);
    EXPECT_LT(std::fabs(delay_refund.z()), bound);
    EXPECT_LT(std::fabs(delay_delay.z()), bound);
    EXPECT_LT(std::fabs(conversion_refund.z()), bound);
    expect_rejected("one address for conversion delay and refund", std::fabs(shared_refund.z()), bound);
    expect_rejected("one address for conversion and refund", std::fabs(shared_conversion.z()), bound);
}

}  // namespace
}  // namespace netcvr
