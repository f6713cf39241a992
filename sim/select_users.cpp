#include "sim/select_users.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/errors.h"
#include "sim/rng.h"

namespace netcvr {
namespace {

/// A place in the order by score, then by an addressed word: a user is in at or before it.
struct Place {
    double score = 0;
    std::uint64_t word = 0;
    bool has(double other_score, std::uint64_t other_word) const {
        return !(Place{other_score, other_word} < *this);
    }
    /// Later in the order.
    bool operator<(const Place& other) const {
        return score < other.score || (score == other.score && word > other.word);
    }
};

class Selector {
public:
    Selector(const UserCounts& counts,
             std::span<const std::int32_t> users,
             const SamplingPlan& plan,
             std::int64_t seed)
        : counts_(counts), users_(users), plan_(plan), seed_(static_cast<std::uint64_t>(seed)) {}

    Selection top() {
        const std::vector<double> scores = eligible_scores();
        if (scores.empty()) throw InputError(Exit::data, "no user has a purchase in the period");
        const std::size_t wanted =
            plan_.scheme == Scheme::buyers ? scores.size() : wanted_of(scores.size(), "buyers");
        const Place place = place_of(scores, wanted);
        out_.threshold = plan_.scheme == Scheme::buyers ? 1 : place.score;
        out_.strata = {{"all", 0, static_cast<std::int64_t>(scores.size())}};
        const Place excluded = plan_.with_bounds ? first_excluded(place) : Place{};
        for (std::size_t u = 0; u < counts_.size(); ++u)
            if (eligible(u) && place.has(score(u), word(u, 0)))
                add(u, 0, 1, [&](std::uint32_t s) { return in(u, s, excluded); });
        return std::move(out_);
    }

    Selection strata() {
        const std::size_t n = plan_.strata.size();
        std::vector<std::vector<std::uint64_t>> words(n);
        for (std::size_t u = 0; u < counts_.size(); ++u)
            if (const std::size_t h = stratum_of(u); h < n) words[h].push_back(word(u, 1));
        const double total = strata_total(words);
        std::vector<std::uint64_t> last(n, 0);
        std::vector<double> weight(n, 1);
        for (std::size_t h = 0; h < n; ++h) {
            const auto wanted = static_cast<std::size_t>(std::llround(plan_.strata[h].share * total));
            out_.strata.push_back({plan_.strata[h].name(), 0, static_cast<std::int64_t>(words[h].size())});
            if (wanted == 0) continue;
            std::nth_element(words[h].begin(), words[h].begin() + static_cast<std::ptrdiff_t>(wanted - 1),
                             words[h].end());
            last[h] = words[h][wanted - 1];
            weight[h] = static_cast<double>(words[h].size()) / static_cast<double>(wanted);
        }
        for (std::size_t u = 0; u < counts_.size(); ++u)
            if (const std::size_t h = stratum_of(u); h < n && word(u, 1) <= last[h] && weight[h] > 0)
                add(u, h, weight[h], [&](std::uint32_t s) { return stratum_of(u, s) == h; });
        return std::move(out_);
    }

private:
    std::uint32_t purchases(std::size_t u) const {
        switch (plan_.count) {
            case PurchaseCount::labels:
                return counts_.conversions[u];
            case PurchaseCount::logged:
                return counts_.logged(u);
            default:
                return counts_.all(u);
        }
    }
    bool eligible(std::size_t u) const { return purchases(u) > 0; }
    double rate(std::uint32_t conversions, std::size_t u) const {
        return counts_.clicks[u] == 0 ? 0 : static_cast<double>(conversions) / counts_.clicks[u];
    }
    double score(std::size_t u) const {
        switch (plan_.scheme) {
            case Scheme::top_purchases:
                return purchases(u);
            case Scheme::top_rate:
                return rate(counts_.conversions[u], u);
            default:
                return 1;
        }
    }
    std::int32_t id(std::size_t u) const { return users_.empty() ? static_cast<std::int32_t>(u) : users_[u]; }
    std::uint64_t word(std::size_t u, std::size_t half) const {
        const Words w = philox(seed_, Draw::selection, static_cast<std::uint32_t>(id(u)), 0, 0);
        return join(w[2 * half], w[2 * half + 1]);
    }

    std::vector<double> eligible_scores() const {
        std::vector<double> scores;
        for (std::size_t u = 0; u < counts_.size(); ++u)
            if (eligible(u)) scores.push_back(score(u));
        return scores;
    }

    std::size_t wanted_of(std::size_t there, const char* who) const {
        if (plan_.users == 0) return there;
        const double wanted =
            plan_.share ? std::round(plan_.users * static_cast<double>(there)) : plan_.users;
        if (wanted < 1 || wanted > static_cast<double>(there))
            throw InputError(Exit::usage, fmt::format("--users: {:.0f} users are wanted, there are 1 … {} {}",
                                                      wanted, there, who));
        return static_cast<std::size_t>(wanted);
    }

    /// Where the `wanted` best end: first by score, then among those at the last score by word.
    Place place_of(std::vector<double> scores, std::size_t wanted) const {
        const auto last = scores.begin() + static_cast<std::ptrdiff_t>(wanted - 1);
        std::nth_element(scores.begin(), last, scores.end(), std::greater<>());
        Place place{.score = *last, .word = 0};
        const auto above = static_cast<std::size_t>(
            std::count_if(scores.begin(), scores.end(), [&](double s) { return s > place.score; }));
        scores = {};
        std::vector<std::uint64_t> ties;
        for (std::size_t u = 0; u < counts_.size(); ++u)
            if (eligible(u) && score(u) == place.score) ties.push_back(word(u, 0));
        const auto end = ties.begin() + static_cast<std::ptrdiff_t>(wanted - above - 1);
        std::nth_element(ties.begin(), end, ties.end());
        place.word = *end;
        return place;
    }

    /// The best place of those after the last one in; of nobody: score 0.
    Place first_excluded(const Place& last) const {
        Place best{.score = 0, .word = std::numeric_limits<std::uint64_t>::max()};
        for (std::size_t u = 0; u < counts_.size(); ++u)
            if (const Place mine{score(u), word(u, 0)}; eligible(u) && mine < last && best < mine)
                best = mine;
        return best;
    }

    /// Would user u be in with so many conversions, all else as it is? Given the first one who is out and who
    /// is in, the users who are in are independent: each is before that one. (Given the last one who is in
    /// they are not: that user's number is known.)
    bool in(std::size_t u, std::uint32_t conversions, const Place& excluded) const {
        if (conversions == 0) return false;
        if (plan_.scheme == Scheme::buyers) return true;
        const double score = plan_.scheme == Scheme::top_rate ? rate(conversions, u) : conversions;
        return excluded < Place{score, word(u, 0)};
    }

    std::size_t stratum_of(std::size_t u) const { return stratum_of(u, purchases(u)); }
    std::size_t stratum_of(std::size_t u, std::uint32_t bought) const {
        return netcvr::stratum_of(plan_.strata, counts_.clicks[u], bought);
    }

    /// Users in all: as wanted, or as many as the scarcest stratum allows.
    double strata_total(const std::vector<std::vector<std::uint64_t>>& words) const {
        std::size_t scarcest = 0, there = 0;
        double most = std::numeric_limits<double>::infinity();
        for (std::size_t h = 0; h < words.size(); ++h) {
            there += words[h].size();
            if (plan_.strata[h].share <= 0) continue;
            const double allows = std::floor(static_cast<double>(words[h].size()) / plan_.strata[h].share);
            if (allows < most) most = allows, scarcest = h;
        }
        const double total = plan_.users == 0 ? most
                             : plan_.share    ? std::round(plan_.users * static_cast<double>(there))
                                              : plan_.users;
        if (most < 1)
            throw InputError(Exit::usage, fmt::format("--strata: no user is in stratum {}",
                                                      plan_.strata[scarcest].name()));
        if (total < 1 || total > most)
            throw InputError(Exit::usage,
                             fmt::format("--users: {:.0f} users are wanted, but stratum {} has {} users, "
                                         "enough for {:.0f}",
                                         total, plan_.strata[scarcest].name(), words[scarcest].size(), most));
        return total;
    }

    template <class In>
    void add(std::size_t u, std::size_t stratum, double weight, const In& in) {
        out_.user_id.push_back(id(u));
        out_.stratum.push_back(static_cast<std::int32_t>(stratum));
        out_.inclusion_weight.push_back(static_cast<float>(weight));
        out_.purchases.push_back(static_cast<std::int32_t>(purchases(u)));
        ++out_.strata[stratum].selected;
        if (plan_.with_bounds) add_bounds(u, in);
    }
    template <class In>
    void add_bounds(std::size_t u, const In& in) {
        const std::uint32_t clicks = counts_.clicks[u];
        std::uint32_t fewest = purchases(u), most = fewest, admitted = 0;
        while (fewest > 0 && in(fewest - 1)) --fewest;
        while (most < clicks && in(most + 1)) ++most;
        for (std::uint32_t s = 0; s <= clicks; ++s) admitted += in(s) ? 1 : 0;
        if (admitted != most - fewest + 1)
            throw InputError(
                Exit::usage,
                fmt::format("--strata: the conversions that put a user of {} clicks into '{}' are "
                            "no interval: --truth given-inclusion needs one",
                            clicks, out_.strata[static_cast<std::size_t>(out_.stratum.back())].name));
        out_.fewest.push_back(static_cast<std::int32_t>(fewest));
        out_.most.push_back(static_cast<std::int32_t>(most));
    }

    const UserCounts& counts_;
    std::span<const std::int32_t> users_;
    const SamplingPlan& plan_;
    std::uint64_t seed_;
    Selection out_;
};

}  // namespace

std::string_view name_of(PurchaseCount count) {
    switch (count) {
        case PurchaseCount::labels:
            return "labels";
        case PurchaseCount::logged:
            return "logged";
        default:
            return "all";
    }
}

std::string StratumRule::name() const {
    const std::string what = of_clicks ? "clicks" : "purchases";
    if (low == high) return fmt::format("{}={}", what, low);
    return high == std::numeric_limits<std::uint32_t>::max() ? fmt::format("{}={}..", what, low)
                                                             : fmt::format("{}={}..{}", what, low, high);
}

std::vector<StratumRule> usual_strata() {
    return {{.of_clicks = false, .low = 6, .share = 0.5},
            {.of_clicks = true, .low = 2, .high = 4, .share = 0.3},
            {.of_clicks = true, .low = 0, .high = 0, .share = 0.2}};
}

std::vector<StratumRule> strata_of_clickers() {
    return {{.of_clicks = false, .low = 6, .share = 0.625},
            {.of_clicks = true, .low = 2, .high = 4, .share = 0.375}};
}

std::size_t stratum_of(std::span<const StratumRule> strata, std::uint32_t clicks, std::uint32_t purchases) {
    std::size_t h = 0;
    while (h < strata.size() && !strata[h].fits(clicks, purchases)) ++h;
    return h;
}

Selection select_users(const UserCounts& counts,
                       std::span<const std::int32_t> users,
                       const SamplingPlan& plan,
                       std::int64_t seed) {
    Selector selector(counts, users, plan, seed);
    return plan.scheme == Scheme::activity_strata ? selector.strata() : selector.top();
}

}  // namespace netcvr
