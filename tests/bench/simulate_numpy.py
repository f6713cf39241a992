"""What a careful person writes with NumPy and h5py: clicks with 22 features, ids, three times and three columns of
truth, drawn in chunks and written in the layout of a netcvr log. A poorer world: logistic conversion and refund of a few
traits, log-normal delays, no classes of buyers, no drift, no calibration, one hour curve; not repeatable by parts.

    simulate_numpy.py ROWS OUT.h5 GZIP_LEVEL      prints the seconds it drew and wrote
"""

import sys
import time as clock

import h5py
import numpy as np

ROWS, PATH, LEVEL = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
CHUNK = 65536
DAY = 86400
DURATION, END, WINDOW = 25 * DAY, 31 * DAY, 3 * DAY
USERS, ITEMS, CATEGORIES = 2_000_000, 3_100_000, 60
rng = np.random.Generator(np.random.SFC64(1))


def population(n, features):
    """Eight float32 traits an entity, and what its features show of them: int32 in rows."""
    traits = rng.standard_normal((n, 8), dtype=np.float32)
    shown = np.empty((n, features), dtype=np.int32)
    for k in range(features):
        noisy = np.float32(0.8) * traits[:, k] + np.float32(0.6) * rng.standard_normal(n, dtype=np.float32)
        shown[:, k] = np.clip((noisy + 4) * np.float32(8 + 2 * k), 0, 63)
    return traits, shown


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


# P(log-normal delay < window) by the normal law, read off a table.
GRID = np.linspace(-8, 8, 4097, dtype=np.float32)
NORMAL_CDF = np.cumsum(np.exp(-GRID.astype(np.float64) ** 2 / 2))
NORMAL_CDF = (NORMAL_CDF / NORMAL_CDF[-1]).astype(np.float32)


def normal_cdf(z):
    return NORMAL_CDF[np.clip((z + 8) * 256, 0, 4096).astype(np.int32)]


def bucket(a, b, salt, size):
    h = (a.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + b.astype(np.uint64) + np.uint64(salt)) * np.uint64(
        0xBF58476D1CE4E5B9
    )
    return ((h >> np.uint64(40)) * np.uint64(size) >> np.uint64(24)).astype(np.int32)


user_traits, user_shown = population(USERS, 7)
item_traits, item_shown = population(ITEMS, 6)
item_category = rng.integers(0, CATEGORIES, ITEMS, dtype=np.int32)
channel_effect = rng.standard_normal(8, dtype=np.float32)
hour_curve = (0.1 * np.cos(np.arange(24) / 24 * 2 * np.pi)).astype(np.float32)


def draw(first, n):
    """Columns of rows [first, first + n); time runs evenly."""
    span = DURATION / ROWS
    time = np.sort(((first + n * rng.random(n)) * span).astype(np.int64))
    user = (USERS * rng.random(n, dtype=np.float32) ** 2).astype(np.int32)
    item = (ITEMS * rng.random(n, dtype=np.float32) ** 3).astype(np.int32)
    np.minimum(user, USERS - 1, out=user)
    np.minimum(item, ITEMS - 1, out=item)
    position = rng.integers(0, 16, n, dtype=np.int32)
    channel = rng.integers(0, 8, n, dtype=np.int32)
    hour = ((time // 3600) % 24).astype(np.int32)
    u, v, category = user_traits[user], item_traits[item], item_category[item]
    affinity = np.einsum("ij,ij->i", u[:, 4:], v[:, 4:]) / 2

    c = 0.48 * u[:, 0] + 0.33 * v[:, 0] + 0.28 * affinity + 0.1 * channel_effect[channel] - 0.02 * position
    conversion = sigmoid(c + hour_curve[hour] - np.float32(2.9))
    refund = sigmoid(1.0 * u[:, 1] + 0.9 * v[:, 1] - 0.3 * affinity - np.float32(1.2))
    scale_c, scale_r = 6 - 0.4 * u[:, 2], 9.6 - 0.2 * u[:, 2]
    within_c = normal_cdf((np.float32(np.log(WINDOW)) - scale_c) / 2)
    within_r = normal_cdf((np.float32(np.log(WINDOW)) - scale_r) / 1.5)

    converted = rng.random(n, dtype=np.float32) < conversion
    who = np.flatnonzero(converted)
    at = time[who] + np.exp(scale_c[who] + 2 * rng.standard_normal(len(who), dtype=np.float32)).astype(np.int64)
    back = at + np.exp(scale_r[who] + 1.5 * rng.standard_normal(len(who), dtype=np.float32)).astype(np.int64)
    refunded = rng.random(len(who), dtype=np.float32) < refund[who]
    conversion_time = np.full(n, -1, dtype=np.int64)
    refund_time = np.full(n, -1, dtype=np.int64)
    conversion_time[who] = np.where(at < END, at, -1)
    refund_time[who] = np.where(refunded & (back < END), back, -1)

    rate = (refund * within_r).astype(np.float32)
    cvr = (conversion * within_c).astype(np.float32)
    noisy = np.float32(0.77) * affinity + np.float32(0.63) * rng.standard_normal(n, dtype=np.float32)
    shown_user, shown_item = user_shown[user], item_shown[item]
    features = [shown_user[:, k] for k in range(7)] + [shown_item[:, k] for k in range(6)]
    for k in (1, 2, 7):
        features[k] = np.where(rng.random(n, dtype=np.float32) < 0.02, -1, features[k])
    features += [
        bucket(user, category, 1, 655360),
        bucket(user, item_shown[item, 0], 2, 655360),
        bucket(user, item, 3, 655360),
        hour + 24 * ((time // DAY) % 7).astype(np.int32),
        category * 8 + channel,
        position,
        channel,
        np.clip((noisy + 4) * 2, 0, 15).astype(np.int32),
        rng.integers(0, 16, n, dtype=np.int32),
    ]
    return [time, conversion_time, refund_time, user, item] + features + [cvr, rate, cvr * (1 - rate)]


names = ["/log/" + c for c in ("click_time", "conversion_time", "refund_time", "user_id", "item_id")]
names += [f"/features/f{k}" for k in range(22)] + ["/truth/" + c for c in ("cvr", "refund_rate", "net_cvr")]
types = ["i8"] * 3 + ["i4"] * 24 + ["f4"] * 3
filters = dict(compression="gzip", compression_opts=LEVEL, shuffle=True, fletcher32=True) if LEVEL > 0 else {}
begin = clock.perf_counter()  # the population is there
with h5py.File(PATH, "w", libver=("v108", "v110")) as file:
    columns = [file.create_dataset(name, (ROWS,), type_, chunks=(CHUNK,), **filters) for name, type_ in zip(names, types)]
    for first in range(0, ROWS, CHUNK):
        n = min(CHUNK, ROWS - first)
        for column, values in zip(columns, draw(first, n)):
            column[first : first + n] = values
print(clock.perf_counter() - begin)
