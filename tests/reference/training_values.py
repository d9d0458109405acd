#!/usr/bin/python3
# Numbers that tests/test_optimiser.c, test_loss.c and test_learning_rate.c compare with, worked out by
# PyTorch (Debian's python3-torch). Prints tests/training_values.h:
#   /usr/bin/python3 tests/reference/training_values.py > tests/training_values.h
import math
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
print("/* Made by tests/reference/training_values.py from PyTorch %s; not to be edited. */"
      % torch.__version__)
print("#ifndef PX_TESTS_TRAINING_VALUES_H")
print("#define PX_TESTS_TRAINING_VALUES_H\n")


def array(name, values):
    print("static const double %s[] = {%s};" % (name, ", ".join("%.15g" % v for v in values)))


# A kernel of 3 x 2 and a bias of 2, whose gradients at step t are sin(t + element).
def steps(make, clip=None, count=20):
    kernel = torch.tensor([[0.1 * i - 0.2 for i in (0, 1)], [0.0, 0.1], [0.2, 0.3]])
    bias = torch.tensor([0.5, -0.5])
    kernel.requires_grad_(), bias.requires_grad_()
    optimiser = make([kernel], [bias])
    for t in range(count):
        kernel.grad = torch.tensor([math.sin(t + i) for i in range(6)]).reshape(3, 2)
        bias.grad = torch.tensor([math.sin(t + i) for i in range(6, 8)])
        if clip:
            torch.nn.utils.clip_grad_norm_([kernel, bias], clip)
        optimiser.step()
    return kernel.flatten().tolist() + bias.tolist()


def groups(kernels, others, decay):
    return [{"params": kernels, "weight_decay": decay}, {"params": others, "weight_decay": 0}]


sgd, adam, adamw = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW
array("torch_sgd", steps(lambda k, o: sgd(groups(k, o, 0), lr=0.05)))
array("torch_momentum", steps(lambda k, o: sgd(groups(k, o, 0.1), lr=0.05, momentum=0.9)))
array("torch_nesterov",
      steps(lambda k, o: sgd(groups(k, o, 0.1), lr=0.05, momentum=0.9, nesterov=True)))
array("torch_adam", steps(lambda k, o: adam(groups(k, o, 0.1), lr=0.05)))
array("torch_adamw", steps(lambda k, o: adamw(groups(k, o, 0.1), lr=0.05)))
array("torch_clipped", steps(lambda k, o: sgd(groups(k, o, 0), lr=0.05), clip=0.7))

logits = torch.tensor([[-3.0, 0.5, 2.0], [0.0, -0.25, 30.0], [1.5, -40.0, -1.0]])
labels = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.25, 0.0, 1.0]])
known = torch.tensor([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [1.0, 0.0, 1.0]])
weights = torch.tensor([2.0, 0.5, 3.0])


def loss(name, smoothing=0.0, focus=0.0, positive=torch.ones(3)):
    x = logits.clone().requires_grad_()
    y = labels * (1 - smoothing) + smoothing / 2
    p = torch.sigmoid(x)
    terms = (-positive * y * (1 - p) ** focus * F.logsigmoid(x)
             - (1 - y) * p ** focus * F.logsigmoid(-x))
    mean = (terms * known).sum() / known.sum()
    mean.backward()
    array(name, [mean.item()] + x.grad.flatten().tolist())


loss("torch_loss_plain")
loss("torch_loss_weighted", positive=weights)
loss("torch_loss_smooth", smoothing=0.1)
loss("torch_loss_focal", focus=2.0, positive=weights)
check = logits.clone().requires_grad_()  # the plain one is PyTorch's own function
plain = F.binary_cross_entropy_with_logits(check, labels, weight=known, reduction="sum")
array("torch_loss_function", [(plain / known.sum()).item()])


def rates(make, count, value=None):
    optimiser = sgd([torch.zeros(1)], lr=1.0)
    schedule = make(optimiser)
    found = []
    for t in range(count):
        found.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step(*([value(t)] if value else []))
    return found


lr = torch.optim.lr_scheduler
array("torch_cyclic", rates(lambda o: lr.CyclicLR(o, 0.001, 0.006, step_size_up=5,
                                                  cycle_momentum=False), 23))
array("torch_one_cycle", rates(lambda o: lr.OneCycleLR(o, 0.1, total_steps=21, pct_start=0.3,
                                                       cycle_momentum=False), 20))
array("torch_cosine", rates(lambda o: lr.CosineAnnealingLR(o, 20, eta_min=0.01), 20))
array("torch_plateau", rates(lambda o: lr.ReduceLROnPlateau(
    o, mode="max", factor=0.5, patience=2, threshold=0.01, threshold_mode="abs"), 20,
    value=lambda t: min(t, 6) * 0.02 + 0.001 * t))
print("\n#endif")
