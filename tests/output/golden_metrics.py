"""Values of scikit-learn for inputs that tests/output/metrics_test.cpp makes again by the same recurrence.

    /usr/bin/python3 tests/output/golden_metrics.py > tests/output/golden/metrics.json

Row i takes two steps of x -> (1664525 x + 1013904223) mod 2^32 from x = seed. With a and b the high halves of the two
values, k = 1 + a mod levels, the score is float32(k) / float32(levels + 1) and the label is (b mod odds) < k. Row i is
of user i * i mod users.
"""
import json

import numpy
import sklearn
from sklearn.metrics import auc, average_precision_score, log_loss, precision_recall_curve, roc_auc_score


def inputs(seed, rows, levels, odds):
    x, scores, labels = seed, [], []
    for _ in range(rows):
        x = (1664525 * x + 1013904223) % 2**32
        k = 1 + (x >> 16) % levels
        x = (1664525 * x + 1013904223) % 2**32
        scores.append(numpy.float32(k) / numpy.float32(levels + 1))
        labels.append(int((x >> 16) % odds < k))
    return numpy.array(labels), numpy.array(scores).astype(numpy.float64)


def trapezoid(labels, scores):
    precision, recall, _ = precision_recall_curve(labels, scores)
    return auc(recall, precision)


def mean_auc_by_user(labels, scores, users):
    """Weighted by the users' rows; how many users are left out."""
    user = numpy.arange(len(labels)) ** 2 % users
    total = weight = skipped = 0
    for u in numpy.unique(user):
        own = labels[user == u]
        if len(numpy.unique(own)) < 2:
            skipped += 1
            continue
        total += len(own) * roc_auc_score(own, scores[user == u])
        weight += len(own)
    return total / weight, skipped


def calibration_error(labels, scores, bins=10):
    """Equal-mass bins from the highest score down; ties go where their middle lies. Whole numbers until the end."""
    error = numpy.zeros(bins)
    seen = 0
    for score in sorted(set(scores), reverse=True):
        tied = scores == score
        count = int(tied.sum())
        error[min(bins - 1, bins * (2 * seen + count) // (2 * len(scores)))] += scores[tied].sum() - labels[tied].sum()
        seen += count
    return numpy.abs(error).sum() / len(scores)


cases = []
for seed, rows, levels, odds in [(1, 50, 5, 7), (2, 500, 97, 150), (3, 5000, 1000, 40000), (4, 5000, 9999, 10000),
                                 (5, 200, 1, 5)]:
    labels, scores = inputs(seed, rows, levels, odds)
    gauc, skipped = mean_auc_by_user(labels, scores, users=7)
    cases.append({"seed": seed, "rows": rows, "levels": levels, "odds": odds, "positives": int(labels.sum()),
                  "auc": roc_auc_score(labels, scores),
                  "average_precision": average_precision_score(labels, scores),
                  "pr_auc_trapezoid": trapezoid(labels, scores),
                  "users": 7, "gauc": gauc, "skipped": skipped,
                  "ece": calibration_error(labels, scores),
                  "nll": log_loss(labels, scores)})
print(json.dumps({"scikit_learn": sklearn.__version__, "cases": cases}, indent=1))
