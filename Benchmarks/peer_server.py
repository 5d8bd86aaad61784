#!/usr/bin/env python3
"""One peer as a process that times runs on request; speaks the lines of `kerf time-server`.

    peer_server.py PEER [MODEL --shape 1,3,224,224] [--threads 1]

The first line written says what loading took (without MODEL nothing is loaded). Then `run K` runs K + 1 times back to back and answers with the
milliseconds of the last K; `output FILE` writes the first output (.npy). float32 throughout, one stream, every other setting the peer's own.
"""
import argparse
import json
import pathlib
import sys
import time

import numpy as np


def feed(shape):
    """The input that `kerf time-server` makes up: values in 0..1 that repeat with period 251."""
    count = int(np.prod(shape))
    return (np.arange(count) % 251 / 251).astype(np.float32).reshape(shape)


class OnnxRuntime:
    def __init__(self, threads):
        import onnxruntime
        self.version, self.module, self.threads = onnxruntime.__version__, onnxruntime, threads

    def load(self, model, shape):
        options = self.module.SessionOptions()
        options.intra_op_num_threads = self.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = self.module.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        inputs = {session.get_inputs()[0].name: feed(shape)}
        return lambda: session.run(None, inputs)[0]


class OpenVino:
    def __init__(self, threads):
        import openvino
        self.version, self.threads = openvino.__version__.split("-")[0], threads
        self.core = openvino.Core()
        self.core.get_property("CPU", "FULL_DEVICE_NAME")  # loads the plugin, which is no part of a network's memory

    def load(self, model, shape):
        network = self.core.read_model(str(model))
        network.reshape({network.inputs[0]: list(shape)})
        options = {"INFERENCE_NUM_THREADS": self.threads, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
        request = self.core.compile_model(network, "CPU", options).create_infer_request()
        x = feed(shape)
        return lambda: request.infer({0: x}, share_inputs=True, share_outputs=True)[0]


class Ncnn:
    """Takes the converted file, `NAME.ncnn.param`. It has no batches: a batch is run image by image."""

    def __init__(self, threads):
        import ncnn
        self.version, self.module, self.threads = ncnn.__version__, ncnn, threads

    def load(self, model, shape):
        net = self.module.Net()
        net.opt.num_threads = self.threads
        for name in dir(net.opt):
            if name.startswith(("use_fp16", "use_bf16", "use_int8")):
                setattr(net.opt, name, False)
        if net.load_param(str(model)) != 0 or net.load_model(str(model.with_suffix(".bin"))) != 0:
            raise SystemExit(f"{model}: ncnn cannot load it")
        images = [self.module.Mat(np.ascontiguousarray(image)).clone() for image in feed(shape)]
        source, target = net.input_names()[0], net.output_names()[0]

        def run():
            made = []
            for image in images:
                extractor = net.create_extractor()
                extractor.input(source, image)
                status, output = extractor.extract(target)
                if status != 0:
                    raise SystemExit(f"{model}: ncnn fails with {status}")
                made.append(output)
            return made
        return run


PEERS = {"onnxruntime": OnnxRuntime, "openvino": OpenVino, "ncnn": Ncnn}


def say(**values):
    print(json.dumps(values), flush=True)


def milliseconds(run):
    start = time.perf_counter()
    result = run()
    return (time.perf_counter() - start) * 1e3, result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("model", type=pathlib.Path, nargs="?")
    parser.add_argument("--shape", type=lambda text: tuple(map(int, text.split(","))))
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    peer = PEERS[arguments.peer](arguments.threads)
    if arguments.model is None:
        say(version=peer.version)
        sys.stdin.read()
        return
    load_ms, run = milliseconds(lambda: peer.load(arguments.model, arguments.shape))
    say(version=peer.version, load_ms=load_ms, first_run_ms=milliseconds(run)[0])
    for request in sys.stdin:
        word, _, rest = request.strip().partition(" ")
        if word == "run":
            run()
            say(ms=[milliseconds(run)[0] for _ in range(int(rest or 1))])
        elif word == "output":
            np.save(rest, np.asarray(run(), np.float32))
            say(written=rest)
        else:
            raise SystemExit(f"'{request.strip()}' is not a request; requests are 'run K' and 'output FILE'")


if __name__ == "__main__":
    main()
