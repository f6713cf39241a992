#!/usr/bin/python3
"""A method made elsewhere: embedding networks in PyTorch, trained on a stream that `netcvr deliver` wrote.

    netcvr deliver log.h5 --rule fnw -o stream.h5
    python3 train_torch.py log.h5 stream.h5 mine.csv      (Debian: python3-torch python3-h5py)
    netcvr score log.h5 mine.csv

The rule of the stream decides the weights: fnw's and es-dfm's are below, on any other stream it is plain log loss.
"""
import sys

import h5py
import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

BATCH, EMBEDDING, HIDDEN, LEARNING_RATE = 1024, 8, (64, 32), 1e-3

# Weights of copies with label 1 and with label 0; f is the current prediction, head the answers of frozen heads.
WEIGHTS = {
    "fnw": lambda f, head: (1 + f, (1 - f) * (1 + f)),
    "es-dfm": lambda f, head: (1 + head["late"], (1 + head["late"]) * head["real_negative"]),
}


def log_loss(f, head):
    return torch.ones_like(f), torch.ones_like(f)


def codes_of(features):
    """[clicks × fields]: every value that occurs in a field, missing included, has an embedding of its own."""
    columns, rows = [], 0
    for name in features.attrs["column_order"]:
        values, code = np.unique(features[name][:], return_inverse=True)
        columns.append(code + rows)
        rows += len(values)
    return torch.from_numpy(np.stack(columns, axis=1)), rows


class Network(torch.nn.Module):
    """Embeddings, concatenated, and a perceptron with one logit."""

    def __init__(self, rows, fields, base_rate):
        super().__init__()
        self.embedding = torch.nn.Embedding(rows, EMBEDDING, sparse=True)
        torch.nn.init.uniform_(self.embedding.weight, -0.05, 0.05)
        widths = [fields * EMBEDDING, *HIDDEN, 1]
        linear = [torch.nn.Linear(*pair) for pair in zip(widths, widths[1:])]
        for layer in linear:
            torch.nn.init.normal_(layer.weight, std=(2 / layer.in_features) ** 0.5)
            torch.nn.init.zeros_(layer.bias)
        torch.nn.init.constant_(linear[-1].bias, np.log(base_rate / (1 - base_rate)))
        hidden = [part for layer in linear[:-1] for part in (layer, torch.nn.LeakyReLU(0.01))]
        self.layers = torch.nn.Sequential(*hidden, linear[-1])

    def forward(self, x):
        return self.layers(self.embedding(x).flatten(1)).squeeze(1)


class Learner:
    """A network fitted by log loss on final labels, and what trains it further."""

    def __init__(self, x, rows, examples):
        self.x = x
        row, label = examples["row"][:], examples["label"][:]
        self.network = Network(rows, x.shape[1], (label.sum() + 0.5) / (len(label) + 1))
        self.forget_moments()
        self.train(row, label, log_loss, {})
        self.forget_moments()

    def forget_moments(self):
        self.optimisers = [
            torch.optim.SparseAdam(list(self.network.embedding.parameters()), lr=LEARNING_RATE),
            torch.optim.Adam(self.network.layers.parameters(), lr=LEARNING_RATE),
        ]

    def train(self, row, label, weights, frozen):
        """One pass in order. frozen: name → Learner whose answers the weights need."""
        for begin in range(0, len(row), BATCH):
            some = row[begin : begin + BATCH]
            y = torch.from_numpy(label[begin : begin + BATCH]).float()
            z = self.network(self.x[some])
            head = {name: torch.from_numpy(learner.predict(some)) for name, learner in frozen.items()}
            positive, negative = weights(torch.sigmoid(z).detach(), head)
            loss = binary_cross_entropy_with_logits(z, y, weight=torch.where(y == 1, positive, negative))
            for optimiser in self.optimisers:
                optimiser.zero_grad()
            loss.backward()
            for optimiser in self.optimisers:
                optimiser.step()

    def predict(self, row):
        with torch.no_grad():
            return torch.sigmoid(self.network(self.x[row])).numpy()


def streamed(x, rows, stream, stage):
    """Predictions of one stage for every click to predict: segment by segment, first predict, then train."""
    pretrain, copies, to_predict = stream["pretrain"][stage], stream["stream"][stage], stream["predict"]
    learner = Learner(x, rows, pretrain)
    frozen = {name: Learner(x, rows, pretrain["frozen"][name]) for name in pretrain["frozen"]}
    weights = WEIGHTS.get(stream.attrs["method"], log_loss)
    row, label, predict_row = copies["row"][:], copies["label"][:], to_predict["row"][:]
    segments = np.arange(stream.attrs["segments"] + 1)
    copies_before = np.searchsorted(copies["segment"][:], segments)
    clicks_before = np.searchsorted(to_predict["segment"][:], segments)
    predictions = []
    for k in segments[:-1]:
        predictions.append(learner.predict(predict_row[clicks_before[k] : clicks_before[k + 1]]))
        delivered = slice(copies_before[k], copies_before[k + 1])
        learner.train(row[delivered], label[delivered], weights, frozen)
    return np.concatenate(predictions)


log_path, stream_path, predictions_path = sys.argv[1:]
torch.manual_seed(1)
with h5py.File(log_path) as log, h5py.File(stream_path) as stream:
    assert stream.attrs["log_digest"] == log.attrs["content_digest"], "the stream is of another log"
    x, rows = codes_of(log["features"])
    columns = {"row": stream["predict"]["row"][:]}
    if "net" in stream["stream"]:
        columns["net_cvr"] = streamed(x, rows, stream, "net")
    else:
        columns["cvr"] = streamed(x, rows, stream, "conversion")
        columns["refund_rate"] = streamed(x, rows, stream, "refund")
        columns["net_cvr"] = columns["cvr"] * (1 - columns["refund_rate"])
np.savetxt(predictions_path, np.column_stack(list(columns.values())), delimiter=",", header=",".join(columns),
           comments="", fmt=["%d"] + ["%.9g"] * (len(columns) - 1))
