#!/usr/bin/python3
"""A log and a method's stream as data frames, and what a constant predictor would lose.

    netcvr simulate tiny -o log.h5 && netcvr deliver log.h5 --rule es-dfm -o stream.h5
    python3 read_log.py log.h5 stream.h5        (Debian: python3-h5py python3-pandas)
"""
import sys

import h5py
import numpy as np
import pandas as pd


def frame(group):
    """A group of equally long columns, in their order."""
    return pd.DataFrame({name: group[name][:] for name in group.attrs["column_order"]})


log_path, stream_path = sys.argv[1:]
with h5py.File(log_path) as log:
    clicks, features, truth = frame(log["log"]), frame(log["features"]), frame(log["truth"])
    start = log.attrs["protocol.pretrain"] + log.attrs["protocol.gap"]
with h5py.File(stream_path) as stream:
    copies = {stage: frame(stream["stream"][stage]) for stage in stream["stream"]}
    to_predict, method = frame(stream["predict"]), stream.attrs["method"]

print(f"{len(clicks)} clicks, {features.shape[1]} features")
for stage, table in copies.items():
    print(f"{method}, {stage} stage: {len(table)} copies, {table.label.mean():.4f} positives per copy; of each role:")
    print(table.role.value_counts().sort_index().to_string(header=False))

# Excess log loss of a constant c is the mean of KL(p || c) over the scored clicks, least where c is the mean of p.
p = truth.cvr[to_predict.row].to_numpy(dtype=float)
c = p.mean()
excess = np.mean(p * np.log(p / c) + (1 - p) * np.log((1 - p) / (1 - c)))
assert (clicks.click_time[to_predict.row] >= start).all()
print(f"the constant cvr = {c:.5f} has excess log loss {excess:.6f} nats per click on {len(p)} scored clicks")
