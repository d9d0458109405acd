#!/usr/bin/python3
# The same steps of training as training_step by PyTorch: training_torch.py MODEL SIZE BATCH STEPS
# THREADS. Prints "step MILLISECONDS processor MILLISECONDS" for each (the second of all threads
# together), after one that is not counted.
import os
import sys
import time

import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../tests/reference"))
import torch_network

model, size, batch, steps, threads = sys.argv[1], *map(int, sys.argv[2:6])
torch.set_num_threads(threads)
network = torch_network.Network(model)
trained = [p for p in network.parameters.values() if p.requires_grad]
optimiser = torch.optim.Adam(trained, lr=1e-4)
torch.manual_seed(1)
layout = torch.channels_last if "channels_last" in sys.argv else torch.contiguous_format
images = (torch.rand(batch, 3, size, size) * 2 - 1).to(memory_format=layout)
labels = torch.randint(0, 2, (batch, 5)).float()
for step in range(steps + 1):
    start, processor = time.monotonic(), time.process_time()
    optimiser.zero_grad()
    F.binary_cross_entropy_with_logits(network.logits(images), labels).backward()
    optimiser.step()
    if step:
        print("step %.1f processor %.1f" % ((time.monotonic() - start) * 1e3,
                                            (time.process_time() - processor) * 1e3), flush=True)
