#include "sim/hdf5_file.h"

#include <sys/mount.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "sim/artifact.h"
#include "tests/sim/expect_error.h"
#include "tests/sim/scratch_folder.h"

namespace netcvr {
namespace {

void write_example(const std::string& path) {
    Hdf5Writer writer(path, path);
    writer.group("/g");
    for (int i = 0; i < 12; ++i) writer.integer("/", "number_" + std::to_string(i), i);
    writer.text("/", "format", "example é");
    writer.text("/g", "empty", "");
    writer.number("/g", "rate", 0.1);
    writer.texts("/g", "column_order", {"b", "a"});
    writer.column<std::int32_t>("/g/a", std::vector<std::int32_t>{1, -1, 3}, 1);
    writer.column<float>("/g/b", std::vector<float>{0.5f, 1.5f, 2.5f}, 0);
    writer.column<double>("/none", std::vector<double>{}, 1);
    writer.close();
}

TEST(Hdf5File, reads_what_was_written) {
    const ScratchFolder folder;
    write_example(folder.file("x.h5"));
    const Hdf5Reader reader(folder.file("x.h5"));
    EXPECT_EQ(reader.text("/", "format"), "example é");
    EXPECT_EQ(reader.text("/g", "empty"), "");
    EXPECT_EQ(reader.integer("/", "number_11"), 11);
    EXPECT_EQ(reader.number("/g", "rate"), 0.1);
    EXPECT_EQ(reader.number("/", "number_3"), 3);
    EXPECT_EQ(reader.columns("/g"), (std::vector<std::string>{"b", "a"}));
    EXPECT_EQ(reader.columns("/"), (std::vector<std::string>{"none"}));
    EXPECT_EQ(reader.groups("/"), (std::vector<std::string>{"g"}));
    EXPECT_EQ(reader.read<std::int32_t>("/g/a"), (std::vector<std::int32_t>{1, -1, 3}));
    EXPECT_EQ(reader.read<float>("/g/b", 1, 2), (std::vector<float>{1.5f, 2.5f}));
    EXPECT_TRUE(reader.read<double>("/none").empty());
    EXPECT_EQ(reader.cell("/g/b"), Cell::float32);
}

TEST(Hdf5File, knows_what_it_has) {
    const ScratchFolder folder;
    write_example(folder.file("x.h5"));
    const Hdf5Reader reader(folder.file("x.h5"));
    EXPECT_TRUE(reader.has_group("/") && reader.has_group("/g") && reader.has_column("/g/a"));
    EXPECT_FALSE(reader.has_group("/g/a") || reader.has_column("/g") || reader.has_column("/h/a"));
    EXPECT_TRUE(reader.has_attribute("/g", "rate"));
    EXPECT_FALSE(reader.has_attribute("/g", "rates") || reader.has_attribute("/h", "rate"));
}

TEST(Hdf5File, names_file_and_object_of_a_mistake) {
    const ScratchFolder folder;
    const auto path = folder.file("x.h5");
    write_example(path);
    const Hdf5Reader reader(path);
    EXPECT_EQ(message(Exit::data, [&] { reader.read<std::int64_t>("/g/a"); }),
              path + ": /g/a: holds int32, not int64");
    EXPECT_EQ(message(Exit::data, [&] { reader.read<float>("/g/a"); }),
              path + ": /g/a: holds int32, not float32");
    EXPECT_EQ(message(Exit::data, [&] { reader.read<float>("/g/c"); }), path + ": /g/c: no such column");
    EXPECT_EQ(message(Exit::data, [&] { reader.read<float>("/g/b", 2, 2); }),
              path + ": /g/b: has 3 rows, not 2 from row 2");
    EXPECT_EQ(message(Exit::data, [&] { reader.integer("/", "format"); }),
              path + ": /: attribute 'format' is not an integer");
    EXPECT_EQ(message(Exit::data, [&] { reader.integer("/g", "rate"); }),
              path + ": /g: attribute 'rate' is not an integer");
    EXPECT_EQ(message(Exit::data, [&] { reader.text("/g", "rate"); }),
              path + ": /g: attribute 'rate' is not text");
    EXPECT_EQ(message(Exit::data, [&] { reader.text("/g", "column_order"); }),
              path + ": /g: attribute 'column_order' is not one text");
}

TEST(Hdf5File, refuses_what_is_no_hdf5_file) {
    const ScratchFolder folder;
    const auto path = folder.file("x.h5");
    EXPECT_NE(message(Exit::data, [&] { Hdf5Reader{path}; }).find("No such file"), std::string::npos);
    write_bytes(path, "");
    message(Exit::data, [&] { Hdf5Reader{path}; });
    write_bytes(path, std::string(100000, 'x'));
    message(Exit::data, [&] { Hdf5Reader{path}; });
    message(Exit::data, [&] { Hdf5Reader{folder.path.string()}; });
}

TEST(Hdf5File, refuses_a_file_cut_short_anywhere) {
    const ScratchFolder folder;
    const auto path = folder.file("x.h5");
    write_example(path);
    const std::string whole = bytes_of(path);
    for (std::size_t size = 0; size < whole.size(); size += whole.size() / 150) {
        write_bytes(path, whole.substr(0, size));
        message(Exit::data, [&] { Hdf5Reader(path).read<std::int32_t>("/g/a"); });
    }
}

TEST(Hdf5File, has_equal_bytes_for_equal_content) {
    const ScratchFolder folder;
    write_example(folder.file("a.h5"));
    ::usleep(1100000);  // a time of creation would differ
    write_example(folder.file("b.h5"));
    EXPECT_EQ(bytes_of(folder.file("a.h5")), bytes_of(folder.file("b.h5")));
}

TEST(Hdf5File, asks_no_more_memory_than_a_file_can_fill) {
    const ScratchFolder folder;
    const auto path = folder.file("x.h5");
    for (const int power : {40, 60, 62}) {
        Hdf5Writer writer(path, path);
        writer.add_column("/x", Cell::int64, 0);
        writer.write_chunk("/x", (std::size_t{1} << power) / chunk_rows - 1, chunk_rows,
                           std::vector<unsigned char>(chunk_rows * 8));
        writer.close();
        const auto text = message(Exit::data, [&] { Hdf5Reader(path).read<std::int64_t>("/x"); });
        EXPECT_NE(text.find("more than a file of"), std::string::npos) << text;
    }
}

TEST(Hdf5File, names_path_and_reason_when_the_disk_is_full) {
    const ScratchFolder folder;
    const auto disk = folder.file("disk");
    std::filesystem::create_directory(disk);
    if (::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=1m") != 0)
        GTEST_SKIP() << "may not mount a small disk";
    const std::string text = message(Exit::system, [&] {
        const Artifact artifact(disk + "/x.h5", false);
        Hdf5Writer writer(artifact.temporary(), artifact.path());
        writer.column<std::int64_t>("/x", std::vector<std::int64_t>(1000000, 1), 0);
        writer.close();
    });
    EXPECT_EQ(text, "cannot write '" + disk + "/x.h5': No space left on device");
    EXPECT_TRUE(std::filesystem::is_empty(disk));
    ::umount2(disk.c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace netcvr
