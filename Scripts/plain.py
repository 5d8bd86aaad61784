"""What is done by hand: every convolution factorized at one share of its full rank, from the weights alone, by a few lines of NumPy and TensorLy.

`spatial` by a truncated SVD of `(C·kh) × (N·kw)`, `tucker2` by TensorLy's `partial_tucker`. Used by `results.py` to have something to compare with.
"""
import numpy as np
import onnx
import tensorly
from onnx import helper, numpy_helper
from tensorly.decomposition import partial_tucker

SHARES = [0.9, 0.8, 0.7, 0.6, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05]


def spatial(w, share):
    """Two kernels `[K, C, kh, 1]`, `[N, K, 1, kw]`."""
    n, c, kh, kw = w.shape
    rank = max(1, round(share * min(c * kh, n * kw)))
    u, s, v = np.linalg.svd(w.transpose(1, 2, 0, 3).reshape(c * kh, n * kw).astype(np.float64), full_matrices=False)
    root = np.sqrt(s[:rank])
    first = (u[:, :rank] * root).reshape(c, kh, rank, 1).transpose(2, 0, 1, 3)
    second = (v[:rank].T * root).reshape(n, kw, rank, 1).transpose(0, 2, 3, 1)
    return [first, second]


def tucker2(w, share):
    """Three kernels `[K1, C, 1, 1]`, `[K2, K1, kh, kw]`, `[N, K2, 1, 1]`."""
    n, c = w.shape[:2]
    ranks = [max(1, round(share * n)), max(1, round(share * c))]
    (core, (out, into)), _ = partial_tucker(tensorly.tensor(w.astype(np.float64)), rank=ranks, modes=[0, 1], n_iter_max=20)
    return [into.T[:, :, None, None], core, out[:, :, None, None]]


FORMS = {"spatial": spatial, "tucker2": tucker2}


def window(node, index, count, kernel):
    """Attributes of factor `index` of `count`: each axis' stride, dilation and padding go to the factor that spans it, of 1×1 axes to the last."""
    given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
    full = given.get("kernel_shape", kernel)
    spans = [k > 1 for k in kernel]
    last = index == count - 1
    take = [s or (last and full[axis] == 1) for axis, s in enumerate(spans)]
    pads = list(given.get("pads", [0, 0, 0, 0]))
    pads = [p if spans[i % 2] or (last and full[i % 2] == 1) else 0 for i, p in enumerate(pads)]
    strides = [s if t else 1 for s, t in zip(given.get("strides", [1, 1]), take)]
    dilations = [d if t else 1 for d, t in zip(given.get("dilations", [1, 1]), take)]
    return {"kernel_shape": list(kernel), "pads": pads, "strides": strides, "dilations": dilations}


def factorized(model, form, share):
    """The network with every convolution that saves work in two or three, or `None` where none does."""
    model = onnx.ModelProto.FromString(model.SerializeToString())
    graph = model.graph
    weights = {i.name: i for i in graph.initializer}
    nodes, replaced = [], 0
    for node in graph.node:
        given = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        plain = node.op_type == "Conv" and node.input[1] in weights and given.get("group", 1) == 1 and given.get("auto_pad", b"NOTSET") == b"NOTSET"
        w = numpy_helper.to_array(weights[node.input[1]]).astype(np.float32) if plain else None
        if w is None or w.ndim != 4 or min(w.shape[2:]) < 2:
            nodes.append(node)
            continue
        factors = FORMS[form](w, share)
        # Multiply-adds, strides left out.
        if sum(f.size for f in factors) >= w.size:
            nodes.append(node)
            continue
        replaced += 1
        value = node.input[0]
        for place, factor in enumerate(factors):
            name = f"{node.input[1]}.{form}{place}"
            graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(factor, dtype=np.float32), name))
            last = place == len(factors) - 1
            output = node.output[0] if last else f"{node.output[0]}.{form}{place}"
            bias = [node.input[2]] if last and len(node.input) > 2 else []
            nodes.append(helper.make_node("Conv", [value, name] + bias, [output], name=output, **window(node, place, len(factors), factor.shape[2:])))
            value = output
    if not replaced:
        return None
    del graph.node[:]
    graph.node.extend(nodes)
    read = {name for node in nodes for name in node.input}
    for initializer in [i for i in graph.initializer if i.name not in read]:
        graph.initializer.remove(initializer)
    return model


def within(path, drop, validate, folder):
    """The networks of least share of each form whose metric on the validation split falls by at most `drop`: `{form: (path, share)}`."""
    model = onnx.load(path)
    reference = validate(path)
    found = {}
    for form in FORMS:
        low, high = 0, len(SHARES)  # SHARES[:low] are good enough, SHARES[high:] are not
        while low < high:
            middle = (low + high) // 2
            small = factorized(model, form, SHARES[middle])
            out = folder / f"{path.stem}-{form}-{SHARES[middle]}.onnx"
            if small is not None:
                onnx.save(small, out)
            if small is None or reference - validate(out) <= drop:
                if small is not None:
                    found[form] = (out, SHARES[middle])
                low = middle + 1
            else:
                high = middle
    return found
