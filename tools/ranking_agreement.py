#!/usr/bin/env python3
"""Holds a sweep's ranking of methods to the one published for CASCADE. Python's standard library alone.

  netcvr sweep run scenarios/sweeps/ranking-agreement.toml
  netcvr sweep merge output/runs/ranking-agreement
  tools/ranking_agreement.py output/runs/ranking-agreement/results.json

Prints, in Markdown, for every method the excess log loss, the relative improvement of AUC and PCOC of cvr, refund_rate and
net_cvr: means over seeds and the half width of a 95 % interval (Student's t; none of one seed); then, for the published methods, both rankings
and their rank correlations (Spearman's rho, Kendall's tau-b). The interval of a correlation is that over seeds of each
seed's own ranking.
"""
import csv
import json
import math
import pathlib
import sys

TARGETS = ("cvr", "refund_rate", "net_cvr")
# Student's t at .975, by degrees of freedom.
T975 = (math.nan, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)


def interval(values):
    """Mean and half width of a 95 % interval; none of a single value."""
    n = len(values)
    mean = sum(values) / n
    if n < 2:
        return mean, math.nan
    deviation = math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1))
    return mean, T975[min(n - 1, len(T975) - 1)] * deviation / math.sqrt(n)


def ranks(values):
    """Ranks from 1, ties in the middle."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    rank = [0.0] * len(values)
    begin = 0
    while begin < len(order):
        end = begin
        while end < len(order) and values[order[end]] == values[order[begin]]:
            end += 1
        for k in range(begin, end):
            rank[order[k]] = (begin + end + 1) / 2
        begin = end
    return rank


def spearman(a, b):
    a, b = ranks(a), ranks(b)
    mean = (len(a) + 1) / 2
    covariance = sum((x - mean) * (y - mean) for x, y in zip(a, b))
    return covariance / math.sqrt(sum((x - mean) ** 2 for x in a) * sum((y - mean) ** 2 for y in b))


def kendall(a, b):
    sign = lambda x: (x > 0) - (x < 0)
    agree = ties_a = ties_b = pairs = 0
    for i in range(len(a)):
        for j in range(i):
            s, t = sign(a[i] - a[j]), sign(b[i] - b[j])
            agree, pairs = agree + s * t, pairs + 1
            ties_a, ties_b = ties_a + (s == 0), ties_b + (t == 0)
    return agree / math.sqrt((pairs - ties_a) * (pairs - ties_b))


def read_runs(path):
    """One dictionary a seed: (method, target, metric) -> value."""
    runs = []
    for result in json.load(open(path))["results"]:
        values = {}
        for method in result["methods"]:
            for score in method["scores"]:
                if isinstance(score["value"], (int, float)):
                    values[method["method"], score["target"], score["metric"]] = score["value"]
        runs.append(values)
    return runs


def relative(values, method, target, metric="auc"):
    """(M - M of pretrained) / (M of oracle - M of pretrained), in %."""
    at = lambda name: values[name, target, metric]
    return 100 * (at(method) - at("pretrained")) / (at("oracle") - at("pretrained"))


def cell(values, digits, scale=1):
    if not values:
        return "–"
    mean, half = interval([scale * v for v in values])
    return f"{mean:.{digits}f}" + ("" if math.isnan(half) else f" ± {half:.{digits}f}")


def print_methods(runs):
    methods = sorted({method for values in runs for method, _, _ in values})
    excess = lambda m: interval([v[m, "net_cvr", "excess_log_loss"] for v in runs
                                 if (m, "net_cvr", "excess_log_loss") in v] or [math.inf])[0]
    print("| method | " + " | ".join(f"{t} excess ·10³ | {t} RI-AUC % | {t} PCOC" for t in TARGETS) + " |")
    print("|---" * (1 + 3 * len(TARGETS)) + "|")
    for m in sorted(methods, key=excess):
        row = [m]
        for t in TARGETS:
            known = [v for v in runs if (m, t, "auc") in v]
            row += [cell([v[m, t, "excess_log_loss"] for v in known], 2, 1e3),
                    cell([relative(v, m, t) for v in known], 1),
                    cell([v[m, t, "pcoc_truth"] for v in known], 3)]
        print("| " + " | ".join(row) + " |")


def print_agreement(runs, published, column):
    rows = [r for r in published if all((r[column], "net_cvr", "auc") in v for v in runs)]
    missing = [r["published"] for r in published if r not in rows]
    title = "as the papers say" if column == "method" else "as the public code does, where it differs"
    print(f"\n### Published methods, {title}\n")
    print("| published | here | cvr: published RI-AUC % | here | net_cvr: published RI-AUC % | here |")
    print("|---|---|---|---|---|---|")
    for r in sorted(rows, key=lambda r: -float(r["net_ri_auc"])):
        here = [cell([relative(v, r[column], t) for v in runs], 1) for t in ("cvr", "net_cvr")]
        print(f"| {r['published']} | {r[column]} | {r['cvr_ri_auc']} | {here[0]} | {r['net_ri_auc']} | {here[1]} |")
    compared = [r for r in rows if r["published"] not in ("Pre-trained", "Oracle")]
    print()
    targets = (("cvr", "cvr_ri_auc"), ("net_cvr", "net_ri_auc"))
    if len(compared) < 3:
        print(f"- {len(compared)} methods without the two references: too few for a rank correlation.")
        targets = ()
    for target, key in targets:
        theirs = [float(r[key]) for r in compared]
        ours = [[relative(v, r[column], target) for r in compared] for v in runs]
        mean = [sum(each) / len(runs) for each in zip(*ours)]
        print(f"- {target}, {len(compared)} methods without the two references: Spearman's rho {spearman(mean, theirs):.2f} of the "
              f"means over seeds (of one seed: {cell([spearman(o, theirs) for o in ours], 2)}), Kendall's tau "
              f"{kendall(mean, theirs):.2f}.")
    if missing:
        print(f"- Not in this sweep: {', '.join(missing)}.")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    table = pathlib.Path(__file__).with_name("published_ranking.tsv").read_text().splitlines()
    published = list(csv.DictReader((line for line in table if not line.startswith("#")), delimiter="\t"))
    runs = read_runs(sys.argv[1])
    print_methods(runs)
    print_agreement(runs, published, "method")
    print_agreement(runs, published, "as_coded")


if __name__ == "__main__":
    main()
