#include "sim/log_users.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/log_columns.h"

namespace netcvr {
namespace {

/// visit(LogColumn, std::vector<T>&) for every column of /users.
template <class Users, class Visit>
void for_each_user_column(Users& users, Visit visit) {
    visit(LogColumn{"/users", "user_id", "id", "of a sampled user, with or without clicks"}, users.user_id);
    visit(LogColumn{"/users", "stratum", "row of /strata", "where the user was chosen"}, users.stratum);
    visit(
        LogColumn{
            "/users", "inclusion_weight", "1",
            "users of the stratum per sampled user: for totals over the union of the strata, not over all "
            "users; 1 in a selection that leaves nobody to chance, which no weight undoes"},
        users.inclusion_weight);
    visit(
        LogColumn{
            "/users", "count", "events",
            "purchases of the user in the period, as selection.count says: labels (first conversions within "
            "W_A), logged (after logged clicks: conversions whenever they come, and repeats), all "
            "(others too)"},
        users.purchases);
}

struct StrataColumns {
    std::vector<std::int64_t> selected, eligible;
};
template <class Columns, class Visit>
void for_each_stratum_column(Columns& strata, Visit visit) {
    visit(LogColumn{"/strata", "selected", "users", "n_h: sampled"}, strata.selected);
    visit(LogColumn{"/strata", "eligible", "users", "N_h: in the stratum"}, strata.eligible);
}

template <class T>
ColumnDigest digest_of_column(const std::string& path, const std::vector<T>& values) {
    ColumnDigest digest{path, {}};
    for (std::size_t begin = 0; begin < values.size(); begin += chunk_rows)
        digest.slices.push_back(
            digest_of(&values[begin], std::min(chunk_rows, values.size() - begin) * sizeof(T)));
    return digest;
}

template <class T>
void check_column(
    const Hdf5Reader& file, const std::string& path, const std::vector<T>& values, T low, T high) {
    for (std::size_t row = 0; row < values.size(); ++row)
        if (!(values[row] >= low && values[row] <= high))
            file.fail(path, fmt::format("row {}: {} is outside {} … {}", row, values[row], low, high));
}

void check(const Hdf5Reader& file, const Selection& s) {
    constexpr std::int32_t largest = std::numeric_limits<std::int32_t>::max();
    check_column(file, "/users/user_id", s.user_id, 0, largest);
    check_column(file, "/users/stratum", s.stratum, 0, static_cast<std::int32_t>(s.strata.size()) - 1);
    check_column(file, "/users/inclusion_weight", s.inclusion_weight, 0.0F, 1e30F);
    check_column(file, "/users/count", s.purchases, 0, largest);
    for (std::size_t row = 1; row < s.user_id.size(); ++row)
        if (s.user_id[row] <= s.user_id[row - 1])
            file.fail("/users/user_id",
                      fmt::format("row {}: {} is not above the row before", row, s.user_id[row]));
}

}  // namespace

std::vector<ColumnDigest> write_selection(Hdf5Writer& file, const Selection& s, int compress) {
    file.text("/", "selection.scheme", s.scheme);
    file.text("/", "selection.count", s.count);
    file.text("/", "selection.period", s.period);
    file.number("/", "selection.threshold", s.threshold);
    std::vector<std::string> names, user_order, strata_order;
    StrataColumns strata;
    for (const auto& stratum : s.strata) {
        names.push_back(stratum.name);
        strata.selected.push_back(stratum.selected);
        strata.eligible.push_back(stratum.eligible);
    }
    std::vector<ColumnDigest> digests;
    const auto write = [&](std::vector<std::string>& order) {
        return [&]<class T>(const LogColumn& column, const std::vector<T>& values) {
            file.column(column.path(), std::span<const T>(values), compress);
            file.text(column.path(), "units", column.units);
            file.text(column.path(), "description", column.description);
            order.push_back(column.name);
            digests.push_back(digest_of_column(column.path(), values));
        };
    };
    file.group("/users");
    file.group("/strata");
    for_each_user_column(s, write(user_order));
    for_each_stratum_column(strata, write(strata_order));
    file.texts("/users", "column_order", user_order);
    file.texts("/strata", "column_order", strata_order);
    file.texts("/strata", "names", names);
    return digests;
}

Sampled read_selection(const Hdf5Reader& file) {
    Sampled read;
    Selection& s = read.selection;
    s.scheme = file.text("/", "selection.scheme");
    s.count = file.text("/", "selection.count");
    s.period = file.text("/", "selection.period");
    s.threshold = file.number("/", "selection.threshold");
    const auto column_of = [&](const std::string& first) {
        return [&, rows = file.rows(first), first]<class T>(const LogColumn& column, std::vector<T>& values) {
            const std::string path = column.path();
            if (file.rows(path) != rows)
                file.fail(path, fmt::format("has {} rows, {} has {}", file.rows(path), first, rows));
            values = file.read<T>(path);
            read.digests.push_back(digest_of_column(path, values));
        };
    };
    for_each_user_column(s, column_of("/users/user_id"));
    StrataColumns strata;
    for_each_stratum_column(strata, column_of("/strata/selected"));
    const auto names = file.texts("/strata", "names");
    if (names.size() != strata.selected.size())
        file.fail("/strata", "attribute 'names' has not one name a row");
    for (std::size_t h = 0; h < names.size(); ++h)
        s.strata.push_back({names[h], strata.selected[h], strata.eligible[h]});
    check(file, s);
    return read;
}

}  // namespace netcvr
