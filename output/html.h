#pragma once
// The few forms of HTML that the page is made of. Every text goes through escaped().

#include <string>
#include <string_view>

#include "output/table.h"

namespace netcvr {

/// `text` as it may stand between tags and in a quoted attribute.
std::string escaped(std::string_view text);

/// `json` as it may stand in a script element: with every < written \u003c, which means the same inside its
/// strings; elsewhere JSON has none.
std::string json_in_script(std::string_view json);

/// A table in a box of its own that scrolls; numbers to the right. `label` says what it shows.
std::string html_table(const Table& table, std::string_view label, std::string_view css_class = "");

/// <tag>text</tag>, the text escaped.
std::string element(std::string_view tag, std::string_view text);

/// 'sha256-…' as a content security policy has it, from hexadecimal digits.
std::string policy_hash(std::string_view hexadecimal);

}  // namespace netcvr
