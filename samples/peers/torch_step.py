#!/usr/bin/env python3
"""Times training steps of a Llama in PyTorch on the CPU: the peer of `ift bench`.

    apt-get install python3-torch libopenblas0-openmp
    /usr/bin/python3 torch_step.py --shape 15m --batch 4 --length 256 --method ift

Debian's PyTorch multiplies with the system's BLAS; without libopenblas0-openmp that is the reference BLAS, twenty times slower.

By default the C library gives large pieces of memory back to the system and takes them anew, page by page, at every operation; in a virtual
machine that can take more time than the step. With --keep-memory it keeps them.

The model is written as the usual modelling code is: a padded batch, logits for every position, and for IFT a first pass
without gradient that predicts every position. Prints one JSON line with the fields of `ift bench`.
"""

import argparse
import ctypes
import json
import math
import os
import resource
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F

# vocabulary, hidden, intermediate, layers, heads, key-value heads
SHAPES = {
    "15m": (32000, 288, 768, 6, 6, 6),
    "135m": (49152, 576, 1536, 30, 9, 3),
}
WARMUP_STEPS = 2
LEARNING_RATE = 5e-7
LAMBDA = 0.2
GAMMA = 0.95


class Norm(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x):
        return self.weight * x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5)


class AdaptedLinear(nn.Module):
    """A frozen linear layer and a trainable product of low rank beside it, scaled by alpha / rank = 2."""

    def __init__(self, base, rank):
        super().__init__()
        self.base = base.requires_grad_(False)
        self.a = nn.Parameter(torch.randn(rank, base.in_features) / math.sqrt(base.in_features))
        self.b = nn.Parameter(torch.zeros(base.out_features, rank))

    def forward(self, x):
        return self.base(x) + 2 * F.linear(F.linear(x, self.a), self.b)


class Layer(nn.Module):
    def __init__(self, hidden, intermediate, heads, kv_heads):
        super().__init__()
        self.heads, self.kv_heads, self.head_dim = heads, kv_heads, hidden // heads
        linear = lambda inputs, outputs: nn.Linear(inputs, outputs, bias=False)
        self.attention_norm, self.mlp_norm = Norm(hidden), Norm(hidden)
        self.q, self.o = linear(hidden, hidden), linear(hidden, hidden)
        self.k, self.v = (linear(hidden, kv_heads * self.head_dim) for _ in range(2))
        self.gate, self.up = (linear(hidden, intermediate) for _ in range(2))
        self.down = linear(intermediate, hidden)

    def adapt(self, rank):
        for name in ("q", "k", "v", "o", "gate", "up", "down"):
            setattr(self, name, AdaptedLinear(getattr(self, name), rank))

    def forward(self, x, rotation, mask):
        n = self.attention_norm(x)
        q = rotate(self.split(self.q(n), self.heads), rotation)
        k = rotate(self.split(self.k(n), self.kv_heads), rotation)
        v = self.split(self.v(n), self.kv_heads)
        group = self.heads // self.kv_heads
        if group > 1:
            k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        x = x + self.o(attend(q, k, v, mask).transpose(1, 2).flatten(2))
        n = self.mlp_norm(x)
        return x + self.down(F.silu(self.gate(n)) * self.up(n))

    def split(self, x, heads):
        return x.unflatten(-1, (heads, self.head_dim)).transpose(1, 2)


def rotate(x, rotation):
    cos, sin = rotation
    first, second = x.chunk(2, -1)
    return x * cos + torch.cat((-second, first), -1) * sin


def attend(q, k, v, mask):
    if hasattr(F, "scaled_dot_product_attention"):  # PyTorch 2
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + mask
    return scores.softmax(-1) @ v


class Llama(nn.Module):
    def __init__(self, vocabulary, hidden, intermediate, layers, heads, kv_heads):
        super().__init__()
        self.head_dim = hidden // heads
        self.embedding = nn.Embedding(vocabulary, hidden)
        self.layers = nn.ModuleList(Layer(hidden, intermediate, heads, kv_heads) for _ in range(layers))
        self.norm = Norm(hidden)
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=0.02)

    def adapt(self, rank):
        self.requires_grad_(False)
        for layer in self.layers:
            layer.adapt(rank)

    def forward(self, embedded):
        length = embedded.shape[1]
        frequencies = 10000.0 ** (-torch.arange(0, self.head_dim, 2) / self.head_dim)
        angles = torch.outer(torch.arange(length), frequencies).repeat(1, 2)
        mask = torch.full((length, length), -math.inf).triu(1)
        x = embedded
        for layer in self.layers:
            x = layer(x, (angles.cos(), angles.sin()), mask)
        return F.linear(self.norm(x), self.embedding.weight)


def label_logps(logits, ids):
    """Log-probability of each next token, [batch, length - 1]."""
    return logits[:, :-1].log_softmax(-1).gather(-1, ids[:, 1:, None]).squeeze(-1)


def sft_loss(model, ids, prompt):
    logps = label_logps(model(model.embedding(ids)), ids)
    return -logps[:, prompt - 1 :].mean()


def ift_loss(model, ids, prompt):
    """The paper's temporal residual connection and relation propagation (arXiv 2405.11870), with lambda constant."""
    embedded = model.embedding(ids).detach()
    with torch.no_grad():
        predicted = model(embedded).argmax(-1)
    seen = ids.clone()
    seen[:, prompt:] = predicted[:, prompt - 1 : -1]
    mixed = (1 - LAMBDA) * embedded + LAMBDA * model.embedding(seen).detach()
    logps = label_logps(model(mixed), ids)[:, prompt - 1 :]
    count = logps.shape[1]
    distance = torch.arange(count)[None] - torch.arange(count)[:, None]
    decay = torch.where(distance >= 0, GAMMA ** distance.clamp(min=0).float(), torch.zeros(()))
    weights = -logps @ decay.T
    weights = weights / weights.sum(-1, keepdim=True)
    return (-logps * weights).sum(-1).mean()


def keep_memory():
    """Tells glibc's allocator to map nothing and to give nothing back (mallopt(3))."""
    m_trim_threshold, m_top_pad, m_mmap_max = -1, -2, -4
    libc = ctypes.CDLL(None)
    for setting, value in ((m_trim_threshold, 2**31 - 1), (m_top_pad, 2**28), (m_mmap_max, 0)):
        if libc.mallopt(setting, value) != 1:
            raise SystemExit("--keep-memory: the C library does not know mallopt's setting %d" % setting)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=SHAPES, required=True)
    parser.add_argument("--method", choices=("ift", "sft"), default="ift")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--length", type=int, default=256)
    parser.add_argument("--prompt-fraction", type=float, default=0.5)
    parser.add_argument("--lora-rank", type=int)
    parser.add_argument("--steps", type=int, default=7)
    parser.add_argument("--threads", type=int, default=os.environ.get("IFT_THREADS") or os.cpu_count())
    parser.add_argument("--keep-memory", action="store_true", help="of the C library's allocator")
    options = parser.parse_args()
    if options.keep_memory:
        keep_memory()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    model = Llama(*SHAPES[options.shape])
    if options.lora_rank:
        model.adapt(options.lora_rank)
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.RMSprop(trainable, LEARNING_RATE)
    ids = torch.randint(model.embedding.num_embeddings, (options.batch, options.length))
    prompt = max(1, int(options.length * options.prompt_fraction))
    loss_of = {"ift": ift_loss, "sft": sft_loss}[options.method]
    seconds = []
    for _ in range(options.steps):
        start = time.perf_counter()
        loss_of(model, ids, prompt).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seconds.append(time.perf_counter() - start)
    median = statistics.median(seconds[WARMUP_STEPS:])
    print(
        json.dumps(
            {
                "peer": "PyTorch " + torch.__version__,
                "shape": options.shape,
                "method": options.method,
                "batch": options.batch,
                "length": options.length,
                "prompt_tokens": prompt,
                "threads": torch.get_num_threads(),
                "seconds_per_step": median,
                "tokens_per_second": options.batch * options.length / median,
                "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
