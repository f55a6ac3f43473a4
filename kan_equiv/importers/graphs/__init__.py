"""Graphs of tensor operations to networks: torch.export programs and ONNX models.

Every tensor of a graph is read as a bank of functions of one variable on linear mixes
of the input: reshaping moves indices, pointwise operations compose functions, and
matrices begin a new layer. What cannot be read so is refused by the name of its node.
"""
