#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "sim/log_file.h"
#include "tests/scenarios/run_program.h"

namespace netcvr {
namespace {

const char* const prior =
    "--set prior_period.duration=30d --set prior_period.persistence=.8 --set "
    "prior_period.off_log_purchases=.002 ";

Ran sample(const ScratchFolder& folder, const std::string& arguments) {
    return run_in(folder, "netcvr sample " + arguments);
}

TEST(SampleCommand, chooses_the_same_clicks_from_a_scenario_and_from_its_log) {
    const ScratchFolder folder;
    const std::string world = std::string("tiny --set log.clicks=4000 ") + prior;
    ASSERT_EQ(run_in(folder, "netcvr simulate " + world + "-o log.h5").exit, 0);
    for (const char* how : {"--scheme buyers", "--scheme top-purchases --users 50 --period same",
                            "--scheme top-rate --users 10%",
                            "--scheme top-rate --users 1/9 --period same --truth given-inclusion",
                            "--scheme keep-buyers --truth none"}) {
        const auto streamed = sample(folder, world + how + " -o a.h5 --force");
        const auto read = sample(folder, std::string("log.h5 ") + how + " -o b.h5 --force");
        ASSERT_EQ(streamed.exit, 0) << how << streamed.err;
        ASSERT_EQ(read.exit, 0) << how << read.err;
        const LogFile a = read_log(folder.file("a.h5")), b = read_log(folder.file("b.h5"));
        EXPECT_EQ(a.digest_log, b.digest_log) << how;
        EXPECT_EQ(a.digest_truth, b.digest_truth) << how;
        EXPECT_GT(a.log.size(), 0u) << how;
        EXPECT_EQ(a.header.selection->user_id, b.header.selection->user_id) << how;
        EXPECT_EQ(a.header.selection->purchases, b.header.selection->purchases) << how;
    }
}

TEST(SampleCommand, samples_strata_with_weights_and_users_without_clicks) {
    const ScratchFolder folder;
    const auto ran = sample(folder, std::string("tiny ") + prior +
                                        "--scheme activity-strata --users 40 --strata "
                                        "purchases=3..:.5,clicks=0..4:.5 -o s.h5");
    ASSERT_EQ(ran.exit, 0) << ran.err;
    EXPECT_NE(ran.out.find("union of the strata"), std::string::npos) << ran.out;
    const LogFile file = read_log(folder.file("s.h5"));
    const Selection& s = *file.header.selection;
    EXPECT_EQ(s.user_id.size(), 40u);
    EXPECT_EQ(s.strata[0].name, "purchases=3..");
    EXPECT_EQ(s.strata[1].selected, 20);
    EXPECT_EQ(s.scheme, "activity-strata");
    EXPECT_EQ(s.count, "logged");
    EXPECT_EQ(s.period, "prior");
    EXPECT_TRUE(file.truth.has_value());  // chosen by the prior period: as true as before
    for (std::size_t k = 0; k < s.user_id.size(); ++k) {
        const auto& of = s.strata[static_cast<std::size_t>(s.stratum[k])];
        EXPECT_FLOAT_EQ(s.inclusion_weight[k], static_cast<float>(of.eligible) / 20);
    }
}

TEST(SampleCommand, ranks_users_by_their_purchase_events_in_the_log_itself) {
    const ScratchFolder folder;
    ASSERT_EQ(run_in(folder,
                     "netcvr simulate tiny --set log.clicks=4000 --set users.count=300 --set "
                     "targets.repurchases_per_click=.04 -o log.h5")
                  .exit,
              0);
    const LogFile whole = read_log(folder.file("log.h5"));
    std::map<std::int32_t, std::int32_t> events;  // of users who bought
    for (const auto row : whole.log.purchases.row) ++events[whole.log.user_id[static_cast<std::size_t>(row)]];
    const auto ran = sample(folder, "log.h5 --scheme top-purchases --users 40 --period same -o top.h5");
    ASSERT_EQ(ran.exit, 0) << ran.err;
    EXPECT_NE(ran.out.find("--count logged): conversions whenever they come, and repeats, in the log itself"),
              std::string::npos)
        << ran.out;
    const LogFile top = read_log(folder.file("top.h5"));
    const Selection& s = *top.header.selection;
    EXPECT_EQ(s.count, "logged");
    for (std::size_t k = 0; k < s.user_id.size(); ++k) EXPECT_EQ(s.purchases[k], events[s.user_id[k]]);
    for (const auto& [user, count] : events) {
        const bool in = std::ranges::binary_search(s.user_id, user);
        EXPECT_TRUE(in || count <= s.threshold) << user;
    }
    ASSERT_EQ(sample(folder, "log.h5 --scheme keep-buyers -o buyers.h5").exit, 0);
    EXPECT_EQ(read_log(folder.file("buyers.h5")).header.selection->user_id.size(), events.size());
}

TEST(SampleCommand, counts_labels_where_the_law_given_inclusion_is_asked_for) {
    const ScratchFolder folder;
    const auto ran = sample(
        folder, "tiny --scheme top-purchases --users 20 --period same --truth given-inclusion -o s.h5");
    ASSERT_EQ(ran.exit, 0) << ran.err;
    EXPECT_NE(ran.out.find("--count labels): first conversions within W_A"), std::string::npos) << ran.out;
    EXPECT_EQ(read_log(folder.file("s.h5")).header.selection->count, "labels");
    const auto asked = sample(folder,
                              "tiny --scheme top-purchases --users 20 --period same --count labels --truth "
                              "given-inclusion -o t.h5");
    ASSERT_EQ(asked.exit, 0) << asked.err;
    EXPECT_EQ(read_log(folder.file("t.h5")).digest_log, read_log(folder.file("s.h5")).digest_log);
}

TEST(SampleCommand, has_usual_strata_of_users_with_clicks_where_the_log_itself_chooses) {
    const ScratchFolder folder;
    const std::string world = "tiny --set users.count=2000 --set targets.cvr=.4 ";
    ASSERT_EQ(run_in(folder, "netcvr simulate " + world + "-o log.h5").exit, 0);
    for (const std::string& source : {std::string("log.h5 "), world}) {
        const auto ran = sample(folder, source + "--scheme activity-strata --period same -o s.h5 --force");
        ASSERT_EQ(ran.exit, 0) << ran.err;
        const LogFile file = read_log(folder.file("s.h5"));
        const auto& strata = file.header.selection->strata;
        ASSERT_EQ(strata.size(), 2u);
        EXPECT_EQ(strata[0].name, "purchases=6..");
        EXPECT_EQ(strata[1].name, "clicks=2..4");
        EXPECT_NEAR(static_cast<double>(strata[0].selected) / static_cast<double>(strata[1].selected),
                    5.0 / 3, 0.05);
    }
}

TEST(SampleCommand, knows_a_log_by_its_first_bytes) {
    const ScratchFolder folder;
    ASSERT_EQ(run_in(folder, "netcvr simulate tiny -o log.h5 && mv log.h5 clicks").exit, 0);
    const auto ran = sample(folder, "clicks --scheme keep-buyers -o s.h5");
    EXPECT_EQ(ran.exit, 0) << ran.err;
}

TEST(SampleCommand, does_not_depend_on_threads_or_compression) {
    const ScratchFolder folder;
    const std::string how = std::string("tiny ") + prior + "--scheme top-purchases --users 30 ";
    ASSERT_EQ(sample(folder, how + "--threads 1 --compress 0 -o a.h5").exit, 0);
    ASSERT_EQ(sample(folder, how + "--threads 3 -o b.h5").exit, 0);
    EXPECT_EQ(read_log(folder.file("a.h5")).digest_log, read_log(folder.file("b.h5")).digest_log);
    EXPECT_EQ(read_log(folder.file("a.h5")).digest_truth, read_log(folder.file("b.h5")).digest_truth);
}

TEST(SampleCommand, has_no_truth_to_score_against_where_outcomes_chose) {
    const ScratchFolder folder;
    ASSERT_EQ(sample(folder, "tiny --scheme keep-buyers -o s.h5").exit, 0);
    const auto scored = run_in(folder, "echo row,cvr,refund_rate,net_cvr > p.csv; netcvr score s.h5 p.csv");
    EXPECT_EQ(scored.exit, 4);
    EXPECT_NE(scored.err.find("truth_before_selection"), std::string::npos) << scored.err;
    EXPECT_NE(scored.err.find("given-inclusion"), std::string::npos) << scored.err;
}

TEST(SampleCommand, validates_where_the_prior_period_chose_and_refuses_where_outcomes_did) {
    const ScratchFolder folder;
    ASSERT_EQ(sample(folder, std::string("tiny ") + prior + "--scheme buyers -o prior.h5").exit, 0);
    const auto held = run_in(folder, "netcvr validate prior.h5 --truth");
    EXPECT_EQ(held.exit, 0) << held.out << held.err;
    ASSERT_EQ(sample(folder, "tiny --scheme keep-buyers --truth given-inclusion -o same.h5").exit, 0);
    EXPECT_EQ(run_in(folder, "netcvr validate same.h5").exit, 0);
    const auto refused = run_in(folder, "netcvr validate same.h5 --truth");
    EXPECT_EQ(refused.exit, 4);
    EXPECT_NE(refused.err.find("depend on each other"), std::string::npos) << refused.err;
}

TEST(SampleCommand, prints_a_table_of_the_four_samples) {
    const ScratchFolder folder;
    const auto ran = sample(folder, std::string("tiny ") + prior + "--table");
    ASSERT_EQ(ran.exit, 0) << ran.err;
    for (const char* part : {"2A", "2B", "20.5185", "21.0683%", "of 16 figures"})
        EXPECT_NE(ran.out.find(part), std::string::npos) << ran.out;
    const auto json = sample(folder, std::string("tiny ") + prior + "--table --json");
    EXPECT_TRUE(json.out.starts_with("{")) << json.out;
    EXPECT_EQ(folder.entries(), 0u);
}

/// Arguments, exit code, and what the one line of the message says.
struct Bad {
    std::string arguments;
    int exit;
    std::string says;
};

TEST(SampleCommand, refuses_what_does_not_go_together_in_one_line) {
    const ScratchFolder folder;
    ASSERT_EQ(run_in(folder,
                     "netcvr simulate tiny -o log.h5 && netcvr sample log.h5 --scheme keep-buyers -o "
                     "sampled.h5")
                  .exit,
              0);
    const std::vector<Bad> bad = {
        {"tiny --scheme buyers", 2, "-o FILE is required"},
        {"tiny -o x.h5", 2, "--scheme NAME is required"},
        {"tiny --scheme byers -o x.h5", 2, "did you mean 'buyers'"},
        {"tiny --scheme buyers -o x.h5", 3, "prior_period.duration = 0s"},
        {"tiny --scheme top-rate -o x.h5", 2, "needs --users"},
        {"tiny --scheme buyers --users 5 -o x.h5", 2, "takes every buyer"},
        {"tiny --scheme keep-buyers --period prior -o x.h5", 2, "use --scheme buyers"},
        {"tiny --scheme keep-buyers --count all -o x.h5", 2, "--count all needs --period prior"},
        {"tiny --scheme buyers --truth given-inclusion -o x.h5", 2, "needs --period same"},
        {"tiny --scheme keep-buyers --count logged --truth given-inclusion -o x.h5", 2,
         "needs --count labels, not logged"},
        {"tiny --scheme buyers --count labels -o x.h5", 2, "--count labels needs --period same"},
        {"tiny --scheme activity-strata --strata '' -o x.h5", 2, "--strata"},
        {"log.h5 --scheme activity-strata --period same --strata clicks=0:1 -o x.h5", 2,
         "no user is in stratum clicks=0"},
        {"tiny --scheme top-rate --users 150% --period same -o x.h5", 2, "'150%' is neither"},
        {"tiny --scheme top-rate --users 0 --period same -o x.h5", 2, "'0' is neither"},
        {"tiny --scheme top-rate --users 100000 --period same -o x.h5", 2, "there are 1 …"},
        {"tiny --scheme keep-buyers --strata clicks=0:1 -o x.h5", 2, "--strata belongs to"},
        {"tiny --scheme activity-strata --strata clicks=4..2:1 -o x.h5", 2, "'clicks=4..2:1' is not like"},
        {"tiny --scheme activity-strata --strata clicks=1:.5 -o x.h5", 2, "sum to 0.5"},
        {"tiny --scheme activity-strata --strata visits=1:1 -o x.h5", 2, "'visits=1:1' is not like"},
        {"log.h5 --scheme keep-buyers --seed 3 -o x.h5", 2, "--seed need a scenario"},
        {"log.h5 --table", 2, "--table needs a scenario"},
        {"sampled.h5 --scheme keep-buyers -o x.h5", 4, "is a sample already"},
        {"missing.h5 --scheme keep-buyers -o x.h5", 4, "missing.h5"},
        {"log.h5 --scheme keep-buyers -o log.h5", 2, "log.h5"},
    };
    for (const auto& [arguments, exit, says] : bad) {
        const auto ran = sample(folder, arguments);
        EXPECT_EQ(ran.exit, exit) << arguments << "\n" << ran.err;
        EXPECT_NE(ran.err.find(says), std::string::npos) << arguments << "\n" << ran.err;
        EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
        EXPECT_EQ(ran.out, "") << arguments;
    }
    EXPECT_EQ(folder.entries(), 2u);
}

TEST(SampleCommand, is_copied_whole_with_the_truth_before_selection) {
    const ScratchFolder folder;
    ASSERT_EQ(run_in(folder,
                     "netcvr simulate tiny --truth full -o log.h5 && "
                     "netcvr sample log.h5 --scheme keep-buyers -o buyers.h5")
                  .exit,
              0);
    const auto copied =
        run_in(folder, "netcvr export buyers.h5 --layout hdf5 -o copy.h5 && netcvr diff buyers.h5 copy.h5");
    EXPECT_EQ(copied.exit, 0) << copied.out << copied.err;
    ASSERT_EQ(run_in(folder, "netcvr export buyers.h5 --layout csv -o copy.csv").exit, 0);
    const std::string header = bytes_of(folder.file("copy.csv")).substr(0, 2000);
    EXPECT_NE(header.find("truth_before_selection_cvr"), std::string::npos) << header;
}

TEST(SampleCommand, says_that_a_truth_is_given_the_choice) {
    const ScratchFolder folder;
    ASSERT_EQ(run_in(folder,
                     "netcvr simulate tiny -o log.h5 && netcvr sample log.h5 --scheme keep-buyers "
                     "--truth given-inclusion -o buyers.h5")
                  .exit,
              0);
    EXPECT_TRUE(read_log(folder.file("buyers.h5")).header.truth.given_inclusion);
    EXPECT_NE(run_in(folder, "netcvr inspect buyers.h5").out.find("the law given that they were chosen"),
              std::string::npos);
}

TEST(SampleCommand, shows_its_users_to_h5py) {
    const ScratchFolder folder;
    if (run_in(folder, "/usr/bin/python3 -c 'import h5py'").exit != 0) GTEST_SKIP() << "no h5py";
    ASSERT_EQ(sample(folder, "tiny --scheme top-purchases --users 20 --period same -o s.h5").exit, 0);
    const auto ran = run_in(folder, R"(/usr/bin/python3 -c "
import h5py
f = h5py.File('s.h5')
u = f['users/user_id'][:]
assert len(u) == 20 and set(f['log/user_id'][:]) == set(u)
assert f.attrs['selection.scheme'] == 'top-purchases' and f.attrs['selection.period'] == 'same'
assert f['users/count'][:].min() == f.attrs['selection.threshold'] and (f['users/inclusion_weight'][:] == 1).all()
assert list(f['strata/selected'][:]) == [20] and 'truth' not in f and 'cvr' in f['truth_before_selection']
")");
    EXPECT_EQ(ran.exit, 0) << ran.err;
    const auto changed = run_in(folder, R"(/usr/bin/python3 -c "
import h5py
h5py.File('s.h5', 'r+')['users/inclusion_weight'][3] = 2
"; netcvr inspect s.h5)");
    EXPECT_EQ(changed.exit, 4);
    EXPECT_NE(changed.err.find("/users: content digest"), std::string::npos) << changed.err;
    const auto hostile = run_in(folder, R"(/usr/bin/python3 -c "
import h5py
h5py.File('s.h5', 'r+')['users/stratum'][5] = 1
"; netcvr inspect s.h5)");
    EXPECT_EQ(hostile.exit, 4);
    EXPECT_NE(hostile.err.find("/users/stratum: row 5: 1 is outside 0 … 0"), std::string::npos)
        << hostile.err;
}

}  // namespace
}  // namespace netcvr
