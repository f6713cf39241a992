"""The training of `bench train` as one writes it with PyTorch: 22 embedding columns with CASCADE's bucket sizes, 256-256-128
with Linear, BatchNorm and LeakyReLU, one logit, weighted log loss, Adam.

    train_torch.py FOLDER fused|dense|tesla|tesla-foreach      FOLDER: value.i32 [copies x 22], label.f32, weight.f32

Then for each line "EMBEDDING BATCH BATCHES THREADS" of the input trains so many batches, going on where the last line with
this embedding stopped, and prints the seconds they took. THREADS 0 leaves PyTorch as it was loaded.

fused   one table for all columns with sparse gradients and SparseAdam, Adam over all layers' tensors at once: the fastest
        form that we found
dense   a table for each column and Adam over all of its rows at every step, as the public code of CASCADE trains
tesla   two such towers with embeddings of their own and shared ones, TESLA's weights and ranking losses, and a step of AdamW
        for each tower in turn, as its public code does; FOLDER has part.u8 (0, 1 copies of conversions, 2, 3 of refunds) and
        delay.f32, hours, in place of weight.f32. tesla-foreach: AdamW over all tensors at once, which costs more memory
"""

import sys
import time

import numpy as np
import torch
from torch import nn

FOLDER, FORM = sys.argv[1:]
BUCKETS = [8, 327680, 655360, 655360, 8192, 655360, 16, 32, 256, 81920, 163840]
BUCKETS += [8, 512, 128, 256, 1024, 128, 16, 8, 8, 16, 16]
RATE = 1e-3
torch.set_flush_denormal(True)


def column(name, kind, width=()):
    return torch.from_numpy(np.fromfile(f"{FOLDER}/{name}", kind).reshape(-1, *width))


value, label = column("value.i32", np.int32, (22,)), column("label.f32", np.float32)
if FORM.startswith("tesla"):
    part, delay = column("part.u8", np.uint8), column("delay.f32", np.float32)
else:
    weight = column("weight.f32", np.float32)
copies = len(label)


def layers(width):
    parts = []
    for units in (256, 256, 128):
        parts += [nn.Linear(width, units), nn.BatchNorm1d(units), nn.LeakyReLU(0.01)]
        width = units
    return nn.Sequential(*parts, nn.Linear(width, 1))


class Fused(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.table = nn.Embedding(sum(BUCKETS), size, sparse=True)
        nn.init.uniform_(self.table.weight, -0.05, 0.05)
        self.layers = layers(22 * size)
        self.optimisers = [
            torch.optim.SparseAdam(list(self.table.parameters()), lr=RATE),
            torch.optim.Adam(self.layers.parameters(), lr=RATE, foreach=True),
        ]
        self.row = value + torch.tensor([0] + BUCKETS[:-1], dtype=torch.int32).cumsum(0, dtype=torch.int32)

    def forward(self, some):
        return self.layers(self.table(self.row[some]).flatten(1))


class Dense(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(rows, size) for rows in BUCKETS)
        for table in self.tables:
            nn.init.uniform_(table.weight, -0.05, 0.05)
        self.layers = layers(22 * size)
        self.optimisers = [torch.optim.Adam(self.parameters(), lr=RATE)]

    def forward(self, some):
        row = value[some]
        return self.layers(torch.cat([table(row[:, f]) for f, table in enumerate(self.tables)], 1))


class Tesla(nn.Module):
    LATE = 0.3  # P(delay > w | event, x), which public code has from another network

    def __init__(self, size):
        super().__init__()
        self.tables = nn.ModuleList(nn.ModuleList(nn.Embedding(rows, size) for rows in BUCKETS) for _ in range(3))
        for table in self.tables.parameters():
            nn.init.uniform_(table, -0.05, 0.05)
        self.towers = nn.ModuleList(layers(2 * 22 * size) for _ in range(2))
        foreach = True if FORM == "tesla-foreach" else None
        self.optimiser = torch.optim.AdamW(self.parameters(), lr=RATE, foreach=foreach)

    def forward(self, tower, some):
        row = value[some]
        read = [table(row[:, f]) for tables in (self.tables[tower], self.tables[2]) for f, table in enumerate(tables)]
        return self.towers[tower](torch.cat(read, 1)).squeeze(1)

    def loss(self, tower, some):
        draws, coefficient = ((50, 1.0), (5, 0.1))[tower]
        logit, positive = self(tower, some), label[some] != 0
        f = torch.sigmoid(logit.detach())
        late = f * self.LATE
        weights = torch.where(positive, 1 + late, (1 - f) * (1 + late) / (1 - f + late))
        pointwise = nn.functional.binary_cross_entropy_with_logits(logit, label[some], weights)
        first, second = logit[positive], logit[~positive]
        if len(first) < 2 or len(second) == 0:
            return pointwise
        hours = delay[some][positive]
        early = 1 + torch.sigmoid((hours.median() - hours) / hours.std().clamp(min=1))
        drawn = torch.multinomial(1 - f[~positive], draws * len(first), replacement=True).view(len(first), draws)
        ranking = nn.functional.softplus(second[drawn] - first[:, None]).mean(1)
        return pointwise + coefficient * (early * ranking).sum() / early.sum()


def train_tesla(model, begin, batch):
    all_of_batch = torch.arange(begin, begin + batch)
    for tower in range(2):
        some = all_of_batch[part[begin : begin + batch] // 2 == tower]
        if len(some) < 2:  # batch norm wants two
            continue
        model.optimiser.zero_grad(set_to_none=True)
        model.loss(tower, some).backward()
        model.optimiser.step()


def train(model, begin, batch):
    if FORM.startswith("tesla"):
        return train_tesla(model, begin, batch)
    some = slice(begin, begin + batch)
    logit = model(some).squeeze(1)
    loss = nn.functional.binary_cross_entropy_with_logits(logit, label[some], weight[some])
    for optimiser in model.optimisers:
        optimiser.zero_grad(set_to_none=True)
    loss.backward()
    for optimiser in model.optimisers:
        optimiser.step()


models, position = {}, {}
for line in sys.stdin:
    size, batch, batches, threads = map(int, line.split())
    if size not in models:
        torch.manual_seed(1)
        models[size], position[size] = {"fused": Fused, "dense": Dense}.get(FORM, Tesla)(size), 0
    if threads > 0:
        torch.set_num_threads(threads)
    start = time.perf_counter()
    for _ in range(batches):
        if position[size] + batch > copies:
            position[size] = 0
        train(models[size], position[size], batch)
        position[size] += batch
    print(time.perf_counter() - start, flush=True)
