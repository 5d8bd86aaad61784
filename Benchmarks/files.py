"""Which file each candidate of a work runs."""
import json
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
    """What Kerf runs. A file that it made itself belongs to the build that made it."""
    model = work.path(settings.scratch / "models")
    if work.int8 == "shared":
        return quantizers.made("onnxruntime-minmax", model, settings.scratch / "int8", noise_shape=work.shape)
    if work.int8 == "own":
        card, _, count = calibration.NETWORKS[work.network]
        return _made("quantize", model, card, "kerf", settings, ["--calibration", str(count), *getattr(settings, "quantize_options", [])])
    if work.int8 == "free":
        card = calibration.NETWORKS[work.network][0]
        options = ["--max-drop", str(work.drop), "--precision", "auto", "--threads", str(settings.threads), "--shape", ",".join(map(str, work.shape))]
        return _made("compress", model, card, f"kerf-drop-{work.drop}", settings, options)
    return model


def report(work, settings):
    """What `kerf compress` said of the network that it made, as JSON; None for other works."""
    return json.loads(kerf_file(work, settings).with_suffix(".json").read_text()) if work.int8 == "free" else None


def _made(command, model, card, kind, settings, options):
    """The file that a command of Kerf makes of a network, with what it said beside it."""
    out = settings.scratch / "int8" / f"{model.stem}.{kind}-{settings.build}.onnx"
    if not out.exists():
        out.parent.mkdir(parents=True, exist_ok=True)
        partial = out.with_suffix(".part.onnx")
        run = subprocess.run([str(settings.kerf), command, str(model), "-o", str(partial), "--json", "--data", str(CARDS / f"{card}.yaml"), *options],
                             capture_output=True, text=True, preexec_fn=candidate.unpin)
        if run.returncode or not partial.exists():
            raise candidate.CandidateFailed(f"kerf {command} {model.name}: exit {run.returncode}: {run.stderr.strip()[-300:]}")
        out.with_suffix(".json").write_text(run.stdout)
        partial.rename(out)
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
