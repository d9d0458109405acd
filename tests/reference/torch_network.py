# A model file of ours as a PyTorch module, node by node as its graph says, for training: what the
# trainer is compared with. Needs Debian's python3-torch and python3-numpy.
import json
import struct

import numpy
import torch
import torch.nn.functional as F


# Numbers in [-1, 1) that C makes likewise: the top 24 bits of a 32-bit hash of a number from `first`.
def noise(count, first=0):
    x = numpy.arange(first + 1, first + count + 1, dtype=numpy.uint64) * 2654435761 % 2**32
    x = (x ^ x >> numpy.uint64(15)) * 2246822519 % 2**32
    x = x ^ x >> numpy.uint64(13)
    return torch.from_numpy((x >> numpy.uint64(8)).astype(numpy.float64) / 2**23 - 1)


# The header's metadata and the tensors of a .safetensors file of float32.
def read_model(path):
    with open(path, "rb") as file:
        length = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(length))
        data = file.read()
    meta = json.loads(header.pop("__metadata__")["perxeptron"])
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        array = numpy.frombuffer(data[begin:end], dtype="<f4").reshape(entry["shape"])
        tensors[name] = torch.from_numpy(array.copy())
    return meta, tensors


# TensorFlow's "same": the odd row or column goes after.
def same_padding(size, kernel, stride):
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class Network:
    def __init__(self, path, dtype=torch.float32):
        meta, tensors = read_model(path)
        self.nodes = meta["graph"]["nodes"]
        self.output = meta["graph"]["output"]
        if isinstance(self.output, int):
            self.output = self.nodes[self.output]["name"]
        self.parameters = {name: value.to(dtype) for name, value in tensors.items()}
        self.momentum = 0.99  # of moving statistics, as Keras has it
        self.drop = {}        # by dropout's name: what its elements are multiplied by
        for node in self.nodes:
            for slot, name in node.get("tensors", {}).items():
                if slot in ("mean", "variance"):
                    continue
                self.parameters[name].requires_grad_()

    def pads(self, node, x, value=0.0):
        if node["op"] != "pad" and node["padding"] == "valid":
            return x
        if node["op"] != "pad" and node["padding"] == "same":
            top, bottom = same_padding(x.shape[2], node["kernel"][0], node["strides"][0])
            left, right = same_padding(x.shape[3], node["kernel"][1], node["strides"][1])
        else:
            top, left, bottom, right = node["padding"]
        return F.pad(x, (left, right, top, bottom), value=value) if top + left + bottom + right \
            else x

    def tensor(self, node, slot):
        name = node["tensors"].get(slot)
        return self.parameters[name] if name else None

    # Outputs, inputs of a group, rows, columns.
    def kernel(self, node):
        return self.tensor(node, "kernel").permute(3, 2, 0, 1)

    def convolve(self, node, x):
        kernel = self.kernel(node)
        groups, padding = node.get("groups", 1), 0
        if node["padding"] == "same" and node["strides"] == [1, 1] and \
                node["kernel"][0] % 2 and node["kernel"][1] % 2:
            padding = (node["kernel"][0] // 2, node["kernel"][1] // 2)
        else:
            x = self.pads(node, x)
        if groups > 1:  # HWIO with groups: outputs of a group lie together
            kernel = kernel.contiguous()
        return F.conv2d(x, kernel, self.tensor(node, "bias"), node["strides"], padding,
                        groups=groups)

    def average(self, node, x):
        if node["padding"] == "valid":
            return F.avg_pool2d(x, node["kernel"], node["strides"])
        assert not node["count_include_pad"]
        ones = torch.ones_like(x[:1, :1])
        sums = F.avg_pool2d(self.pads(node, x), node["kernel"], node["strides"])
        return sums / F.avg_pool2d(self.pads(node, ones), node["kernel"], node["strides"])

    def run(self, node, inputs):
        op, x = node["op"], inputs[0]
        if op == "conv2d":
            return self.convolve(node, x)
        if op == "dense":
            return F.linear(x.flatten(1), self.tensor(node, "kernel").t(),
                            self.tensor(node, "bias"))
        if op == "batch_norm":
            return F.batch_norm(x, self.tensor(node, "mean"), self.tensor(node, "variance"),
                                self.tensor(node, "gamma"), self.tensor(node, "beta"), True,
                                1 - self.momentum, node["epsilon"])
        if op == "max_pool":
            return F.max_pool2d(self.pads(node, x, -float("inf")), node["kernel"],
                                node["strides"])
        if op == "avg_pool":
            return self.average(node, x)
        if op == "pad":
            return self.pads(node, x)
        if op == "concat":
            return torch.cat(inputs, 1)
        if op == "add":
            return sum(inputs[1:], inputs[0])
        if op == "dropout":
            return x * self.drop.get(node["name"], 1)
        return {"relu": F.relu, "scale": lambda v: v * node["factor"],
                "global_avg_pool": lambda v: v.mean((2, 3), keepdim=True)}[op](x)

    # Logits [n, labels] of images [n, c, h, w] in training mode: moving statistics move, and dropout
    # drops what `drop` says.
    def logits(self, images):
        values = {}
        for node in self.nodes:
            inputs = [values[name if isinstance(name, str) else self.nodes[name]["name"]]
                      for name in node.get("inputs", [])]
            if node["op"] == "sigmoid" and node["name"] == self.output:
                return inputs[0].flatten(1)
            values[node["name"]] = self.run(node, inputs) if inputs else images
        return values[self.output].flatten(1)
