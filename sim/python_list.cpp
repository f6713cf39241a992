#include "sim/python_list.h"

#include <algorithm>
#include <cstddef>

namespace netcvr {
namespace {

void skip_blanks(std::string_view& rest) {
    while (!rest.empty() && rest[0] == ' ') rest.remove_prefix(1);
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// As Python writes them: no leading zeros.
bool is_whole_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return false;
    return text.size() == 1 || text[0] != '0';
}

/// Takes one element off `rest`; false if there is none that we know.
bool take(std::string_view& rest, std::string_view& element) {
    if (rest[0] == '\'' || rest[0] == '"') {
        const std::size_t end = rest.find(rest[0], 1);
        if (end == std::string_view::npos) return false;
        element = rest.substr(1, end - 1);
        rest.remove_prefix(end + 1);
        return element.find('\\') == std::string_view::npos;
    }
    const std::size_t end = std::min(rest.find_first_of(" ,]"), rest.size());
    element = rest.substr(0, end);
    rest.remove_prefix(end);
    return is_whole_number(element);
}

}  // namespace

std::string_view read_python_list(std::string_view literal, std::vector<std::string_view>& elements) {
    elements.clear();
    if (!literal.starts_with('[')) return "is no list like [1746028800]";
    std::string_view rest = literal.substr(1);
    for (;;) {
        skip_blanks(rest);
        if (rest.empty()) return "is a list without its end ']'";
        if (rest[0] == ']') break;
        std::string_view element;
        if (!take(rest, element)) return "is no list of whole numbers and quoted texts";
        elements.push_back(element);
        skip_blanks(rest);
        if (rest.starts_with(','))
            rest.remove_prefix(1);
        else if (!rest.empty() && rest[0] != ']')
            return "is no list of whole numbers and quoted texts";
    }
    return rest.size() == 1 ? "" : "goes on after its end ']'";
}

}  // namespace netcvr
