#!/usr/bin/env bash
# Which world is behind the trace of an ECAD model, whose forecasts had PCOC 1.371 (cvr), .7235 (net_cvr) and 5.881 (refunds)?
# Simulates the three (netcvr show ecad-sparse, ecad-prior-shift, ecad-immature), trains, scores, and prints them beside it.
#   scenarios/ecad.sh [DIR]     # logs and predictions go there; default: a folder that is removed again
set -euo pipefail

dir=${1:-}
if [ -z "$dir" ]; then dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT; fi
mkdir -p "$dir"
: > "$dir/counts.csv"

score() {  # world, name in the table, options of score
    netcvr score "$dir/$1.h5" "$dir/$1-predictions.h5" --bootstrap 0 --csv "${@:3}" | sed "s/^$1,/$2,/" > "$dir/$2.csv"
    netcvr score "$dir/$1.h5" "$dir/$1-predictions.h5" --bootstrap 0 --json "${@:3}" |
        sed -n "s/.*\"scored\": *{.*\"conversions\": *\([0-9]*\).*\"refunds\": *\([0-9]*\).*/$2,\1,\2/p" >> "$dir/counts.csv"
}

for world in ecad-sparse ecad-prior-shift ecad-immature; do
    netcvr simulate $world -o "$dir/$world.h5" --force >&2
    netcvr train "$dir/$world.h5" -m pretrained,oracle --set training.hidden='[64, 32]' -o "$dir/$world-predictions.h5" --force >&2
done
score ecad-sparse ecad-sparse
score ecad-prior-shift ecad-prior-shift
score ecad-immature ecad-immature --as-of 8d
score ecad-immature ecad-immature:matured

# Columns of score --csv: scenario,seed,method,target,metric,value,…; of counts.csv: scenario,conversions,refunds.
awk -F, '
function row(name, method,    c, n, p, d) {
    c = v[name, method, "cvr", "pcoc_labels"]; n = v[name, method, "net_cvr", "pcoc_labels"]
    p = (c * conversions[name] - n * (conversions[name] - refunds[name])) / refunds[name]  # what is forecast to be refunded
    d = sqrt((log(c / 1.371) ^ 2 + log(n / .7235) ^ 2 + log(p / 5.8811) ^ 2) / 3)
    printf "%-24s%-12s%9.4f%9.4f%9.4f%11.4f%9.4f%9.4f%13.4f%13.5f%10.3f\n", name, method, v[name, method, "cvr", "auc"],
           v[name, method, "net_cvr", "auc"], v[name, method, "refund_rate", "auc"], c, n, p,
           v[name, method, "refund_rate", "pcoc_labels"], refunds[name] / conversions[name], d
}
NF == 3 { conversions[$1] = $2; refunds[$1] = $3; next }
$5 == "auc" || $5 == "pcoc_labels" { v[$1, $3, $4, $5] = $6 }
END {
    head = "%-36s%9s%9s%9s%11s%9s%9s%13s%13s%10s\n"
    printf head, "", "AUC cvr", "net_cvr", "refund", "PCOC cvr", "net_cvr", "refunds", "refund_rate", "refunds per", ""
    printf head, "", "", "", "rate", "", "", "/ click", "/ conversion", "conversion", "distance"
    printf head, "published", ".8617", ".8652", ".8260", "1.3710", ".7235", "5.8811", "", ".12553", ""
    n = split("ecad-sparse ecad-prior-shift ecad-immature ecad-immature:matured", worlds, " ")
    for (k = 1; k <= n; ++k) { row(worlds[k], "pretrained"); row(worlds[k], "oracle") }
    print "distance: root mean square of the log ratios of the three PCOCs (cvr, net_cvr, refunds / click) to the published."
}' "$dir/counts.csv" "$dir/ecad-sparse.csv" "$dir/ecad-prior-shift.csv" "$dir/ecad-immature.csv" "$dir/ecad-immature:matured.csv"
