"""Values of scikit-learn for inputs that tests/output/metrics_test.cpp makes again by the same recurrence.

    /usr/bin/python3 tests/output/golden_metrics.py > tests/output/golden/metrics.json

Row i takes two steps of x -> (1664525 x + 1013904223) mod 2^32 from x = seed. With a and b the high halves of the two
values, k = 1 + a mod levels, the score is float32(k) / float32(levels + 1) and the label is (b mod odds) < k.
"""
import json

import numpy
import sklearn
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score


def inputs(seed, rows, levels, odds):
    x, scores, labels = seed, [], []
    for _ in range(rows):
        x = (1664525 * x + 1013904223) % 2**32
        k = 1 + (x >> 16) % levels
        x = (1664525 * x + 1013904223) % 2**32
        scores.append(numpy.float32(k) / numpy.float32(levels + 1))
        labels.append(int((x >> 16) % odds < k))
    return numpy.array(labels), numpy.array(scores).astype(numpy.float64)


cases = []
for seed, rows, levels, odds in [(1, 50, 5, 7), (2, 500, 97, 150), (3, 5000, 1000, 40000), (4, 5000, 9999, 10000),
                                 (5, 200, 1, 5)]:
    labels, scores = inputs(seed, rows, levels, odds)
    cases.append({"seed": seed, "rows": rows, "levels": levels, "odds": odds, "positives": int(labels.sum()),
                  "auc": roc_auc_score(labels, scores),
                  "average_precision": average_precision_score(labels, scores),
                  "nll": log_loss(labels, scores)})
print(json.dumps({"scikit_learn": sklearn.__version__, "cases": cases}, indent=1))
