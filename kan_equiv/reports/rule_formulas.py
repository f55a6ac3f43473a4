"""What each rewrite rule says, as a formula and in words, for the steps of a report.

The words are the first sentence of the rule's own module. A rule without a formula here
is shown by its words; nothing in a report depends on its rules being known.
"""

from __future__ import annotations

import re
from importlib import import_module
from importlib.util import find_spec

from markupsafe import Markup

from kan_equiv.reports.mathml import frac, math, row, sub, sup, total

__all__ = ["FORMULAS", "rule_lemma", "rule_words"]

_GAP = Markup('<mspace width=".17em"/>')
_WIDE = Markup('<mspace width="1em"/>')
_B = row(sub("B", "k"), "( x )")
_M = sub("M", "k j")
_T = sub("t", "j")


def _power(argument: str | Markup) -> Markup:
    """Return max(argument, 0)^p."""
    return row(_GAP, sup(row("max (", argument, ", 0 )"), "p"))


FORMULAS: dict[str, Markup] = {
    "bspline_to_truncated_power": math(
        _B,
        "=",
        total("j"),
        _M,
        _power(row("x −", _T)),
        ",",
        _WIDE,
        _M,
        "=",
        sup("( − 1 )", "p + 1"),
        frac(
            row(sub("t", "k + p + 1"), "−", sub("t", "k")),
            row(total("l ≠ j").replace("∑", "∏"), "(", _T, "−", sub("t", "l"), ")"),
        ),
    ),
    "bspline_to_local": math(
        _B,
        "=",
        total(row(_T, "< c")),
        _M,
        _power(row("min ( x , c ) −", _T)),
        "+",
        sup("( − 1 )", "p + 1"),
        total(row(_T, "> c")),
        _M,
        _power(row(_T, "− max ( x , c )")),
        "−",
        sub("B", "k"),
        "( c )",
    ),
    "local_to_affine": math(
        "min ( x , c ) = c − ReLU ( c − x ) ,",
        _WIDE,
        "max ( x , c ) = c + ReLU ( x − c )",
    ),
    "expand_to_affine": math(
        "x ↦",
        _power(row("x −", _T)),
        _WIDE,
        "=",
        _WIDE,
        "x ↦ x −",
        _T,
        ", then",
        "z ↦",
        _power("z"),
    ),
    "piecewise_to_truncated_power": math(
        "f ( x ) =",
        sub("f", "left"),
        "( x ) +",
        total("t"),
        total("r ≥ 1"),
        sub("J", "t r"),
        sup("max ( x − t , 0 )", "r"),
    ),
    "compose_affine": math(
        sub("W", "2"),
        "(",
        sub("W", "1"),
        "x +",
        sub("b", "1"),
        ") +",
        sub("b", "2"),
        "= (",
        sub("W", "2"),
        sub("W", "1"),
        ") x + (",
        sub("W", "2"),
        sub("b", "1"),
        "+",
        sub("b", "2"),
        ")",
    ),
    "product_to_squares": math(
        "x y =",
        frac("1", "4"),
        sup("( x + y )", "2"),
        "−",
        frac("1", "4"),
        sup("( x − y )", "2"),
        ",",
        _WIDE,
        sup("z", "2"),
        "=",
        sup("max ( z , 0 )", "2"),
        "+",
        sup("max ( − z , 0 )", "2"),
    ),
    "relu_to_edges": math(
        sub("W", "2"),
        "ReLU (",
        sub("W", "1"),
        "x +",
        sub("b", "1"),
        ") +",
        sub("b", "2"),
        ":",
        _WIDE,
        "x ↦ w x ,",
        _WIDE,
        "z ↦ w ReLU ( z )",
    ),
    "restrict_to_range": math(
        "z ≥ 0 :",
        sup("max ( z , 0 )", "p"),
        "=",
        sup("z", "p"),
        ",",
        _WIDE,
        "z ≤ 0 :",
        sup("max ( z , 0 )", "p"),
        "= 0",
    ),
    "edges_to_bspline": math(
        "f ( x ) =",
        total("k"),
        "f [",
        sub("t", "k + 1"),
        ", … ,",
        sub("t", "k + p"),
        "]",
        _B,
    ),
    "drop_dead_units": math(
        total("u"),
        sub("v", "u"),
        sub("f", "u"),
        "( z ) =",
        total(row(sub("v", "u"), "≠ 0")),
        sub("v", "u"),
        sub("f", "u"),
        "( z )",
    ),
    "share_grids": math(
        "u =",
        frac("x − a", "h"),
        ":",
        _WIDE,
        sup("max ( x − t , 0 )", "d"),
        "=",
        sup("h", "d"),
        sup(row("max ( u −", frac("t − a", "h"), ", 0 )"), "d"),
    ),
    "fewest_units": math(
        total("c"), sub("w", "c"), "f ( x ) = (", total("c"), sub("w", "c"), ") f ( x )"
    ),
    "piecewise_to_maxout": math(
        "f ( x ) =",
        sub("max", "k"),
        sub("l", "k"),
        "( x ) −",
        sub("max", "k"),
        sub("m", "k"),
        "( x )",
    ),
    "maximum_to_relu": math("max ( u , v ) = v + ReLU ( u − v )"),
    "maxout_pair": math(
        total("i"),
        sub("max", "k"),
        row(sub("l", "i k"), "("),
        sub("x", "i"),
        ") =",
        sub("max", row(sub("k", "1"), "…", sub("k", "n"))),
        total("i"),
        sub("l", row("i", sub("k", "i"))),
        "(",
        sub("x", "i"),
        ")",
    ),
    "share_banks": math(
        sub("t", "i"), "=", sub("t", "j"), "⇒", sub("B", "i"), "=", sub("B", "j")
    ),
}


def rule_words(rule: str) -> str:
    """Return the first sentence of the module of a rule, "" for an unknown rule.

    >>> rule_words("share_banks")
    'Coinciding grids become one basis: edges then differ in coefficients only.'
    """
    text = _module(rule).__doc__ if _is_rule(rule) else ""
    return (text or "").partition("\n")[0]


def rule_lemma(rule: str) -> str:
    """Return the theorem of ``proofs/`` that a rule is an instance of, or ""."""
    return getattr(_module(rule), "LEMMA", "") if _is_rule(rule) else ""


def _is_rule(rule: str) -> bool:
    """Whether the name is one of a rule's module; names come from files."""
    return bool(re.fullmatch(r"[a-z]+(_[a-z]+)*", rule)) and (
        find_spec(f"kan_equiv.rules.{rule}") is not None
    )


def _module(rule: str) -> object:
    return import_module(f"kan_equiv.rules.{rule}")
