#include "scenarios/sample_request.h"

#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "scenarios/field_value.h"
#include "sim/errors.h"

namespace netcvr {
namespace {

[[noreturn]] void refuse(const std::string& message) {
    throw InputError(Exit::usage, "sample: " + message);
}

std::optional<std::uint32_t> whole(std::string_view text) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// "6..", "2..4", "0"
bool parse_range(std::string_view text, StratumRule& rule) {
    const auto dots = text.find("..");
    const auto low = whole(text.substr(0, dots));
    if (!low) return false;
    rule.low = *low;
    if (dots == std::string_view::npos) {
        rule.high = *low;
    } else if (const auto rest = text.substr(dots + 2); !rest.empty()) {
        const auto high = whole(rest);
        if (!high || *high < *low) return false;
        rule.high = *high;
    }
    return true;
}

StratumRule parse_stratum(std::string_view text) {
    const auto equals = text.find('='), colon = text.find(':');
    StratumRule rule;
    const std::string_view what = text.substr(0, equals);
    const bool shape = equals != std::string_view::npos && colon != std::string_view::npos && equals < colon;
    rule.of_clicks = what == "clicks";
    const auto share = shape ? parse_number(text.substr(colon + 1)) : std::nullopt;
    if (!shape || (what != "clicks" && what != "purchases") ||
        !parse_range(text.substr(equals + 1, colon - equals - 1), rule) || !share ||
        !(*share > 0 && *share <= 1))
        refuse(fmt::format(
            "--strata: '{}' is not like purchases=6..:0.5, clicks=2..4:0.3 or clicks=0:0.2 "
            "(a count or range of purchases or clicks, and the stratum's share of users in 0 … 1)",
            text));
    rule.share = *share;
    return rule;
}

void check_pairs(const SampleArguments& a, const SampleRequest& request) {
    const bool strata = request.plan.scheme == Scheme::activity_strata;
    const bool top = request.plan.scheme == Scheme::top_purchases || request.plan.scheme == Scheme::top_rate;
    if (top && a.users.empty()) refuse(fmt::format("--scheme {} needs --users", a.scheme));
    if (!top && !strata && !a.users.empty())
        refuse(fmt::format("--scheme {} takes every buyer: --users does not apply", a.scheme));
    if (!strata && !a.strata.empty()) refuse("--strata belongs to --scheme activity-strata");
    if (a.scheme == "keep-buyers" && a.period == "prior")
        refuse("--scheme keep-buyers goes by the log itself; for --period prior use --scheme buyers");
    if (!request.prior && a.count == "all")
        refuse("--count all needs --period prior: only there are purchases that belong to no logged click");
    if (request.prior && a.count == "labels")
        refuse(
            "--count labels needs --period same: labels are the conversions within W_A of the log's clicks");
    if (request.prior && a.truth == "given-inclusion")
        refuse(
            "--truth given-inclusion needs --period same: a choice by the prior period leaves /truth as it "
            "is");
    if (a.truth == "given-inclusion" && request.plan.count != PurchaseCount::labels)
        refuse(fmt::format(
            "--truth given-inclusion needs --count labels, not {}: only of conversions within W_A "
            "is the law known given that they chose the users",
            a.count));
}

PurchaseCount count_of(const SampleArguments& a, const SampleRequest& request) {
    for (const auto count : {PurchaseCount::labels, PurchaseCount::logged, PurchaseCount::all})
        if (a.count == name_of(count)) return count;
    if (a.truth == "given-inclusion") return PurchaseCount::labels;
    const bool all = request.prior && request.plan.scheme != Scheme::activity_strata;
    return all ? PurchaseCount::all : PurchaseCount::logged;
}

SampleTruth truth_of(const SampleArguments& a, bool prior) {
    if (a.truth == "none") return SampleTruth::none;
    if (a.truth == "given-inclusion") return SampleTruth::given_inclusion;
    return prior ? SampleTruth::kept : SampleTruth::before;
}

}  // namespace

void parse_users(std::string_view text, SamplingPlan& plan) {
    if (const auto number = whole(text); number && *number > 0) {
        plan.users = *number;
        plan.share = false;
        return;
    }
    plan.users = parse_share(text).value_or(0);
    plan.share = true;
    if (!(plan.users > 0 && plan.users <= 1))
        refuse(
            fmt::format("--users: '{}' is neither a whole number of users nor a share of them in 0 … 1 "
                        "(0.05, 5%, 1/20)",
                        text));
}

std::vector<StratumRule> parse_strata(std::string_view text) {
    std::vector<StratumRule> strata;
    double sum = 0;
    while (true) {
        const auto comma = text.find(',');
        strata.push_back(parse_stratum(text.substr(0, comma)));
        sum += strata.back().share;
        if (comma == std::string_view::npos) break;
        text = text.substr(comma + 1);
    }
    if (std::fabs(sum - 1) > 1e-9) refuse(fmt::format("--strata: the shares sum to {}, not to 1", sum));
    return strata;
}

SampleRequest sample_request(const SampleArguments& a) {
    SampleRequest request;
    request.scheme = a.scheme;
    SamplingPlan& plan = request.plan;
    plan.scheme = a.scheme == "activity-strata" ? Scheme::activity_strata
                  : a.scheme == "top-purchases" ? Scheme::top_purchases
                  : a.scheme == "top-rate"      ? Scheme::top_rate
                                                : Scheme::buyers;
    request.prior = a.period.empty() ? a.scheme != "keep-buyers" : a.period == "prior";
    plan.count = count_of(a, request);
    if (!a.users.empty()) parse_users(a.users, plan);
    if (!request.prior) plan.strata = strata_of_clickers();
    if (!a.strata.empty()) plan.strata = parse_strata(a.strata);
    check_pairs(a, request);
    request.truth = truth_of(a, request.prior);
    plan.with_bounds = request.truth == SampleTruth::given_inclusion;
    return request;
}

}  // namespace netcvr
