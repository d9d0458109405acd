#!/usr/bin/python3
# The same steps of training as training_step by PyTorch: training_torch.py MODEL SIZE BATCH STEPS
# THREADS [LAYOUT], the layout contiguous or channels_last. Prints "step MILLISECONDS processor
# MILLISECONDS" for each (the second of all threads together), after one that is not counted, and the
# most memory the process had.
import os
import resource
import sys
import time

import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../tests/reference"))
import torch_network

LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


# Written as one would for speed: kernels lie as PyTorch wants them, and zeros around an image belong
# to the convolution or pool that follows where they are the same on either side.
class Network(torch_network.Network):
    def __init__(self, path, layout):
        super().__init__(path)
        self.padded = {}
        for node in self.nodes:
            if node["op"] == "conv2d":
                name = node["tensors"]["kernel"]
                kernel = self.parameters[name].detach().permute(3, 2, 0, 1)
                self.parameters[name] = kernel.clone(memory_format=layout).requires_grad_()

    def kernel(self, node):
        return self.tensor(node, "kernel")

    def source(self, node):
        name = node["inputs"][0]
        return name if isinstance(name, str) else self.nodes[name]["name"]

    # A window's padding on both sides, with the pad layer's before it; None: not the same on both.
    def own_padding(self, node, x):
        top, left = self.padded.get(self.source(node), (0, 0))
        if node["padding"] == "same":
            (y, bottom), (z, right) = (
                torch_network.same_padding(x.shape[2 + i], node["kernel"][i], node["strides"][i])
                for i in range(2))
            return (y, z) if y == bottom and z == right and not top + left else None
        return (top, left) if node["padding"] == "valid" else None

    def run(self, node, inputs):
        x = inputs[0]
        if node["op"] == "pad":
            top, left, bottom, right = node["padding"]
            if top == bottom and left == right:
                self.padded[node["name"]] = (top, left)
                return x
        padding = self.own_padding(node, x) if node["op"] in ("conv2d", "max_pool") else None
        if padding is None:
            assert not node.get("inputs") or self.source(node) not in self.padded
            return super().run(node, inputs)
        if node["op"] == "max_pool":
            return F.max_pool2d(x, node["kernel"], node["strides"], padding)
        return F.conv2d(x, self.kernel(node), self.tensor(node, "bias"), node["strides"], padding,
                        groups=node.get("groups", 1))


model, size, batch, steps, threads = sys.argv[1], *map(int, sys.argv[2:6])
layout = LAYOUTS[sys.argv[6] if len(sys.argv) > 6 else "contiguous"]
torch.set_num_threads(threads)
network = Network(model, layout)
trained = [p for p in network.parameters.values() if p.requires_grad]
optimiser = torch.optim.Adam(trained, lr=1e-4)
torch.manual_seed(1)
images = (torch.rand(batch, 3, size, size) * 2 - 1).to(memory_format=layout)
labels = torch.randint(0, 2, (batch, 5)).float()
for step in range(steps + 1):
    start, processor = time.monotonic(), time.process_time()
    optimiser.zero_grad(set_to_none=True)
    F.binary_cross_entropy_with_logits(network.logits(images), labels).backward()
    optimiser.step()
    if step:
        print("step %.1f processor %.1f" % ((time.monotonic() - start) * 1e3,
                                            (time.process_time() - processor) * 1e3), flush=True)
print("peak megabytes %.0f" % (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6))
