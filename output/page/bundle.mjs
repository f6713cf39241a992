// Joins the libraries of the page into one script and their licences into one text, from the node_modules beside them:
//   node bundle.mjs FOLDER     reads FOLDER/package.json and FOLDER/node_modules
//                              writes FOLDER/libraries.js and FOLDER/licences.txt
import {readdirSync, readFileSync, writeFileSync} from "node:fs";

const folder = process.argv[2];
const read = (file) => readFileSync(`${folder}/${file}`, "utf8").replaceAll("\r\n", "\n");
const packageOf = (name) => JSON.parse(read(`node_modules/${name}/package.json`));

/** vega-interpreter comes as a module: here it takes its imports from `vega` and leaves its export there. */
function interpreter() {
    const text = read("node_modules/vega-interpreter/build/vega-interpreter.js")
        .replace(/^import (\{[^}]*\}) from 'vega-util';$/m, "const $1 = vega;")
        .replace(/^export \{ (\w+) as expressionInterpreter \};$/m, "vega.expressionInterpreter = $1;");
    if (/^(import|export)\b/m.test(text) || !text.includes("vega.expressionInterpreter"))
        throw new Error("vega-interpreter is not the module it was: see interpreter() in bundle.mjs");
    return `(() => {\n${text}})();\n`;
}

/** Without the address of a source map, and such that no browser takes part of it for the end of the script. */
function script(text) {
    const plain = text.replace(/^\/\/# sourceMappingURL=.*$/gm, "").trimEnd() + "\n";
    if (/<\/script|<!--/i.test(plain)) throw new Error("a library has </script or <!-- in it");
    return plain;
}

/** What only the command-line programs of these packages use: not part of what browsers get. */
const commandLineOnly = new Set(["yargs", "commander", "iconv-lite", "rw"]);

function bundled(names, found = new Set()) {
    for (const name of names) {
        if (found.has(name) || commandLineOnly.has(name)) continue;
        found.add(name);
        bundled(Object.keys(packageOf(name).dependencies ?? {}), found);
    }
    return [...found].filter((name) => !name.startsWith("@types/")).sort();
}

function licences(names) {
    const packages = new Map();  // text → the packages under it
    for (const name of names) {
        const {version, license} = packageOf(name);
        const file = readdirSync(`${folder}/node_modules/${name}`).find((entry) => /^licen[sc]e/i.test(entry));
        if (!file) throw new Error(`${name} has no licence file`);
        const text = read(`node_modules/${name}/${file}`).trim();
        packages.set(text, [...(packages.get(text) ?? []), `${name} ${version} (${license})`]);
    }
    return [...packages].map(([text, users]) => `${users.join(", ")}\n\n${text}\n`).join("\n\n");
}

const libraries = ["vega/build/vega.min.js", "vega-lite/build/vega-lite.min.js"].map((file) => read(`node_modules/${file}`));
writeFileSync(`${folder}/libraries.js`, [...libraries, interpreter()].map(script).join(""));
writeFileSync(`${folder}/licences.txt`, licences(bundled(Object.keys(JSON.parse(read("package.json")).dependencies))));
