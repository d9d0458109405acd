#!/usr/bin/python3
# What tests/test_network_gradients.c compares with: the gradients of the five networks by PyTorch in
# double precision. For each tensor its gradient's norm and a projection. Needs python3-torch.
#   tests/reference/network_gradients.py build/tests/test_network_gradients > tests/data/network_gradients.txt
import os
import subprocess
import sys
import tempfile

import numpy
import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import torch_network

BATCH = 2
# Inception-ResNet-v2 leaves one pixel of 96: two numbers to normalise, and gradients of chance.
SIZES = {"xception": 96, "inception_resnet_v2": 160, "densenet121": 96, "densenet169": 96,
         "densenet201": 96}


# Numbers in [-1, 1) that C makes likewise: the top 24 bits of a 32-bit hash.
def noise(count):
    x = numpy.arange(1, count + 1, dtype=numpy.uint64) * 2654435761 % 2**32
    x = (x ^ x >> numpy.uint64(15)) * 2246822519 % 2**32
    x = x ^ x >> numpy.uint64(13)
    return torch.from_numpy((x >> numpy.uint64(8)).astype(numpy.float64) / 2**23 - 1)


print("# Made by tests/reference/network_gradients.py from PyTorch %s; not to be edited."
      % torch.__version__)
print("# network NAME LOSS, then: NORM PROJECTION TENSOR")
labels = (torch.arange(BATCH * 5) % 3 == 0).double().reshape(BATCH, 5)
for name, size in SIZES.items():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.safetensors")
        subprocess.run([sys.argv[1], name, path], check=True)
        network = torch_network.Network(path, torch.float64)
    images = noise(BATCH * size * size * 3).reshape(BATCH, size, size, 3).permute(0, 3, 1, 2)
    loss = F.binary_cross_entropy_with_logits(network.logits(images), labels)
    loss.backward()
    print("network %s %.9g" % (name, loss.item()))
    sys.stdout.flush()
    for tensor, value in network.parameters.items():
        if value.requires_grad:
            gradient = value.grad.flatten()
            print("%.8g %.8g %s" % (gradient.norm().item(),
                                    (gradient * noise(len(gradient))).sum().item(), tensor))
