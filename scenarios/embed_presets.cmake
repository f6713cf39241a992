# Writes a C++ file with every scenario of the catalogue as a raw string: -DOUT=file.cpp "-DFILES=a.toml;b.toml"
set(TEXT "#include \"scenarios/presets.h\"\n\nnamespace netcvr {\nconst std::vector<Preset>& presets() {\n    static const std::vector<Preset> all = {\n")
foreach(FILE ${FILES})
    get_filename_component(NAME ${FILE} NAME_WE)
    file(READ ${FILE} BODY)
    string(APPEND TEXT "        {\"${NAME}\", R\"toml(${BODY})toml\"},\n")
endforeach()
string(APPEND TEXT "    };\n    return all;\n}\n}  // namespace netcvr\n")
file(WRITE ${OUT} "${TEXT}")
