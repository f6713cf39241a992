"""Reads what `netcvr export` wrote as the public programs do, and compares it with the log, row by row.

    read_public_layouts.py LOG.h5 FOLDER

FOLDER holds criteo.tsv, criteo-refund.tsv, cascade-raw.tsv, cascade.tsv, log.csv and npy/. Written from the layouts'
descriptions: an empty field of Criteo is -1; CASCADE's lists are literals of which element 0 counts, -1 without one;
a category's text is hashed into a bucket; a label is pay > 0 within W_A, refund > 0 within W_R of it.
"""
import ast
import json
import sys

import h5py
import numpy as np

BUCKETS = (8, 327680, 655360, 655360, 8192, 655360, 16, 32, 256, 81920, 163840, 8, 512, 128, 256, 1024, 128, 16, 8, 8, 16, 16)
K0, K1, K2 = 0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F
MASK = (1 << 64) - 1


def rotate(x, by):
    return (x >> by | x << (64 - by)) & MASK


def mixed(u, v, mul):
    a = (u ^ v) * mul & MASK
    a ^= a >> 47
    b = (v ^ a) * mul & MASK
    b ^= b >> 47
    return b * mul & MASK


def farmhash64(text):
    """farmhash's fingerprint64 of up to 16 bytes."""
    s, n = text.encode(), len(text.encode())
    fetch = lambda at, size: int.from_bytes(s[at : at + size], "little")
    mul = K2 + 2 * n & MASK
    if n >= 8:
        a, b = fetch(0, 8) + K2 & MASK, fetch(n - 8, 8)
        return mixed(rotate(b, 37) * mul + a & MASK, (rotate(a, 25) + b & MASK) * mul & MASK, mul)
    if n >= 4:
        return mixed(n + (fetch(0, 4) << 3) & MASK, fetch(n - 4, 4), mul)
    y, z = s[0] + (s[n >> 1] << 8), n + (s[n - 1] << 2)
    x = (y * K2 ^ z * K0) & MASK
    return (x ^ x >> 47) * K2 & MASK


def lines(path):
    with open(path, newline="") as file:
        return [line.rstrip("\n").split("\t") for line in file]


def filled(fields):
    return np.array([-1 if field == "" else int(field) for field in fields])


def labels(click, pay, refund, windows):
    converted = (pay > 0) & (pay - click < windows[0])
    refunded = converted & (refund > 0) & (refund - pay < windows[1])
    return np.stack([converted, refunded, converted & ~refunded])


def first(literal):
    values = ast.literal_eval(literal)
    return values[0] if len(values) > 0 else -1


def main(path, folder):
    log = h5py.File(path)
    time = {name: log["log/" + name][:] for name in ("click_time", "conversion_time", "refund_time")}
    windows = [log.attrs["windows." + name + "_attribution"] for name in ("conversion", "refund")]
    truth = labels(time["click_time"], time["conversion_time"], time["refund_time"], windows)
    assert truth.any(axis=1).all() and not truth.all(axis=1).any(), "a log without some kind of row tests nothing"
    features = [log["features/" + str(name)][:] for name in log["features"].attrs["column_order"]]

    for layout, times in (("criteo", 2), ("criteo-refund", 3)):
        columns = list(zip(*lines(f"{folder}/{layout}.tsv")))
        assert len(columns) == times + 17
        stamps = [filled(column) for column in columns[:times]]
        read = labels(stamps[0], stamps[1], stamps[2] if times == 3 else time["refund_time"], windows)
        assert (read == truth).all(), layout
        for k in range(8):
            assert (filled(columns[times + k]) == features[k]).all(), (layout, k)
        for k in range(8, 17):
            codes = [-1 if text == "" else int(text[2:], 16) for text in columns[times + k]]
            assert (np.array(codes) == features[k]).all(), (layout, k)
            assert all(text == "" or (len(text) == 8 and text[:2] == "c0") for text in columns[times + k])

    origin = np.datetime64(log.attrs["time_origin"].rstrip("Z")).astype("datetime64[s]").astype(int)
    raw, processed = lines(f"{folder}/cascade-raw.tsv"), lines(f"{folder}/cascade.tsv")
    assert len(raw[0]) == len(processed[0]) == 25
    made = []
    for row in raw:
        stamps = [int(row[0]), first(row[1]), first(row[2])]
        made.append([str(-1 if t == -1 else t - origin) for t in stamps])
        made[-1] += [str(farmhash64(text) % bucket) for text, bucket in zip(row[3:], BUCKETS)]
    assert made == processed, "the public script makes another processed file of the raw one"
    stamps = np.array([row[:3] for row in processed], dtype=np.int64).T
    assert (labels(*stamps, windows) == truth).all(), "cascade"
    for k, column in enumerate(features):
        there = column >= 0
        assert (np.array([row[3 + k] for row in processed], dtype=np.int64) == column)[there].all(), k
        assert all(row[3 + k] == "[]" for row, is_there in zip(raw, there) if not is_there)
    if "purchases" in log:
        p = log["purchases"]
        # A refund of a repeat exported as the first purchase's would be another label above, if there is one.
        refunded_repeats = p["row"][:][(p["ordinal"][:] > 0) & (p["refund_time"][:] >= 0)]
        assert (log["log/refund_time"][:][refunded_repeats] == -1).any()
        repeats = np.bincount(p["row"][:], minlength=len(raw))
        assert repeats.max() > 1 and [len(ast.literal_eval(row[1])) for row in raw] == repeats.tolist()

    with open(f"{folder}/npy/columns.json") as file:
        described = json.load(file)["columns"]
    assert {"truth_cvr.npy", "click_time.npy"} <= {column["file"] for column in described}
    with open(f"{folder}/log.csv") as file:
        header = file.readline().rstrip("\n").split(",")
        table = np.loadtxt(file, delimiter=",")
    for column in described:
        values = np.load(f"{folder}/npy/" + column["file"], mmap_mode="r")
        assert values.dtype == log[column["column"]].dtype and (values == log[column["column"]][:]).all(), column
        name = column["file"][: -len(".npy")]
        assert column["column"].startswith("/purchases") or (table[:, header.index(name)].astype(values.dtype) == values).all(), name
    print(len(raw), "rows agree")


main(*sys.argv[1:])
