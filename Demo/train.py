"""Trains the bundled denoiser on procedurally drawn dead leaves and writes it as ONNX.

  python3 Demo/train.py train  --state STATE.pt [--steps 6000] [--minutes 0] [--seed 20]   train (or go on from STATE.pt)
  python3 Demo/train.py export --state STATE.pt --output Demo/dead_leaves_denoiser.onnx     write the network
  python3 Demo/train.py evaluate --model M.onnx FOLDER...                                   PSNR of noisy and denoised pictures
  python3 Demo/train.py pictures                                                            write Demo/pictures/ (another seed)

The network is a small DnCNN without batch normalization: `layers` convolutions 3×3, `width` channels, ReLU between them; it predicts the
noise, and the subtraction is in the graph: clean = noisy - net(noisy).  Input and output [N, 1, H, W], grey 0...1, noise sigma 25/255.
Reference: K. Zhang et al., "Beyond a Gaussian denoiser: residual learning of deep CNN for image denoising", IEEE TIP 26 (2017).
"""

import argparse
import glob
import math
import os
import time

import numpy as np
from PIL import Image

import dead_leaves

SIGMA = 25 / 255
LAYERS, WIDTH = 12, 48
PATCH, BATCH = 40, 32
POOL, POOL_AT_START, SIDE = 600, 60, 256  # pictures to train on: the pool is drawn while training goes on
HERE = os.path.dirname(os.path.abspath(__file__))
PICTURES_SEED = 2026
SPLITS = {"calibration": 4, "validation": 4, "test": 4}


def psnr(a, b):
    return -10 * math.log10(float(np.mean((np.clip(a, 0, 1) - b) ** 2)))


# Training --------------------------------------------------------------------------------------------------------------------------


def build():
    from torch import nn

    layers = [nn.Conv2d(1, WIDTH, 3, padding=1), nn.ReLU()]
    for _ in range(LAYERS - 2):
        layers += [nn.Conv2d(WIDTH, WIDTH, 3, padding=1), nn.ReLU()]
    layers.append(nn.Conv2d(WIDTH, 1, 3, padding=1))
    net = nn.Sequential(*layers)
    for layer in net:
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    net[-1].weight.data *= 0.1  # starts near "no noise": a small first loss
    return net


def batch(rng, pool):
    """[BATCH, 1, PATCH, PATCH] clean patches, each turned and mirrored at random, some with less contrast."""
    patches = np.empty((BATCH, 1, PATCH, PATCH), np.float32)
    for i in range(BATCH):
        image = pool[rng.integers(len(pool))]
        y, x = rng.integers(image.shape[0] - PATCH + 1), rng.integers(image.shape[1] - PATCH + 1)
        patch = np.rot90(image[y : y + PATCH, x : x + PATCH], rng.integers(4))
        if rng.random() < 0.5:
            patch = patch[:, ::-1]
        if rng.random() < 0.3:
            patch = (patch - 0.5) * rng.uniform(0.3, 1.0) + 0.5
        patches[i, 0] = patch
    return patches


def evaluate_torch(net, images):
    import torch

    gains = []
    with torch.no_grad():
        for i, clean in enumerate(images):
            noisy = (clean + SIGMA * np.random.default_rng(i).standard_normal(clean.shape)).astype(np.float32)
            x = torch.from_numpy(noisy)[None, None]
            gains.append((psnr(noisy, clean), psnr((x - net(x))[0, 0].numpy(), clean)))
    return np.mean(gains, axis=0)


def train(options):
    import torch

    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    print(f"torch {torch.__version__} numpy {np.__version__} seed {options.seed} steps {options.steps} minutes {options.minutes}", flush=True)
    drawing, choosing = np.random.default_rng([options.seed, 1]), np.random.default_rng([options.seed, 2])
    held_out = [dead_leaves.draw_mixed(np.random.default_rng([options.seed, 3, i]), 128, 128) for i in range(8)]
    net = build().to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    generator = torch.Generator().manual_seed(options.seed)
    pool = [dead_leaves.draw_mixed(drawing, SIDE, SIDE).astype(np.float32) for _ in range(POOL_AT_START)]
    step, spent = 0, 0.0
    if os.path.exists(options.state):
        state = torch.load(options.state, weights_only=False)
        net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
        step, spent = state["step"], state["seconds"]
        pool += [dead_leaves.draw_mixed(drawing, SIDE, SIDE).astype(np.float32) for _ in range(min(POOL - len(pool), step // 8))]
        choosing = np.random.default_rng([options.seed, 2, step])
        generator.manual_seed(options.seed + step)
    begin, losses, done = time.time() - spent, [], 0.0
    while done < 1:
        seconds = time.time() - begin
        # A bound in minutes makes the schedule follow the clock, so that a busy machine still ends with a small step size.
        done = min(1.0, max(step / options.steps, seconds / (60 * options.minutes) if options.minutes else 0))
        rate = 1e-3 * min(1, (step + 1) / 100) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        clean = torch.from_numpy(batch(choosing, pool)).to(memory_format=torch.channels_last)
        noise = SIGMA * torch.randn(clean.shape, generator=generator)
        # bfloat16 products (float32 weights and sums) until the last tenth: twice the speed on a CPU that has them
        with torch.autocast("cpu", torch.bfloat16, enabled=done < 0.9):
            predicted = net(clean + noise)
        loss = (predicted.float() - noise).pow(2).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 0.1)
        optimizer.step()
        losses.append(loss.item())
        step += 1
        if step % 8 == 0 and len(pool) < POOL:
            pool.append(dead_leaves.draw_mixed(drawing, SIDE, SIDE).astype(np.float32))
        if step % 200 == 0 or done >= 1:
            noisy, denoised = evaluate_torch(net, held_out)
            mean = np.mean(losses[-200:])
            print(
                f"step {step} seconds {time.time() - begin:.0f} done {done:.3f} lr {rate:.2e} train {-10 * math.log10(mean):.2f} dB"
                f" held-out {noisy:.2f} -> {denoised:.2f} dB pool {len(pool)}",
                flush=True,
            )
            torch.save(
                {"net": net.state_dict(), "optimizer": optimizer.state_dict(), "step": step, "seconds": time.time() - begin},
                options.state + ".part",
            )
            os.replace(options.state + ".part", options.state)


# ONNX ------------------------------------------------------------------------------------------------------------------------------


def export(options):
    import onnx
    import torch
    from onnx import TensorProto, helper, numpy_helper

    state = torch.load(options.state, weights_only=False)["net"]
    nodes, initializers, current = [], [], "noisy"
    for i in range(LAYERS):
        for part in ("weight", "bias"):
            value = state[f"{2 * i}.{part}"].contiguous().float().numpy()
            if not np.isfinite(value).all():
                raise SystemExit(f"layer {i}: {part} is not finite")
            initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), f"conv{i + 1}.{part}"))
        output = "noise" if i == LAYERS - 1 else f"conv{i + 1}.output"
        nodes.append(
            helper.make_node(
                "Conv", [current, f"conv{i + 1}.weight", f"conv{i + 1}.bias"], [output], f"conv{i + 1}",
                kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1], dilations=[1, 1], group=1,
            )
        )  # fmt: skip
        current = output
        if i < LAYERS - 1:
            nodes.append(helper.make_node("Relu", [current], [f"relu{i + 1}.output"], f"relu{i + 1}"))
            current = f"relu{i + 1}.output"
    nodes.append(helper.make_node("Sub", ["noisy", "noise"], ["clean"], "subtract"))
    shape = ["N", 1, "H", "W"]
    graph = helper.make_graph(
        nodes, "dead_leaves_denoiser",
        [helper.make_tensor_value_info("noisy", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("clean", TensorProto.FLOAT, shape)], initializers,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="kerf Demo/train.py", ir_version=8)
    model.doc_string = "Grey denoiser, sigma 25/255, trained on procedurally drawn dead leaves (Demo/train.py)"
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, options.output)
    print(options.output, os.path.getsize(options.output), "bytes")


def run_onnx(path, noisy):
    """The network's output for one picture [H, W]; onnxruntime where it is installed, else onnx's own reference."""
    x = noisy.astype(np.float32)[None, None]
    try:
        import onnxruntime

        onnxruntime.set_default_logger_severity(3)
        return onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"noisy": x})[0][0, 0]
    except ImportError:
        from onnx.reference import ReferenceEvaluator

        return ReferenceEvaluator(path).run(None, {"noisy": x})[0][0, 0]


def evaluate(options):
    for folder in options.folders:
        rows = []
        for i, path in enumerate(sorted(glob.glob(os.path.join(folder, "*.png")))):
            clean = np.asarray(Image.open(path).convert("L"), np.float64) / 255
            noisy = clean + SIGMA * np.random.default_rng(i).standard_normal(clean.shape)
            rows.append((psnr(noisy, clean), psnr(run_onnx(options.model, noisy), clean)))
        if not rows:
            raise SystemExit(f"{folder}: no PNG picture")
        noisy, denoised = np.mean(rows, axis=0)
        error = np.std(np.subtract(*np.transpose(rows)), ddof=1) / math.sqrt(len(rows)) if len(rows) > 1 else float("nan")
        print(f"{folder}: {len(rows)} pictures, noisy {noisy:.3f} dB, denoised {denoised:.3f} dB, gain {denoised - noisy:.3f} ± {error:.3f} dB")


def pictures(options):
    number = 0
    for split, count in SPLITS.items():
        folder = os.path.join(HERE, "pictures", split)
        os.makedirs(folder, exist_ok=True)
        for _ in range(count):
            rng = np.random.default_rng([PICTURES_SEED, number])
            # larger shapes than most of the training pictures have: finest texture is noise to any denoiser
            leaves = dead_leaves.draw(rng, 192, 192, r_min=rng.uniform(2, 6))
            image = np.rint(255 * leaves).astype(np.uint8)
            path = os.path.join(folder, f"leaves{number:02d}.png")
            Image.fromarray(image).save(path, optimize=True)
            print(path, os.path.getsize(path), "bytes")
            number += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("train")
    one.add_argument("--state", required=True)
    one.add_argument("--steps", type=int, default=6000)
    one.add_argument("--minutes", type=float, default=0, help="stop by the clock (not reproducible); 0: by steps alone")
    one.add_argument("--seed", type=int, default=20)
    one.add_argument("--threads", type=int, default=1)
    one.set_defaults(run=train)
    one = commands.add_parser("export")
    one.add_argument("--state", required=True)
    one.add_argument("--output", default=os.path.join(HERE, "dead_leaves_denoiser.onnx"))
    one.set_defaults(run=export)
    one = commands.add_parser("evaluate")
    one.add_argument("--model", default=os.path.join(HERE, "dead_leaves_denoiser.onnx"))
    one.add_argument("folders", nargs="+")
    one.set_defaults(run=evaluate)
    one = commands.add_parser("pictures")
    one.set_defaults(run=pictures)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
