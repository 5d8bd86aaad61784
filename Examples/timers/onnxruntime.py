#!/usr/bin/env python3
"""kerf compress … --timer 'python3 Examples/timers/onnxruntime.py {model}'   (pip install onnxruntime)"""
import sys

# This file has the runtime's name: without this line it would import itself.
sys.path.append(sys.path.pop(0))
import onnxruntime

import timing


def load(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return {i.name: i.shape for i in session.get_inputs()}, lambda inputs: session.run(None, inputs)


timing.main(load, __doc__)
