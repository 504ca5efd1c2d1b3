"""Steps of the reference network in PyTorch, one for each line on stdin: answers with its seconds.

    python3 tools/bench/training-torch.py THREADS ROWS
The first line says the versions; the last, after stdin has ended, the largest memory in MiB.
"""

import resource
import runpy
import sys
import time
from pathlib import Path

import torch

threads, rows = int(sys.argv[1]), int(sys.argv[2])
definition = Path(__file__).resolve().parents[2] / "training" / "fixtures" / "export-reference-network.py"
torch.set_num_threads(threads)
torch.manual_seed(1)
network = runpy.run_path(str(definition))["reference_network"]().train()
optimiser = torch.optim.Adam(network.parameters(), lr=1e-3, weight_decay=0.01)
features = 30 * torch.randn(rows, 1, 401, 40)
targets = (torch.arange(rows) % 2).float()
print(f"PyTorch {torch.__version__}", flush=True)
for _ in sys.stdin:
    before = time.perf_counter()
    optimiser.zero_grad()
    loss = torch.nn.functional.binary_cross_entropy_with_logits(network(features).flatten(), targets)
    loss.backward()
    optimiser.step()
    loss.item()
    print(time.perf_counter() - before, flush=True)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, flush=True)
