#!/usr/bin/env bash
# The seed question in one table: do cascades or direct models recover net conversion better as refunds get sparser?
#
# A CASCADE-like log of a million clicks at three sparsities of refunds on common random numbers, with five seeds (three
# decide nothing: at two degrees of freedom Holm over twelve comparisons asks for |t| of 15), seven methods trained on
# each as a stream, everything scored against the truth. The network is smaller than the default (64-32 instead of
# 256-256-128), so that all of it takes minutes on two processors.
#
#   scenarios/demo.sh [SCALE [KEY=VALUE]…]      scale of the cascade preset, default 1/41; fields to set in each log
#   seeds="1 2 3" scenarios/demo.sh             other seeds
set -euo pipefail
cd "$(dirname "$0")/.."
export netcvr=$PWD/build/release/netcvr folder=output/runs/demo
sets="--set scale=${1:-1/41}"
for set in "${@:2}"; do sets+=" --set $set"; done
methods=pretrained,oracle,vanilla,fnw,es-dfm,defer,direct
export methods sets

one_run() {
    refunds=$1 seed=$2 run=$folder/refunds-$1-seed-$2
    "$netcvr" simulate cascade $sets --set targets.refunds_per_conversion="$refunds" --seed "$seed" \
        --threads 1 -o "$run.log.h5" >/dev/null
    "$netcvr" train "$run.log.h5" -m "$methods" --set training.hidden='[64, 32]' --threads 1 -o "$run.predictions.h5" >/dev/null
    "$netcvr" score "$run.log.h5" "$run.predictions.h5" --json >"$run.json"
    rm "$run.log.h5" "$run.predictions.h5"
    echo "done: refunds per conversion $refunds, seed $seed" >&2
}
export -f one_run

rm -rf "$folder"
mkdir -p "$folder"
for refunds in 0.45 0.245 0.01; do for seed in ${seeds:-1 2 3 4 5}; do echo "$refunds $seed"; done; done |
    xargs -P "$(nproc)" -L 1 bash -c 'one_run "$@" 2> >(grep --line-buffered "^done\|^netcvr" >&2)' run
"$netcvr" report "$folder"/refunds-{0.45,0.245,0.01}-*.json
