"""Which file each candidate of a work runs."""
import pathlib
import subprocess

import calibration
import candidate
import convert
import quantizers

CARDS = pathlib.Path(__file__).resolve().parent.parent / "Cards"
# Peers of a work with files of their own quantizers: name → (runtime, quantizer).
OWN_FILES = {
    "onnxruntime": ("onnxruntime", "onnxruntime-minmax"),
    "openvino": ("openvino", "onnxruntime-minmax"),
    "openvino nncf": ("openvino", "nncf-openvino"),
}
NAMES = [*candidate.PEERS, "openvino nncf"]


def kerf_file(work, settings):
    """What Kerf runs. Its own quantizer's file belongs to the build that made it."""
    model = work.path(settings.scratch / "models")
    if work.int8 == "shared":
        return quantizers.made("onnxruntime-minmax", model, settings.scratch / "int8", noise_shape=work.shape)
    if work.int8 != "own":
        return model
    card, _, count = calibration.NETWORKS[work.network]
    out = settings.scratch / "int8" / f"{model.stem}.kerf-{settings.build}.onnx"
    if not out.exists():
        out.parent.mkdir(parents=True, exist_ok=True)
        command = [str(settings.kerf), "quantize", str(model), "--data", str(CARDS / f"{card}.yaml"), "--calibration", str(count), "-o", str(out),
                   *getattr(settings, "quantize_options", [])]
        run = subprocess.run(command, capture_output=True, text=True)
        if run.returncode or not out.exists():
            raise candidate.CandidateFailed(f"kerf quantize {model.name}: exit {run.returncode}: {run.stderr.strip()[-300:]}")
    return out


def peers(work, settings):
    """(name, runtime, the file it runs) of each peer that takes part; the file is a function, which may raise why there is none."""
    model = work.path(settings.scratch / "models")
    folder = settings.scratch / "int8"
    if work.int8 == "own":
        for name, (runtime, tool) in OWN_FILES.items():
            yield name, runtime, lambda tool=tool: quantizers.made(tool, model, folder, network=work.network)
        return
    for name in candidate.PEERS:
        if work.int8 == "shared":
            if name != "ncnn":  # it does not read QDQ files
                yield name, name, lambda: kerf_file(work, settings)
        elif name == "ncnn":
            yield name, name, lambda: convert.to_ncnn(model, work.shape, settings.scratch / "ncnn")
        else:
            yield name, name, lambda: model
