// import and export as programs: what they write is read by others as meant, what comes from elsewhere goes
// through the verbs that need no truth.
#include <memory>

#include <gtest/gtest.h>

#include "sim/hdf5_file.h"
#include "tests/scenarios/run_program.h"

namespace netcvr {
namespace {

class TextLayouts : public testing::Test {
protected:
    static void SetUpTestSuite() {
        folder = std::make_unique<ScratchFolder>();
        run("netcvr simulate tiny --seed 3 --set log.clicks=3000 --set targets.repurchases_per_click=0.03 -o "
            "log.h5");
        for (const std::string layout : {"criteo", "criteo-refund", "cascade-raw", "cascade"})
            run("netcvr export log.h5 --layout " + layout + " -o " + layout + ".tsv");
    }
    static void TearDownTestSuite() { folder.reset(); }

    static std::string run(const std::string& command) {
        const Ran ran = run_in(*folder, command);
        EXPECT_EQ(ran.exit, 0) << command << "\n" << ran.err;
        return ran.out;
    }
    static std::string refused(const std::string& command, int exit) {
        const std::size_t before = folder->entries();
        const Ran ran = run_in(*folder, command);
        EXPECT_EQ(ran.exit, exit) << command << "\n" << ran.err;
        EXPECT_EQ(ran.err.find('\n'), ran.err.size() - 1) << "more than one line: " << ran.err;
        EXPECT_EQ(folder->entries(), before) << command;
        return ran.err;
    }

    static std::unique_ptr<ScratchFolder> folder;
};
std::unique_ptr<ScratchFolder> TextLayouts::folder;

TEST_F(TextLayouts, are_read_by_the_public_programs_as_the_log_means_them) {
    run("netcvr export log.h5 --layout csv -o log.csv && netcvr export log.h5 --layout npy -o npy");
    const std::string script = SOURCE_DIR "/tests/scenarios/read_public_layouts.py";
    EXPECT_NE(run("/usr/bin/python3 '" + script + "' log.h5 .").find("rows agree"), std::string::npos);
}

TEST_F(TextLayouts, come_back_byte_for_byte) {
    for (const std::string layout : {"criteo", "criteo-refund", "cascade-raw", "cascade"}) {
        run("netcvr import " + layout + ".tsv --from " + layout + " -o back.h5 --force");
        run("netcvr export back.h5 --layout " + layout + " -o back.tsv --force");
        EXPECT_EQ(bytes_of(folder->file("back.tsv")), bytes_of(folder->file(layout + ".tsv"))) << layout;
    }
    std::filesystem::remove(folder->file("back.tsv"));
}

TEST_F(TextLayouts, give_logs_that_every_verb_takes) {
    run("netcvr import cascade.tsv --from cascade -o imported.h5");
    const std::string inspection = run("netcvr inspect imported.h5");
    EXPECT_NE(inspection.find("no ids"), std::string::npos) << inspection;
    EXPECT_NE(inspection.find("origin: cascade"), std::string::npos) << inspection;
    EXPECT_NE(inspection.find("the log has no truth of its clicks"), std::string::npos) << inspection;
    run("netcvr train imported.h5 -m es-dfm,vanilla,oracle --set 'training.hidden=[8]' -o p.h5");
    const std::string scores = run("netcvr score imported.h5 p.h5 --bootstrap 40");
    EXPECT_NE(scores.find("resamples of clicks"), std::string::npos) << scores;
    EXPECT_NE(run("netcvr score imported.h5 p.h5 --bootstrap 40 --json").find("\"resampled\": \"clicks\""),
              std::string::npos);
    run("netcvr deliver imported.h5 --rule es-dfm -o stream.h5");
}

TEST_F(TextLayouts, without_refunds_give_logs_that_say_nothing_of_them) {
    run("netcvr import criteo.tsv --from criteo -o bare.h5");
    const std::string inspection = run("netcvr inspect bare.h5");
    EXPECT_NE(inspection.find("refunds were not recorded"), std::string::npos) << inspection;
    EXPECT_EQ(inspection.find("refunds_per"), std::string::npos) << inspection;
    EXPECT_NE(run("netcvr inspect bare.h5 --daily --json").find("\"refunds\": null"), std::string::npos);
    EXPECT_NE(run("netcvr inspect bare.h5 --as-targets").find("It did not record refunds"),
              std::string::npos);
    EXPECT_NE(run("netcvr label bare.h5 --at 5d -o bare_labels.h5").find("no refund and net labels"),
              std::string::npos);
    EXPECT_FALSE(Hdf5Reader(folder->file("bare_labels.h5")).has_column("/oracle/refund_label"));
    run("netcvr validate bare.h5");
    run("netcvr simulate tiny --on bare.h5 --add refunds -o refunded.h5");
    EXPECT_NE(run("netcvr inspect refunded.h5").find("refunds_per_conversion"), std::string::npos);
}

TEST_F(TextLayouts, are_imported_with_periods_from_the_data_or_as_set) {
    const auto json = [&](const std::string& sets) {
        run("netcvr import cascade.tsv --from cascade -o periods.h5 --force " + sets);
        return run("netcvr inspect periods.h5 --json");
    };
    EXPECT_NE(json("").find("\"duration_seconds\": 2160000,\n \"follow_up_seconds\": 518400"),
              std::string::npos);
    EXPECT_NE(json("--set log.follow_up=9d --set windows.refund_attribution=2d")
                  .find("\"follow_up_seconds\": 777600"),
              std::string::npos);
    const std::string import = "netcvr import cascade.tsv --from cascade -o x.h5 --set ";
    EXPECT_NE(refused(import + "log.duration=20d", 3)
                  .find("log.duration = 20d, but the last click in 'cascade.tsv'"),
              std::string::npos);
    EXPECT_NE(
        refused(import + "log.follow_up=1h", 3).find("log.follow_up = 1h, but 'cascade.tsv' has an event"),
        std::string::npos);
    EXPECT_NE(run(import + "protocol.pretrain=20d").find("no streamed period: it would begin at 26d"),
              std::string::npos);
    EXPECT_NE(run_in(*folder, "netcvr train x.h5 -m oracle -o y.h5").err.find("no click in the stream"),
              std::string::npos);
    std::filesystem::remove(folder->file("x.h5"));
    EXPECT_NE(refused(import + "protocol.gap=1d", 3).find("shorter than W_A + W_R = 6d"), std::string::npos);
    EXPECT_NE(refused(import + "targets.cvr=0.1", 2).find("a text is what it is"), std::string::npos);
    EXPECT_NE(refused(import + "windows.refund=3d", 3).find("did you mean"), std::string::npos);
}

TEST_F(TextLayouts, say_how_many_refunds_belong_to_no_purchase) {
    std::string features;
    for (int f = 0; f < 22; ++f) features += "\t7";
    const std::string import = "netcvr import lists.tsv --from cascade-raw --force -o lists.h5";
    const std::string paid = "1746028900\t[1746029000,1746029000]\t";
    write_bytes(folder->file("lists.tsv"), paid + "[1746029001,1746029002]" + features + "\n");
    EXPECT_EQ(run(import).find("dropped"), std::string::npos);
    write_bytes(folder->file("lists.tsv"), paid + "[1746029001,1746029002,1746029003]" + features + "\n");
    EXPECT_NE(run(import).find("\n  2 refunds dropped: "), std::string::npos);
    run("netcvr validate lists.h5");
    std::filesystem::remove(folder->file("lists.h5"));
    std::filesystem::remove(folder->file("lists.tsv"));
}

TEST_F(TextLayouts, refuse_what_cannot_be_read_and_leave_nothing) {
    write_bytes(folder->file("bad.tsv"), "5\t-1\t-1\n");
    const std::string import = "netcvr import bad.tsv -o x.h5 --from ";
    EXPECT_EQ(refused(import + "cascade", 4),
              "netcvr: bad.tsv:1: 3 columns separated by tabs, layout cascade has 25\n");
    EXPECT_NE(refused(import + "cascad", 2).find("did you mean 'cascade'?"), std::string::npos);
    EXPECT_NE(
        refused("netcvr import cascade-raw.tsv --from cascade-raw --time-origin 2026-01-01T00:00:00Z -o x.h5",
                4)
            .find("before the time origin; --time-origin sets another"),
        std::string::npos);
    EXPECT_NE(refused("netcvr import . --from cascade -o x.h5", 4).find("cannot read '.': Is a directory"),
              std::string::npos);
    EXPECT_NE(refused("netcvr import - --from cascade -o x.h5", 4).find("not from standard input"),
              std::string::npos);
    EXPECT_NE(
        refused("netcvr export log.h5 --layout criteo --hide-truth -o x.tsv", 2).find("no place for truth"),
        std::string::npos);
    EXPECT_NE(refused("netcvr export log.h5 --layout criteo -o cascade.tsv", 6).find("--force replaces it"),
              std::string::npos);
    std::filesystem::create_directory(folder->file("mine"));
    EXPECT_NE(refused("netcvr export log.h5 --layout npy --force -o mine", 1).find("it has no columns.json"),
              std::string::npos);
}

TEST_F(TextLayouts, of_columns_replace_a_folder_of_columns_whole) {
    run("netcvr export log.h5 --layout npy -o again");
    write_bytes(folder->file("again/stale.npy"), "x");
    EXPECT_NE(refused("netcvr export log.h5 --layout npy -o again", 6).find("'again' exists"),
              std::string::npos);
    run("netcvr export log.h5 --layout npy --hide-truth --force -o again/");
    EXPECT_FALSE(std::filesystem::exists(folder->file("again/stale.npy")));
    EXPECT_FALSE(std::filesystem::exists(folder->file("again/truth_cvr.npy")));
    EXPECT_TRUE(std::filesystem::exists(folder->file("again/click_time.npy")));
}

TEST_F(TextLayouts, without_truth_keep_the_log_and_tell_neither_scenario_nor_seed) {
    run("netcvr export log.h5 --layout hdf5 --hide-truth -o blind.h5");
    const auto digest = [&](const std::string& file) {
        const std::string json = run("netcvr inspect " + file + " --json");
        return json.substr(json.find("digest_log"), 50);
    };
    EXPECT_EQ(digest("blind.h5"), digest("log.h5"));
    const std::string bytes = bytes_of(folder->file("blind.h5"));
    for (const std::string leak : {"tiny", "conversion_intercept", "solved", "0.0665"})
        EXPECT_EQ(bytes.find(leak), std::string::npos) << leak;
    const std::string shown = run("netcvr inspect blind.h5");
    EXPECT_NE(shown.find("withheld: /truth, scenario_toml, scenario_name, seed"), std::string::npos);
    EXPECT_EQ(shown.find("a world withheld, stream version"), 0u) << shown;
    const std::string json = run("netcvr inspect blind.h5 --json");
    EXPECT_NE(json.find("\"scenario\": null"), std::string::npos) << json;
    EXPECT_NE(json.find("\"seed\": null"), std::string::npos) << json;
    run("netcvr train log.h5 -m pretrained --set 'training.hidden=[8]' -o p.h5 --force");
    EXPECT_NE(run("netcvr score blind.h5 p.h5 --bootstrap 0").find("the log has no /truth"),
              std::string::npos);
    EXPECT_NE(run("netcvr score log.h5 p.h5 --bootstrap 0").find("excess_log_loss"), std::string::npos);
}

}  // namespace
}  // namespace netcvr
