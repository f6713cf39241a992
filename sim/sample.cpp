#include "sim/sample.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "sim/given_inclusion.h"
#include "sim/log_rows.h"

namespace netcvr {
namespace {

/// The cvr of every chosen row given that its user was chosen, in the order of the rows.
std::vector<float> cvr_given_inclusion(const VisitLog& visit, const UserSet& set, const Selection& chosen) {
    std::vector<float> cvr;
    std::vector<std::uint32_t> place;  // place[k]: of row k's user in the selection
    visit([&](const LogRows& rows, std::size_t) {
        for (const std::uint32_t row : set.rows_of(rows.log)) {
            const auto at = std::ranges::lower_bound(chosen.user_id, rows.log.user_id[row]);
            place.push_back(static_cast<std::uint32_t>(at - chosen.user_id.begin()));
            cvr.push_back(rows.truth.cvr[row]);
        }
    });
    std::vector<std::uint32_t> begin(chosen.user_id.size() + 1, 0), order(cvr.size());
    for (const std::uint32_t user : place) ++begin[user + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    auto next = begin;
    for (std::uint32_t k = 0; k < cvr.size(); ++k) order[next[place[k]]++] = k;
    std::vector<float> p;
    for (std::size_t user = 0; user < chosen.user_id.size(); ++user) {
        p.clear();
        for (std::uint32_t k = begin[user]; k < begin[user + 1]; ++k) p.push_back(cvr[order[k]]);
        if (p.empty()) continue;
        const auto given = given_inclusion(p, chosen.fewest[user], chosen.most[user]);
        for (std::size_t k = 0; k < given.size(); ++k)
            cvr[order[begin[user] + k]] = static_cast<float>(given[k]);
    }
    return cvr;
}

LogHeader header_for(LogHeader header, SampleTruth truth) {
    if (truth == SampleTruth::before) header.truth.before_selection = true;
    if (truth == SampleTruth::given_inclusion)
        header.truth = {.more = {}, .law = {}, .given_inclusion = true};
    if (truth == SampleTruth::none)
        header.truth = {.cvr = false, .refund_rate = false, .net_cvr = false, .more = {}, .law = {}};
    return header;
}

/// Collects chosen rows and writes them chunk by chunk.
class SampleWriter {
public:
    SampleWriter(const LogHeader& header, const SampleOptions& options, std::vector<float> given)
        : source_(header),
          header_(header_for(header, options.truth)),
          given_(std::move(given)),
          encoder_(header_, options.compress),
          writer_(options.path, header_, options.compress, options.force),
          waiting_(empty_rows(header)) {}

    void add(const LogRows& rows, std::span<const std::uint32_t> chosen) {
        append_chosen_rows(rows, source_.truth, chosen, waiting_);
        while (waiting_.log.size() >= chunk_rows) write(chunk_rows);
    }
    SampleSummary finish() {
        if (waiting_.log.size() > 0) write(waiting_.log.size());
        writer_.finish();
        return {
            .rows = written_, .users = header_.selection->user_id.size(), .digest_log = writer_.digest_log()};
    }

private:
    void write(std::size_t count) {
        LogRows part = waiting_;
        keep_rows(part, source_.truth, 0, count);
        keep_rows(waiting_, source_.truth, count, waiting_.log.size() - count);
        if (!header_.truth.full) part.truth.law.clear();
        if (header_.truth.more.empty()) part.truth.more.clear();
        if (!given_.empty()) replace_rates(part.truth);
        encoder_.encode(part, true, encoded_);
        writer_.append(encoded_);
        written_ += count;
    }
    /// The refund of a conversion does not depend on why its user was chosen.
    void replace_rates(Truth& truth) const {
        for (std::size_t i = 0; i < truth.cvr.size(); ++i) {
            truth.cvr[i] = given_[written_ + i];
            truth.net_cvr[i] = static_cast<float>(truth.cvr[i] * (1.0 - truth.refund_rate[i]));
        }
    }

    LogHeader source_, header_;
    std::vector<float> given_;
    RowEncoder encoder_;
    LogWriter writer_;
    LogRows waiting_;
    EncodedRows encoded_;
    std::size_t written_ = 0;
};

}  // namespace

LogCounts::LogCounts(std::vector<std::int32_t> ids, std::size_t count, PurchaseCount purchases)
    : users(std::move(ids)), purchases_(purchases) {
    counts.resize(users.empty() ? count : users.size());
}

std::size_t LogCounts::place_of(std::int32_t id) const {
    return users.empty() ? static_cast<std::size_t>(id)
                         : static_cast<std::size_t>(std::ranges::lower_bound(users, id) - users.begin());
}

void LogCounts::add(const ClickLog& log) {
    const bool labels = purchases_ == PurchaseCount::labels;
    for (std::size_t i = 0; i < log.size(); ++i) {
        const std::size_t user = place_of(log.user_id[i]);
        ++counts.clicks[user];
        const bool converts = labels ? within(log.click_time[i], log.conversion_time[i],
                                              log.windows.conversion_attribution, Edge::open)
                                     : log.conversion_time[i] != never;
        counts.conversions[user] += converts ? 1 : 0;
    }
    if (labels) return;
    const Purchases& p = log.purchases;
    for (std::size_t k = 0; k < p.size(); ++k)
        if (p.ordinal[k] > 0) ++counts.repeats[place_of(log.user_id[static_cast<std::size_t>(p.row[k])])];
}

UserSet::UserSet(std::span<const std::int32_t> users) {
    if (!users.empty()) in_.resize(static_cast<std::size_t>(*std::ranges::max_element(users)) + 1);
    for (const std::int32_t user : users) in_[static_cast<std::size_t>(user)] = true;
}

std::vector<std::uint32_t> UserSet::rows_of(const ClickLog& log) const {
    std::vector<std::uint32_t> rows;
    for (std::uint32_t i = 0; i < log.size(); ++i)
        if (has(log.user_id[i])) rows.push_back(i);
    return rows;
}

SampleSummary write_sample(const VisitLog& visit, const LogHeader& header, const SampleOptions& options) {
    const Selection& chosen = *header.selection;
    const UserSet set(chosen.user_id);
    std::vector<float> given;
    if (options.truth == SampleTruth::given_inclusion) given = cvr_given_inclusion(visit, set, chosen);
    SampleWriter writer(header, options, std::move(given));
    visit([&](const LogRows& rows, std::size_t) { writer.add(rows, set.rows_of(rows.log)); });
    return writer.finish();
}

}  // namespace netcvr
