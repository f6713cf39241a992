#!/usr/bin/python3
"""Holds what h5py and PyTables read of a log against what `inspect --json` says and against one another.

    netcvr inspect log.h5 --json > log.json
    python3 read_with_python.py log.h5 log.json        (Debian: python3-h5py python3-tables)
"""
import json
import sys

import h5py
import numpy as np
import tables

log_path, inspection_path = sys.argv[1:]
inspection = json.load(open(inspection_path))

columns, attributes = {}, {}
with h5py.File(log_path) as log:
    root = dict(log.attrs)
    for group in log.values():
        assert group.attrs["content_digest"].isalnum() and len(group.attrs["content_digest"]) == 32
        assert sorted(group.attrs["column_order"]) == sorted(group), group.name
        for column in group.values():
            columns[column.name] = column[:]
            attributes[column.name] = dict(column.attrs)
            assert column.chunks == (65536,) and column.maxshape == (None,), column.name

# PyTables reads the same values and texts; a column it could not read would come as UnImplemented.
with tables.open_file(log_path) as log:
    arrays = {node._v_pathname: node for node in log.walk_nodes("/", "Leaf")}
    assert arrays.keys() == columns.keys()
    for path, array in arrays.items():
        assert isinstance(array, (tables.CArray, tables.EArray)), f"{path}: {type(array)}"
        values = array[:]
        assert values.dtype == columns[path].dtype, path
        assert np.array_equal(values, columns[path], equal_nan=values.dtype.kind == "f"), path
        for name, value in attributes[path].items():
            seen = array.attrs[name]
            assert seen == value or (value != value and seen != seen), (path, name)
    assert log.root._v_attrs["scenario_toml"] == root["scenario_toml"]

# Lengths, types, units.
time, conversion, refund = (columns[f"/log/{name}_time"] for name in ("click", "conversion", "refund"))
rows = len(time)
assert rows == inspection["clicks"] == root["rows"]
for path, values in columns.items():
    table = path.split("/")[1]
    assert len(values) == (len(columns["/purchases/row"]) if table == "purchases" else rows), path
    assert values.dtype in (np.int32, np.int64, np.float32), path
    assert attributes[path]["units"] and attributes[path]["description"], path
    if table == "features":
        assert -1 <= values.min() and values.max() < attributes[path]["cardinality"], path

# Counts and sums, each by another way than ours.
assert (np.diff(time) >= 0).all()
windows = {name: root[f"windows.{name}_attribution"] for name in ("conversion", "refund")}
mature = time <= root["log.duration"] + root["log.follow_up"] - sum(windows.values())
converted = mature & (conversion >= 0) & (conversion - time < windows["conversion"])
refunded = converted & (refund >= 0) & (refund - conversion < windows["refund"])
rates = {rate["name"]: rate for rate in inspection["rates"]}
assert inspection["mature_clicks"] == mature.sum()
for name, numerator, denominator in (("conversions_per_click", converted, mature),
                                     ("refunds_per_click", refunded, mature),
                                     ("refunds_per_conversion", refunded, converted),
                                     ("net_conversions_per_click", converted & ~refunded, mature)):
    assert (rates[name]["numerator"], rates[name]["denominator"]) == (numerator.sum(), denominator.sum()), name
if "/log/user_id" in columns:
    assert inspection["users"] == len(np.unique(columns["/log/user_id"]))
if "/truth/cvr" in columns:
    expected = columns["/truth/cvr"][mature].mean(dtype=float)
    assert abs(expected - rates["conversions_per_click"]["expected"]) < 1e-9
    net = columns["/truth/cvr"] * (1 - columns["/truth/refund_rate"].astype(float))
    assert np.abs(net - columns["/truth/net_cvr"]).max() < 1e-6
elif "/truth/refund_rate" in columns:
    rate = columns["/truth/refund_rate"]
    assert np.isnan(attributes["/truth/refund_rate"]["missing_value"])
    assert np.array_equal(np.isnan(rate), ~((conversion >= 0) & (conversion - time < windows["conversion"])))
    assert abs(rate[converted].mean(dtype=float) - rates["refunds_per_conversion"]["expected"]) < 1e-9

# The first purchases are the conversions.
if "/purchases/row" in columns:
    first = columns["/purchases/ordinal"] == 0
    row = columns["/purchases/row"][first]
    assert np.array_equal(row, np.flatnonzero(conversion >= 0))
    assert np.array_equal(columns["/purchases/purchase_time"][first], conversion[row])
    assert np.array_equal(columns["/purchases/refund_time"][first], refund[row])
    if "/log/order_value" in columns:
        assert np.array_equal(columns["/purchases/order_value"][first], columns["/log/order_value"][row])
        assert (columns["/purchases/refund_value"] <= columns["/purchases/order_value"]).all()

print(f"{log_path}: {len(columns)} columns of {rows} clicks agree in h5py, PyTables and inspect")
