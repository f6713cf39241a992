#pragma once

#include <string_view>

namespace netcvr {

/// A file of output/page/ compiled in.
struct Asset {
    std::string_view text;
    std::string_view sha256;  // of text, hexadecimal
};

/// What every page carries. All but the style are empty in a program built without charts
/// (-DNETCVR_REPORT_JS=OFF).
struct PageAssets {
    Asset style;
    Asset libraries;  // Vega, Vega-Lite and an interpreter of their expressions
    Asset script;     // draws the charts with them
    Asset licences;   // of the libraries and what is bundled in them, plain text
};
const PageAssets& page_assets();

}  // namespace netcvr
