"""What a careful program with Python's csv module and NumPy does with a text of layout criteo-refund.

text_python.py read|write FILE     parse and fill; with write, also write it again to FILE.again
"""
import csv
import sys

import numpy as np

with open(sys.argv[2], newline="") as file:
    columns = list(zip(*csv.reader(file, delimiter="\t")))
times = [np.array([int(v) if v else -1 for v in c], np.int64) for c in columns[:3]]
integers = [np.array([int(v) if v else -1 for v in c], np.int32) for c in columns[3:11]]
categories = [np.unique(c, return_inverse=True) for c in columns[11:]]
if sys.argv[1] == "write":
    shown = [["" if v < 0 else str(v) for v in c] for c in times + integers]
    shown += [words[codes] for words, codes in categories]
    with open(sys.argv[2] + ".again", "w", newline="") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows(zip(*shown))
