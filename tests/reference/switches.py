#!/usr/bin/python3
# How far float32's rounding alone changes the gradients of Inception-ResNet-v2 where ReLUs and max pools
# switch: PyTorch's float32 against its double precision, as they are, with the ReLUs' signs of double
# precision, and with its max pools' choices, too. Needs python3-torch. What it showed is in
# docs/training.md.
#   tests/reference/switches.py build/tests/test_network_gradients
import os
import subprocess
import sys
import tempfile

import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import torch_network
from torch_network import noise

NAME, SIZE, BATCH, BETA = "inception_resnet_v2", 160, 2, 2.5


# A network whose ReLUs and max pools note how they switch, or switch as another's did.
class Switching(torch_network.Network):
    def __init__(self, path, dtype, given):
        super().__init__(path, dtype)
        self.given, self.noted = given, {}
        with torch.no_grad():
            for name, value in self.parameters.items():
                if name.endswith("/beta") or name.endswith("_conv/bias"):
                    value.fill_(BETA if name.endswith("/beta") else 0)

    def run(self, node, inputs):
        x, name = inputs[0], node["name"]
        if node["op"] == "relu":
            self.noted[name] = x.detach() > 0
            return x * self.given.get(name, self.noted[name]).to(x.dtype)
        if node["op"] == "max_pool":
            area = node["kernel"][0] * node["kernel"][1]
            padded = self.pads(node, x, -float("inf"))
            windows = F.unfold(padded, node["kernel"], stride=node["strides"])
            windows = windows.reshape(x.shape[0], x.shape[1], area, -1)
            self.noted[name] = windows.detach().argmax(2, keepdim=True)
            chosen = windows.gather(2, self.given.get(name, self.noted[name]))
            return chosen.reshape(super().run(node, inputs).shape)
        return super().run(node, inputs)


def differentiate(path, dtype, given):
    network = Switching(path, dtype, given)
    images = noise(BATCH * SIZE * SIZE * 3).reshape(BATCH, SIZE, SIZE, 3).permute(0, 3, 1, 2)
    labels = (torch.arange(BATCH * 5) % 3 == 0).to(dtype).reshape(BATCH, 5)
    F.binary_cross_entropy_with_logits(network.logits(images.to(dtype)), labels).backward()
    gradients = {name: value.grad.double() for name, value in network.parameters.items()
                 if value.requires_grad}
    return gradients, network.noted


def compare(what, found, want):
    largest = max(gradient.norm() for gradient in want.values())
    close = sum(bool((found[name] - gradient).norm() <= 1e-4 * gradient.norm() + 2e-8 * largest)
                for name, gradient in want.items())
    print("%s: %d of %d tensors agree to 1e-4" % (what, close, len(want)), flush=True)


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "model.safetensors")
    subprocess.run([sys.argv[1], NAME, path], check=True)
    want, switches = differentiate(path, torch.float64, {})
    found, noted = differentiate(path, torch.float32, {})
    relus = {name: mask for name, mask in switches.items() if mask.dtype == torch.bool}
    for kind, names in (("ReLU", relus), ("max pool", switches.keys() - relus.keys())):
        print("%s: %d of %d switch otherwise in float32"
              % (kind, sum((noted[name] != switches[name]).sum() for name in names),
                 sum(switches[name].numel() for name in names)))
    compare("float32", found, want)
    compare("with the ReLUs' signs", differentiate(path, torch.float32, relus)[0], want)
    compare("with the max pools' choices, too", differentiate(path, torch.float32, switches)[0], want)
