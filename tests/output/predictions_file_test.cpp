#include "output/predictions_file.h"

#include <limits>

#include <gtest/gtest.h>

#include "sim/hdf5_file.h"
#include "tests/output/small_log.h"
#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {
namespace {

const std::string good_rows = "2,.25\n3,.25\n4,.5\n5,.5\n6,.5\n";

struct Folder : ScratchFolder {
    std::string csv(const std::string& text, const std::string& name = "mine.csv") const {
        write_bytes(file(name), text);
        return file(name);
    }
    /// The message for a bad CSV, without the folder.
    std::string csv_message(const std::string& text) const {
        return bare(message(Exit::data, [&] { read_predictions(csv(text), small_log(), ""); }));
    }
    std::string bare(std::string text) const {
        const std::string prefix = path.string() + "/";
        for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
            text.erase(at, prefix.size());
        return text;
    }
};

TEST(PredictionsCsv, reads_rows_in_any_order_under_the_files_stem) {
    const Folder folder;
    const auto all =
        read_predictions(folder.csv("net_cvr,row\n.5,6\n.1,2\n0,5\n1,3\n1e-60,4\n"), small_log(), "");
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].method, "mine");
    EXPECT_EQ(all[0].row, (std::vector<std::int64_t>{2, 3, 4, 5, 6}));
    EXPECT_EQ(all[0].net_cvr, (std::vector<float>{.1F, 1, 0, 0, .5F}));
    EXPECT_TRUE(all[0].cvr.empty());
    EXPECT_TRUE(all[0].refund_rate.empty());
}

TEST(PredictionsCsv, reads_windows_line_ends_a_byte_order_mark_and_no_last_line_end) {
    const Folder folder;
    const auto all = read_predictions(
        folder.csv("\xEF\xBB\xBFrow,cvr,net_cvr\r\n2,.5,.1\r\n3,.5,.1\r\n4,.5,.1\r\n5,.5,.1\r\n6,.25,.2"),
        small_log(), "");
    EXPECT_EQ(all[0].cvr, (std::vector<float>{.5F, .5F, .5F, .5F, .25F}));
    EXPECT_EQ(all[0].net_cvr.back(), .2F);
}

TEST(PredictionsCsv, refuses_what_is_no_probability_and_names_its_line) {
    const Folder folder;
    EXPECT_EQ(folder.csv_message("row,cvr\n2,.5\n3,nan\n"), "mine.csv:3: cvr = nan; allowed: 0 to 1");
    EXPECT_EQ(folder.csv_message("row,cvr\n2,1.0000000001\n"),
              "mine.csv:2: cvr = 1.0000000001; allowed: 0 to 1");
    EXPECT_EQ(folder.csv_message("row,cvr\n2,-1e-9\n"), "mine.csv:2: cvr = -1e-9; allowed: 0 to 1");
    EXPECT_EQ(folder.csv_message("row,cvr\n2,inf\n"), "mine.csv:2: cvr = inf; allowed: 0 to 1");
    EXPECT_EQ(folder.csv_message("row,cvr\n2,0.5x\n"), "mine.csv:2: cvr = '0.5x' is not a number");
    EXPECT_EQ(folder.csv_message("row,cvr\n2,\n"), "mine.csv:2: cvr = '' is not a number");
    EXPECT_EQ(folder.csv_message("row,cvr\n2.0,.5\n"), "mine.csv:2: row = '2.0' is not a whole number");
}

TEST(PredictionsCsv, reads_money_and_refuses_what_is_none) {
    const Folder folder;
    const Predictions mine =
        read_predictions(folder.csv("row,net_gmv,gmv\n2,0,1\n3,1,20000\n4,0,0\n5,2,2\n6,3,4\n"), small_log(),
                         "")
            .at(0);
    EXPECT_EQ(mine.gmv, (std::vector<float>{1, 20000, 0, 2, 4}));
    EXPECT_EQ(mine.net_gmv, (std::vector<float>{0, 1, 0, 2, 3}));
    EXPECT_EQ(folder.csv_message("row,gmv\n2,-1\n"), "mine.csv:2: gmv = -1; allowed: 0 and more");
    EXPECT_EQ(folder.csv_message("row,gmv\n2,nan\n"), "mine.csv:2: gmv = nan; allowed: 0 and more");
    EXPECT_EQ(folder.csv_message("row,net_gmv\n2,inf\n"), "mine.csv:2: net_gmv = inf; allowed: 0 and more");
}

TEST(PredictionsCsv, refuses_repeated_missing_and_foreign_rows) {
    const Folder folder;
    EXPECT_EQ(folder.csv_message("row,cvr\n" + good_rows + "4,.5\n"),
              "mine.csv:7: row 4 is repeated, first at mine.csv:4");
    EXPECT_EQ(folder.csv_message("row,cvr\n2,.5\n3,.5\n6,.5\n5,.5\n"),
              "mine.csv: row 4 is missing; needed: 2 to 6, the clicks of the streamed period");
    EXPECT_EQ(folder.csv_message("row,cvr\n1,.5\n" + good_rows),
              "mine.csv:2: row = 1; allowed: 2 to 6, the clicks of the streamed period");
    EXPECT_EQ(folder.csv_message("row,cvr\n" + good_rows + "7,.5\n"),
              "mine.csv:7: row = 7; allowed: 2 to 6, the clicks of the streamed period");
    EXPECT_EQ(folder.csv_message("row,cvr\n-1,.5\n"),
              "mine.csv:2: row = -1; allowed: 2 to 6, the clicks of the streamed period");
}

TEST(PredictionsCsv, refuses_a_bad_header_and_names_the_nearest_column) {
    const Folder folder;
    EXPECT_EQ(folder.csv_message("row,netcvr\n"),
              "mine.csv:1: unknown column 'netcvr'; did you mean 'net_cvr'?");
    EXPECT_EQ(folder.csv_message("row,cvr,cvr\n"), "mine.csv:1: column 'cvr' is repeated");
    EXPECT_EQ(folder.csv_message("cvr,net_cvr\n"),
              "mine.csv:1: column 'row' is missing; header: row,cvr,refund_rate,net_cvr,gmv,net_gmv");
    EXPECT_EQ(folder.csv_message("row\n2\n"),
              "mine.csv:1: none of the columns cvr, refund_rate, net_cvr, gmv, net_gmv");
    EXPECT_EQ(folder.csv_message("row,cvr\n2,.5,.5\n"), "mine.csv:2: 3 values, but the header has 2 columns");
    EXPECT_EQ(folder.csv_message("row,cvr\n2,.5\n\n"), "mine.csv:3: 1 values, but the header has 2 columns");
    EXPECT_EQ(folder.csv_message(""),
              "mine.csv:1: unknown column ''; one of: row, cvr, refund_rate, net_cvr, gmv, net_gmv");
}

TEST(PredictionsCsv, that_is_not_there_is_an_error) {
    const Folder folder;
    EXPECT_EQ(
        folder.bare(message(Exit::data, [&] { read_predictions(folder.file("no.csv"), small_log(), ""); })),
        "no.csv: cannot be opened for reading");
}

const PredictionsHeader header = {
    .log_digest = "abc", .stream_version = 3, .training = "network = mlp\nseed = 1\n"};

TEST(PredictionsFile, reads_back_what_it_wrote) {
    const Folder folder;
    Predictions net_only = small_predictions("direct");
    net_only.cvr.clear(), net_only.refund_rate.clear();
    net_only.copies = 12345678901;
    net_only.gmv = {0, 1e6F, 2.5F, 3, 4}, net_only.net_gmv = {0, 1e5F, .5F, 3, 0};
    net_only.incidents = {.large = 3, .negative = 2, .clipped = 1};
    net_only.learning_rate = 3e-4;
    write_predictions(folder.file("p.h5"), header, {small_predictions("fnw"), net_only}, false);
    const auto all = read_predictions(folder.file("p.h5"), small_log(), "abc");
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].method, "direct");
    EXPECT_TRUE(all[0].cvr.empty());
    EXPECT_EQ(all[0].net_cvr, net_only.net_cvr);
    EXPECT_EQ(all[0].gmv, net_only.gmv);
    EXPECT_EQ(all[0].net_gmv, net_only.net_gmv);
    EXPECT_TRUE(all[1].gmv.empty() && all[1].net_gmv.empty());
    EXPECT_EQ(all[0].copies, 12345678901U);
    EXPECT_EQ(all[0].incidents, (Incidents{.large = 3, .negative = 2, .clipped = 1}));
    EXPECT_EQ(all[0].learning_rate, 3e-4);
    EXPECT_EQ(all[1].method, "fnw");
    EXPECT_EQ(all[1].copies, 0U);
    EXPECT_EQ(all[1].row, small_predictions("").row);
    EXPECT_EQ(all[1].cvr, small_predictions("").cvr);
    EXPECT_EQ(all[1].refund_rate, small_predictions("").refund_rate);
}

TEST(PredictionsFile, says_what_it_is) {
    const Folder folder;
    write_predictions(folder.file("p.h5"), header, {small_predictions("fnw")}, false);
    const Hdf5Reader file(folder.file("p.h5"));
    EXPECT_EQ(file.text("/", "format"), "netcvr-predictions");
    EXPECT_EQ(file.text("/", "log_digest"), "abc");
    EXPECT_EQ(file.integer("/", "stream_version"), 3);
    EXPECT_EQ(file.text("/", "training"), "network = mlp\nseed = 1\n");
    EXPECT_EQ(file.text("/predictions/fnw/refund_rate", "denominator"), "conversion");
    EXPECT_EQ(file.cell("/predictions/fnw/row"), Cell::int64);
    EXPECT_EQ(file.cell("/predictions/fnw/net_cvr"), Cell::float32);
}

TEST(PredictionsFile, is_not_overwritten_unless_forced) {
    const Folder folder;
    const std::string path = folder.file("p.h5");
    write_predictions(path, header, {small_predictions("fnw")}, false);
    message(Exit::exists, [&] { write_predictions(path, header, {small_predictions("fnc")}, false); });
    EXPECT_EQ(read_predictions(path, small_log(), "")[0].method, "fnw");
    write_predictions(path, header, {small_predictions("fnc")}, true);
    EXPECT_EQ(read_predictions(path, small_log(), "")[0].method, "fnc");
}

TEST(PredictionsFile, of_another_log_is_refused) {
    const Folder folder;
    write_predictions(folder.file("p.h5"), header, {small_predictions("fnw")}, false);
    EXPECT_EQ(
        folder.bare(message(Exit::data, [&] { read_predictions(folder.file("p.h5"), small_log(), "abd"); })),
        "p.h5: predictions of another log: log_digest is abc, the log's is abd");
}

TEST(PredictionsFile, with_bad_values_or_rows_is_refused_and_the_entry_named) {
    const Folder folder;
    const std::string path = folder.file("p.h5");
    const auto message_for = [&](const Predictions& predictions) {
        write_predictions(path, header, {predictions}, true);
        return folder.bare(message(Exit::data, [&] { read_predictions(path, small_log(), ""); }));
    };
    Predictions bad = small_predictions("fnw");
    bad.refund_rate[3] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(message_for(bad), "p.h5: /predictions/fnw/refund_rate[3] = nan of row 5; allowed: 0 to 1");
    bad.refund_rate[3] = 1.5F;
    EXPECT_EQ(message_for(bad), "p.h5: /predictions/fnw/refund_rate[3] = 1.5 of row 5; allowed: 0 to 1");
    bad = small_predictions("fnw");
    bad.net_gmv = {0, 1e6F, -1, 0, 0};
    EXPECT_EQ(message_for(bad), "p.h5: /predictions/fnw/net_gmv[2] = -1 of row 4; allowed: 0 and more");
    bad.net_gmv[2] = std::numeric_limits<float>::infinity();
    EXPECT_EQ(message_for(bad), "p.h5: /predictions/fnw/net_gmv[2] = inf of row 4; allowed: 0 and more");
    bad = small_predictions("fnw");
    bad.row[4] = 3;
    EXPECT_EQ(message_for(bad),
              "p.h5: /predictions/fnw/row[4]: row 3 is repeated, first at p.h5: /predictions/fnw/row[1]");
    bad.row[4] = 0;
    EXPECT_EQ(message_for(bad),
              "p.h5: /predictions/fnw/row[4]: row = 0; allowed: 2 to 6, the clicks of the streamed period");
    bad = small_predictions("fnw");
    bad.net_cvr.pop_back();
    EXPECT_EQ(message_for(bad), "p.h5: /predictions/fnw/net_cvr: 4 values for 5 rows");
    bad = small_predictions("fnw");
    for (auto* column : {&bad.cvr, &bad.refund_rate, &bad.net_cvr}) column->pop_back();
    bad.row.pop_back();
    EXPECT_EQ(message_for(bad),
              "p.h5: /predictions/fnw: row 6 is missing; needed: 2 to 6, the clicks of the streamed period");
    for (auto* column : {&bad.cvr, &bad.refund_rate, &bad.net_cvr}) column->clear();
    EXPECT_EQ(message_for(bad),
              "p.h5: /predictions/fnw: none of the columns cvr, refund_rate, net_cvr, gmv, net_gmv");
}

TEST(PredictionsFile, of_another_format_is_refused) {
    const Folder folder;
    const std::string path = folder.file("p.h5");
    {
        Hdf5Writer file(path, path);
        file.text("/", "format", "netcvr-log");
        file.close();
    }
    EXPECT_EQ(folder.bare(message(Exit::data, [&] { read_predictions(path, small_log(), ""); })),
              "p.h5: not a predictions file (no attribute format = \"netcvr-predictions\")");
    write_bytes(path, "row,cvr\n");
    message(Exit::data, [&] { read_predictions(path, small_log(), ""); });
}

TEST(PredictionsFiles, may_not_name_a_method_twice) {
    const Folder folder;
    write_predictions(folder.file("p.h5"), header, {small_predictions("fnw"), small_predictions("mine")},
                      false);
    const std::string csv = folder.csv("row,cvr\n" + good_rows);
    EXPECT_EQ(
        folder.bare(message(Exit::usage,
                            [&] {
                                read_predictions(std::vector{folder.file("p.h5"), csv}, small_log(), "abc");
                            })),
        "method 'mine' is in both p.h5 and mine.csv; rename one");
    const std::string other = folder.csv("row,cvr\n" + good_rows, "yours.csv");
    const auto all = read_predictions(std::vector{other, folder.file("p.h5")}, small_log(), "abc");
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].method, "yours");
}

}  // namespace
}  // namespace netcvr
