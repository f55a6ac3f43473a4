"""The families that can be loaded, in words."""

from __future__ import annotations

from kan_equiv.importers import (
    efficient_kan,
    formula_file,
    linear_stack,
    onnx_graph,
    pykan,
    torch_export,
)
from kan_equiv.importers.families import FAMILIES
from kan_equiv.importers.family import Format

__all__ = ["FORMATS", "KAN_FILE", "Format"]

KAN_FILE = "kan"


FORMATS: dict[str, Format] = {
    f.name: f
    for f in (
        Format(
            pykan.NAME,
            "checkpoint prefix (PREFIX_config.yml, PREFIX_state), live kan.KAN, or "
            "state dict, of 0.0.x to 0.2.8",
            "B-splines, masks, scales, node and subnode affine, multiplication nodes, "
            "base identity or zero; symbolic edges x to x^5, abs, sgn, and 1/x to "
            "1/x^5 with singularity_avoiding=True",
            "base SiLU, symbolic exp, sin, cos, tanh, gaussian, log, sqrt (units of "
            "that kind); other symbolic functions are refused by name",
            (
                "input_id",
                "in_features",
                "base_fun",
                "width",
                "mult_arity",
                "funs_name",
                "singularity_avoiding",
                "y_th",
            ),
            "input_id after prune_input; for a state dict alone base_fun, width and "
            "mult_arity where there are multiplication nodes, funs_name where edges "
            "are fixed",
            "both forms, multiplication nodes as ReLU^2 units; refused: sgn, as "
            "it jumps, and 1/x to 1/x^5",
            "pykan_cubic",
        ),
        Format(
            efficient_kan.NAME,
            "state dict with KANLinear layers at any prefix, live KAN or KANLinear",
            "B-splines, scaler, base identity, zero or relu",
            "base silu, tanh, sigmoid, gelu (units of that kind)",
            ("base_activation", "prefix"),
            "prefix where other weights stand beside; base_activation unless SiLU",
            "both forms",
            "efficient_kan",
        ),
        Format(
            linear_stack.NAME,
            "nn.Sequential of Linear, activations and KAN layers, or a state dict of "
            "Linear layers",
            "Linear, ReLU, ReLU6, Hardtanh, LeakyReLU, PReLU, Identity, Flatten, "
            "Dropout (eval); BatchNorm1d (eval), 1/sqrt(var + eps) rounded to float64",
            "SiLU, Tanh, Sigmoid, both GELUs (units of that kind)",
            ("activation", "degree", "prefix"),
            "activation for a state dict of two or more layers",
            "both forms, and back to a KAN",
        ),
        Format(
            KAN_FILE,
            "a .kan file written by kan_equiv",
            "everything",
            "nothing",
            (),
            "nothing",
            "as what it holds",
        ),
        Format(
            formula_file.NAME,
            "text file (.formula) as SymPy prints: a line per output",
            "numbers (0.1 is 1/10), + - * /, integer powers, Abs, Max, Min, sign, "
            "Heaviside",
            "exp, log, sqrt, sin, cos, tanh (units of that kind)",
            ("inputs",),
            "inputs: their names in order",
            "both forms where there are no ratios",
        ),
        Format(
            torch_export.NAME,
            "program of torch.export (.pt2 or live), read without unpickling",
            "reshaping, cat, matrices, arithmetic, products, relu and its kin, clamp, "
            "abs, max, min, where, comparisons; BatchNorm (eval) as in torch",
            "silu, tanh, sigmoid, both GELUs, exp, sin, cos",
            (),
            "nothing",
            "both forms",
        ),
        Format(
            onnx_graph.NAME,
            "ONNX model (.onnx or live)",
            "Gemm, MatMul, Einsum, Add, Sub, Mul, Div, Min, Max, Relu and its kin, "
            "Clip, Abs, Where, comparisons, reshaping; BatchNormalization as in torch",
            "Sigmoid, Swish, Tanh, both Gelus, Exp, Sin, Cos",
            (),
            "nothing",
            "both forms",
        ),
        *(family.format for family in FAMILIES),
    )
}
