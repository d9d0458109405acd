#!/usr/bin/python3
# What tests/test_training_curve.c compares with: 20 steps of training by PyTorch in double precision,
# and in float32 to see how far rounding alone leads. Needs python3-torch.
#   tests/reference/training_curve.py build/tests/test_training_curve > tests/data/training_curve.txt
import os
import subprocess
import sys
import tempfile

import numpy
import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import torch_network
from torch_network import noise

STEPS, FINDINGS = 20, 5
DROPPED = {"little": ("dropout", 32, 0.2)}  # network: layer, channels, rate


# The mask of a dropout at a step: SplitMix64's mixing of seed and place, twice.
def dropout_mask(seed, layer, count, rate):
    place = numpy.arange(1, count + 1, dtype=numpy.uint64)
    x = numpy.full(count, seed + (layer << 32), dtype=numpy.uint64)
    for _ in range(2):
        x += numpy.uint64(0x9e3779b97f4a7c15) * place
        x = (x ^ x >> numpy.uint64(30)) * numpy.uint64(0xbf58476d1ce4e5b9)
        x = (x ^ x >> numpy.uint64(27)) * numpy.uint64(0x94d049bb133111eb)
        x ^= x >> numpy.uint64(31)
    drawn = (x >> numpy.uint64(11)).astype(numpy.float64) / 2**53
    return torch.from_numpy(numpy.where(drawn < rate, 0.0, 1 / (1 - rate)))


# Loss and optimiser of each network, as the test has them.
def plain_loss(logits, labels):
    return F.binary_cross_entropy_with_logits(logits, labels)


# Focal, label smoothing, positives' weights, and labels that are not known.
def full_loss(logits, labels):
    weights = torch.tensor([1.0, 2.0, 0.5, 3.0, 1.5], dtype=logits.dtype)
    known = (torch.arange(labels.numel()) % 7 != 6).to(logits.dtype).reshape(labels.shape)
    y = labels * (1 - 0.1) + 0.1 / 2
    p = torch.sigmoid(logits)
    terms = (-weights * y * (1 - p) ** 2 * F.logsigmoid(logits)
             - (1 - y) * p ** 2 * F.logsigmoid(-logits))
    return (terms * known).sum() / known.sum()


def groups(network, decay):
    trained = [v for v in network.parameters.values() if v.requires_grad]
    return [{"params": [v for v in trained if v.dim() > 1], "weight_decay": decay},
            {"params": [v for v in trained if v.dim() == 1], "weight_decay": 0}]


RUNS = {  # side, channels, batch, loss, optimiser, clipping
    "densenet121": (75, 3, 4, plain_loss,
                    lambda n: torch.optim.SGD(groups(n, 0.001), lr=1e-2, momentum=0.9,
                                              nesterov=True), 1.0),
    "little": (48, 1, 8, full_loss,  # epsilon: with 1e-8 rounding decides which way weights go
               lambda n: torch.optim.AdamW(groups(n, 0.05), lr=1e-3, eps=1e-3), None),
}


def train(name, path, dtype):
    side, channels, batch, loss_of, optimiser_of, clip = RUNS[name]
    network = torch_network.Network(path, dtype)
    before = {k: v.detach().clone() for k, v in network.parameters.items()}
    optimiser, losses = optimiser_of(network), []
    count = batch * side * side * channels
    for step in range(STEPS):
        images = noise(count, step * count).to(dtype)
        images = images.reshape(batch, side, side, channels).permute(0, 3, 1, 2)
        labels = (torch.arange(batch * FINDINGS) + step) % 3 == 0
        if name in DROPPED:
            layer, width, rate = DROPPED[name]
            index = [n["name"] for n in network.nodes].index(layer)
            mask = dropout_mask(step, index, batch * width, rate).to(dtype)
            network.drop[layer] = mask.reshape(batch, width)
        loss = loss_of(network.logits(images), labels.to(dtype).reshape(batch, FINDINGS))
        optimiser.zero_grad()
        loss.backward()
        if clip:
            torch.nn.utils.clip_grad_norm_([v for v in network.parameters.values()
                                            if v.requires_grad], clip)
        optimiser.step()
        losses.append(loss.item())
    return losses, {k: (v.detach() - before[k]).double().flatten()
                    for k, v in network.parameters.items()}


def main():
    print("# Made by tests/reference/training_curve.py from PyTorch %s; not to be edited."
          % torch.__version__)
    print("# run NAME, then for each step: loss DOUBLE FLOAT32, then for each tensor its change:")
    print("# NORM PROJECTION DISTANCE TENSOR, with the distance of float32's change from it")
    for name in RUNS:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.safetensors")
            subprocess.run([sys.argv[1], name, path], check=True)
            losses, changes = train(name, path, torch.float64)
            losses32, changes32 = train(name, path, torch.float32)
        print("run %s" % name)
        for pair in zip(losses, losses32):
            print("loss %.10g %.10g" % pair)
        for tensor, change in changes.items():
            print("%.8g %.8g %.2g %s" % (change.norm(), (change * noise(len(change))).sum(),
                                         (changes32[tensor] - change).norm(), tensor))


main()
