#!/usr/bin/python3
# What tests/test_network_gradients.c compares with: the gradients of the five networks by PyTorch in
# double precision. For each tensor its gradient's norm and a projection. Needs python3-torch.
#   tests/reference/network_gradients.py build/tests/test_network_gradients > tests/data/network_gradients.txt
import os
import subprocess
import sys
import tempfile

import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import torch_network
from torch_network import noise

BATCH = 2
# Inception-ResNet-v2 leaves one pixel of 96: two numbers to normalise, and gradients of chance.
SIZES = {"xception": 96, "inception_resnet_v2": 139, "densenet121": 96, "densenet169": 96,
         "densenet201": 96}


print("# Made by tests/reference/network_gradients.py from PyTorch %s; not to be edited."
      % torch.__version__)
print("# network NAME LOSS LARGEST_NORM, then: NORM PROJECTION TENSOR")
labels = (torch.arange(BATCH * 5) % 3 == 0).double().reshape(BATCH, 5)
for name, size in SIZES.items():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.safetensors")
        subprocess.run([sys.argv[1], name, path], check=True)
        network = torch_network.Network(path, torch.float64)
    images = noise(BATCH * size * size * 3).reshape(BATCH, size, size, 3)
    loss = F.binary_cross_entropy_with_logits(network.logits(images.permute(0, 3, 1, 2)), labels)
    loss.backward()
    gradients = {k: v.grad.flatten() for k, v in network.parameters.items() if v.requires_grad}
    print("network %s %.9g %.8g" % (name, loss.item(),
                                    max(g.norm().item() for g in gradients.values())))
    for tensor, gradient in gradients.items():
        print("%.8g %.8g %s" % (gradient.norm().item(),
                                (gradient * noise(len(gradient))).sum().item(), tensor))
    sys.stdout.flush()
