// `netcvr train --save`, `train --from` and `predict` through the program.

#include <memory>

#include <gtest/gtest.h>

#include "sim/hdf5_file.h"
#include "tests/scenarios/run_program.h"

namespace netcvr {
namespace {

/// A log, a small model of it, and its truth withheld.
class SavedModelCommand : public testing::Test {
protected:
    static void SetUpTestSuite() {
        folder = std::make_unique<ScratchFolder>();
        const auto made = run(
            "netcvr simulate tiny --set log.clicks=3000 --set training.hidden=[8] --set training.embedding=2 "
            "-o log.h5 && netcvr simulate tiny --set log.clicks=3000 --seed 2 -o later.h5 && "
            "netcvr export log.h5 --layout hdf5 --hide-truth -o blind.h5 && "
            "netcvr train log.h5 -m es-dfm,defer,direct -o p.h5 --save model.h5");
        ASSERT_EQ(made.exit, 0) << made.err;
    }
    static void TearDownTestSuite() { folder.reset(); }

    static Ran run(const std::string& command) { return run_in(*folder, command); }
    static std::string bytes(const std::string& name) { return bytes_of(folder->file(name)); }

    static void expect_refused(const std::string& command, int exit, const std::string& says) {
        netcvr::expect_refused(*folder, command, exit, says);
    }

    static std::unique_ptr<ScratchFolder> folder;
};
std::unique_ptr<ScratchFolder> SavedModelCommand::folder;

TEST_F(SavedModelCommand, goes_on_over_another_log_and_saves_again) {
    const auto went = run("netcvr train later.h5 --from model.h5 -o q.h5 --save next.h5 --threads 1");
    EXPECT_EQ(went.exit, 0) << went.err;
    EXPECT_NE(went.out.find("q.h5: 3 methods, "), std::string::npos) << went.out;
    EXPECT_NE(went.out.find("next.h5: 3 methods, for train --from and predict --model"), std::string::npos);
    // The same again on two threads: the same bytes.
    EXPECT_EQ(run("netcvr train later.h5 --from model.h5 -o q2.h5 --save next2.h5 --threads 2").exit, 0);
    EXPECT_EQ(bytes("q.h5"), bytes("q2.h5"));
    EXPECT_EQ(bytes("next.h5"), bytes("next2.h5"));
    EXPECT_EQ(run("netcvr score later.h5 q.h5 --bootstrap 0").exit, 0);
    // All are those of the model, as nobody said otherwise.
    EXPECT_EQ(run("netcvr train later.h5 -m all --from model.h5 -o qa.h5").exit, 0);
    EXPECT_EQ(bytes("q.h5"), bytes("qa.h5"));
    // One of them, with a setting of its own stream; repeating what the model has is no contradiction.
    const auto one =
        run("netcvr train later.h5 --from next.h5 -m defer -o q3.h5 --network mlp --set training.hidden=[8] "
            "--set training.trainable=head --set training.learning_rate=0.0005");
    EXPECT_EQ(one.exit, 0) << one.err;
    const Hdf5Reader file(folder->file("q3.h5"));
    EXPECT_EQ(file.groups("/predictions"), std::vector<std::string>{"defer"});
    EXPECT_EQ(file.number("/predictions/defer", "learning_rate"), 0.0005);
    run("rm q*.h5 next*.h5");
}

TEST_F(SavedModelCommand, predicts_a_blind_log_as_the_log) {
    EXPECT_EQ(run("netcvr predict log.h5 -m all --model model.h5 -o a.h5").exit, 0);
    const auto blind = run("netcvr predict blind.h5 --model model.h5 -o b.h5 --threads 1");
    EXPECT_EQ(blind.exit, 0) << blind.err;
    EXPECT_TRUE(blind.out.starts_with("b.h5: 3 methods, ")) << blind.out;
    EXPECT_EQ(blind.err, "");
    EXPECT_EQ(bytes("a.h5"), bytes("b.h5"));
    const auto scored = run("netcvr score log.h5 b.h5 --bootstrap 0");
    EXPECT_EQ(scored.exit, 0) << scored.err;
    EXPECT_EQ(run("netcvr predict later.h5 --model model.h5 -m direct -o c.h5").exit, 0);
    EXPECT_EQ(Hdf5Reader(folder->file("c.h5")).groups("/predictions"), std::vector<std::string>{"direct"});
    run("rm a.h5 b.h5 c.h5");
}

TEST_F(SavedModelCommand, refuses_with_the_documented_codes) {
    expect_refused("train log.h5 -o x.h5", 2, "--methods is required");
    expect_refused("train log.h5 --from model.h5 -m fnw -o x.h5", 2,
                   "model.h5: has no method 'fnw'; it has es-dfm, defer, direct");
    expect_refused("predict log.h5 --model model.h5 -m fnw -o x.h5", 2, "has no method 'fnw'; it has es-dfm");
    expect_refused(
        "train log.h5 --from model.h5 --network logistic -o x.h5", 2,
        "model.h5 was trained with training.network = \"mlp\"; \"logistic\" cannot be gone on with");
    expect_refused("train log.h5 --from model.h5 --set training.hidden=[9] -o x.h5", 2,
                   "model.h5 was trained with training.hidden = [8]; [9]");
    expect_refused("train log.h5 --from model.h5 --fields hour_of_week -o x.h5", 2,
                   "model.h5 was trained with --fields ");
    expect_refused("train log.h5 --from model.h5 --set targets.cvr=0.1 -o x.h5", 3,
                   "the log's world is fixed");
    expect_refused("train log.h5 -m direct --save x.h5 -o x.h5", 2, "--save and -o are both 'x.h5'");
    expect_refused("train log.h5 -m direct --save log.h5 -o x.h5 --force", 2,
                   "'log.h5' is, or holds, the input");
    expect_refused("train log.h5 --from model.h5 --save model.h5 -o x.h5 --force", 2,
                   "'model.h5' is, or holds,");
    expect_refused("predict log.h5 --model model.h5 -o model.h5 --force", 2, "'model.h5' is, or holds,");
    expect_refused("predict log.h5 -o x.h5", 2, "--model is required");
    expect_refused("train log.h5 -m direct --save model.h5 -o x.h5", 6,
                   "'model.h5' exists; --force replaces it");
    expect_refused("predict log.h5 --model model.h5 -o p.h5", 6, "'p.h5' exists");
    expect_refused("train log.h5 -m direct --save nowhere/m.h5 -o x.h5", 1, "cannot write 'nowhere/m.h5'");
    expect_refused("predict log.h5 --model p.h5 -o x.h5", 4, "p.h5: not a saved model");
    expect_refused("predict log.h5 --model none.h5 -o x.h5", 4, "cannot read 'none.h5'");
    expect_refused("train log.h5 --from log.h5 -o x.h5", 4, "log.h5: not a saved model");
    ASSERT_EQ(run("netcvr simulate tiny --set log.clicks=3000 --set windows.refund_attribution=2d -o w.h5 && "
                  "netcvr simulate criteo --set scale=1/4000 -o f.h5")
                  .exit,
              0);
    expect_refused("predict w.h5 --model model.h5 -o x.h5", 4,
                   "model.h5: trained with windows.refund_attribution = 3d; the log has 2d");
    expect_refused("train w.h5 --from model.h5 -o x.h5", 4,
                   "model.h5: trained with windows.refund_attribution = 3d; the log has 2d");
    expect_refused("predict f.h5 --model model.h5 -o x.h5", 4, "model.h5: ");
    run("rm w.h5 f.h5");
}

TEST_F(SavedModelCommand, cut_short_anywhere_is_refused_by_name) {
    const std::string whole = bytes("model.h5");
    for (std::size_t part = 0; part < 14; ++part) {
        const std::size_t size = part < 10 ? whole.size() * part / 10 : whole.size() - 1 - (part - 10) * 37;
        write_bytes(folder->file("cut.h5"), std::string_view(whole).substr(0, size));
        expect_refused("predict log.h5 --model cut.h5 -o x.h5", 4, "cut.h5");
    }
    run("rm cut.h5");
}

TEST_F(SavedModelCommand, with_any_damaged_byte_answers_the_same_or_is_refused) {
    ASSERT_EQ(run("netcvr predict log.h5 --model model.h5 -o good.h5").exit, 0);
    const std::string whole = bytes("model.h5"), good = bytes("good.h5");
    std::uint32_t state = 11;
    const auto next = [&](std::size_t n) {
        return (state = state * 1664525u + 1013904223u) / 65536 * 65536 / 7 % n;
    };
    int refused = 0;
    for (int k = 0; k < 30; ++k) {
        std::string damaged = whole;
        for (int j = 0; j <= k % 8; ++j) damaged[next(whole.size())] ^= static_cast<char>(1 << next(8));
        write_bytes(folder->file("damaged.h5"), damaged);
        // As of damaged logs (bad_input_test.cpp).
        const auto ran =
            run("ASAN_OPTIONS=detect_leaks=0:abort_on_error=1 "
                "netcvr predict log.h5 --model damaged.h5 -o answered.h5 --force");
        ASSERT_TRUE(ran.exit == 0 || ran.exit == 4) << ran.exit << ran.err;
        refused += ran.exit == 4;
        EXPECT_EQ(ran.exit == 4, ran.err.find("damaged.h5") != std::string::npos) << ran.err;
        if (ran.exit == 0) {
            EXPECT_EQ(bytes("answered.h5"), good) << k;
        }
    }
    EXPECT_GT(refused, 5);
    run("rm -f damaged.h5 good.h5 answered.h5");
}

}  // namespace
}  // namespace netcvr
