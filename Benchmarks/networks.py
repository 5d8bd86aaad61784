"""Networks with random weights, written as ONNX files: chains of one kind of layer, and VGG-16's convolutions.

A layer on its own says little: a runtime that works in another layout than the file's spends much of its time turning the layout at both ends.
So every layer is measured as a chain of several between two thin ends, a 1x1 convolution from 3 channels and one to 16, whose arithmetic and
traffic are small beside the chain's. Weights are drawn with standard deviation sqrt(2 / fan-in), so that activations keep their size.
"""
import math

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# VGG-16 at 224²: input channels, output channels, height = width, whether a 2x2 max-pool follows.
VGG16 = [
    (3, 64, 224, False), (64, 64, 224, True), (64, 128, 112, False), (128, 128, 112, True), (128, 256, 56, False), (256, 256, 56, False),
    (256, 256, 56, True), (256, 512, 28, False), (512, 512, 28, False), (512, 512, 28, True), (512, 512, 14, False), (512, 512, 14, False),
    (512, 512, 14, True),
]
FORMS = ("dense", "spatial", "cp", "tucker2")


def rank(form, c, n, reduction, taps=9):
    """The rank at which `form` has 1/reduction of the dense layer's multiplications, to the nearest multiple of 16, at least 16.

    Multiplications a pixel: dense taps*C*N; spatial 3K(C + N); cp K(C + N + 6); tucker2 R(C + N) + taps*R².
    """
    budget = taps * c * n / reduction
    if form == "spatial":
        exact = budget / (3 * (c + n))
    elif form == "cp":
        exact = budget / (c + n + 6)
    else:
        exact = (math.sqrt((c + n) ** 2 + 4 * taps * budget) - (c + n)) / (2 * taps)
    return max(16, int(exact + 8) // 16 * 16)


class Chain:
    """A network written node by node, each on the output of the one before."""

    def __init__(self, channels, size, seed=0):
        self.random = np.random.default_rng(seed)
        self.shape = (1, channels, size, size)
        self.channels, self.nodes, self.weights, self.last = channels, [], [], "x"

    def _add(self, operator, inputs=(), **attributes):
        name = f"{operator.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, [self.last, *inputs], [name], name, **attributes))
        self.last = name
        return self

    def conv(self, channels, kernel, stride=1, groups=1, bias=True, padding=None):
        """A convolution; `kernel` is (height, width); padded by half the kernel unless told otherwise."""
        shape = (channels, self.channels // groups, *kernel)
        weights = self.random.standard_normal(shape) * math.sqrt(2 / math.prod(shape[1:]))
        inputs = [self._weight(weights)]
        if bias:
            inputs.append(self._weight(self.random.standard_normal(channels) * 0.1))
        top, left = (kernel[0] // 2, kernel[1] // 2) if padding is None else (padding, padding)
        self.channels = channels
        return self._add("Conv", inputs, kernel_shape=kernel, strides=[stride] * 2, pads=[top, left] * 2, group=groups)

    def relu(self):
        return self._add("Relu")

    def max_pool(self, kernel=2, stride=2):
        return self._add("MaxPool", kernel_shape=[kernel] * 2, strides=[stride] * 2)

    def layer(self, form, channels, reduction=1):
        """A 3x3 layer, dense or factorized, and its ReLU."""
        c = self.channels
        if form == "dense":
            self.conv(channels, (3, 3))
        elif form == "spatial":
            k = rank(form, c, channels, reduction)
            self.conv(k, (3, 1), bias=False).conv(channels, (1, 3))
        elif form == "cp":
            k = rank(form, c, channels, reduction)
            self.conv(k, (1, 1), bias=False).conv(k, (3, 1), groups=k, bias=False).conv(k, (1, 3), groups=k, bias=False)
            self.conv(channels, (1, 1))
        elif form == "tucker2":
            k = rank(form, c, channels, reduction)
            self.conv(k, (1, 1), bias=False).conv(k, (3, 3), bias=False).conv(channels, (1, 1))
        else:
            raise ValueError(f"form '{form}' is none of {', '.join(FORMS)}")
        return self.relu()

    def _weight(self, values):
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def save(self, path):
        """Writes the file."""
        graph = helper.make_graph(
            self.nodes, path.stem, [helper.make_tensor_value_info("x", TensorProto.FLOAT, self.shape)],
            [helper.make_tensor_value_info(self.last, TensorProto.FLOAT, None)], self.weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.save(onnx.shape_inference.infer_shapes(model), path)


def repeated(c, n, size, step, times=4):
    """`times` layers that go c → n → c → …, between two thin ends; `step(chain, channels)` adds one."""
    chain = Chain(3, size).conv(c, (1, 1)).relu()
    for i in range(times):
        step(chain, n if i % 2 == 0 else c)
    return chain.conv(16, (1, 1))


def vgg16(form, reduction):
    """VGG-16's thirteen convolutions and five pools; the first convolution stays dense."""
    chain = Chain(3, 224)
    for i, (_, n, _, pooled) in enumerate(VGG16):
        chain.layer("dense" if i == 0 else form, n, reduction)
        if pooled:
            chain.max_pool()
    return chain


def multiplications(path, shape):
    """Multiplications of all convolutions of an ONNX file at one input shape, as written (a Winograd form needs fewer)."""
    model = onnx.load(path)
    for extent, dimension in zip(shape, model.graph.input[0].type.tensor_type.shape.dim):
        dimension.dim_value = extent
    graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    shapes = {value.name: [d.dim_value for d in value.type.tensor_type.shape.dim] for value in [*graph.value_info, *graph.output]}
    weights = {weight.name: weight.dims for weight in graph.initializer}
    total = 0
    for node in graph.node:
        if node.op_type == "Conv":
            batch, *rest = shapes[node.output[0]]
            total += (batch or shape[0]) * math.prod(rest) * math.prod(weights[node.input[1]][1:])
    return total
