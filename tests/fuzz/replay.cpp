// Feeds the kept corpus of a fuzz target to it once, so that any compiler's build notices what a fuzzer once
// found.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's spelling
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* bytes, std::size_t size);

int main(int count, char** arguments) {
    int inputs = 0;
    for (int k = 1; k < count; ++k)
        for (const auto& entry : std::filesystem::recursive_directory_iterator(arguments[k])) {
            if (!entry.is_regular_file()) continue;
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string text{std::istreambuf_iterator<char>(file), {}};
            LLVMFuzzerTestOneInput(reinterpret_cast<const unsigned char*>(text.data()), text.size());
            ++inputs;
        }
    std::printf("%d inputs\n", inputs);
    return inputs > 0 ? 0 : 1;
}
