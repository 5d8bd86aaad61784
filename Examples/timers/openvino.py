#!/usr/bin/env python3
"""kerf compress … --timer 'python3 Examples/timers/openvino.py {model}'   (pip install openvino)"""
import sys

# This file has the runtime's name: without this line it would import itself.
sys.path.append(sys.path.pop(0))
import openvino

import timing


def load(path, threads):
    settings = {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(path, "CPU", settings)
    request = compiled.create_infer_request()
    return {i.any_name: list(i.shape) for i in compiled.inputs}, request.infer


timing.main(load, __doc__)
