"""Enclosures of silu, sigmoid, tanh, exp, gelu, gaussian, sin, cos, log, sqrt.

All in integers.

An interval is a pair of integers (low, high) over 2^bits that holds the true value.
`//` rounds down and -(-a // b) up, so every bound is on its side by construction.
"""

from __future__ import annotations

from functools import lru_cache
from math import isqrt

from .atoms import PARTIAL, UndefinedError
from .reader import InvalidError
from .work import spend, spend_product, words

Interval = tuple[int, int]
MAX_ARGUMENT = 1 << 12  # of exp
MAX_HALVINGS = 512  # of an argument of sin or cos, which is below 2^504 then


class WideError(InvalidError):
    """An interval is too wide to go on; more bits may help."""


def scale_down(x: Interval, den: int) -> Interval:
    """x/den, rounded outward; den > 0."""
    return x[0] // den, -(-x[1] // den)


def halved(x: Interval, times: int) -> Interval:
    """x/2^times, rounded outward; >> rounds down like // and is much faster."""
    return x[0] >> times, -(-x[1] >> times)


def shifted(x: Interval, y: Interval) -> Interval:
    """The sum of two intervals."""
    return x[0] + y[0], x[1] + y[1]


def times(x: Interval, y: Interval, bits: int) -> Interval:
    """The product of two intervals, rounded outward."""
    corners = [a * b for a in x for b in y]
    return halved((min(corners), max(corners)), bits)


def atom(name: str, x: Interval, bits: int) -> Interval:
    """The atom on the interval x."""
    if name == "exp":
        return exp(x[0], bits)[0], exp(x[1], bits)[1]
    if name == "gaussian":
        near = 0 if x[0] < 0 < x[1] else min(abs(x[0]), abs(x[1]))
        far = max(abs(x[0]), abs(x[1]))
        low, high = halved((near * near, far * far), bits)
        return exp(-high, bits)[0], exp(-low, bits)[1]
    if name == "sigmoid":
        return sigmoid(x, bits)
    if name == "tanh":  # 2 sigmoid(2x) - 1
        low, high = sigmoid((2 * x[0], 2 * x[1]), bits)
        return 2 * low - (1 << bits), 2 * high - (1 << bits)
    if name == "silu":
        return times(x, sigmoid(x, bits), bits)
    if name == "gelu":
        phi = normal(x[0], bits)[0], normal(x[1], bits)[1]
        return times(x, phi, bits)
    if name in ("sin", "cos"):
        middle = (x[0] + x[1]) // 2
        low, high = sin_cos(middle, bits)[name == "cos"]
        radius = x[1] - middle  # both are Lipschitz with constant 1
        return low - radius, high + radius
    if name in PARTIAL:
        return partial(name, x, bits)
    raise InvalidError(f"unsupported: no enclosure of {name} here")


def sigmoid(x: Interval, bits: int) -> Interval:
    """The interval of an increasing function, from its ends."""
    return sigmoid_at(x[0], bits)[0], sigmoid_at(x[1], bits)[1]


def sigmoid_at(x: int, bits: int) -> Interval:
    """e/(1 + e) with e = exp(x), which increases in e; 1 - sigmoid(-x) for x > 0."""
    one = 1 << bits
    if x > 0:
        low, high = sigmoid_at(-x, bits)
        return one - high, one - low
    low, high = exp(x, bits)
    return (low << bits) // (one + low), -(-(high << bits) // (one + high))


def exp(x: int, bits: int) -> Interval:
    """exp(x/2^bits): Taylor at x/2^s <= 2^-8, then s squarings."""
    if x < 0:
        if -x > bits << bits:
            return 0, 1  # exp(-bits) < 2^-bits
        low, high = exp(-x, bits)
        return (1 << 2 * bits) // high, -(-(1 << 2 * bits) // low)
    if x > MAX_ARGUMENT << bits:
        raise InvalidError(f"unsupported: exp beyond {MAX_ARGUMENT}")
    halvings = max(0, x.bit_length() - bits + 8)
    work = bits + 4 * (x >> bits) + halvings + 32
    y = halved((x << work - bits, x << work - bits), halvings)
    low, high = exp_series(y, work)
    for _ in range(halvings):
        low, high = halved((low * low, high * high), work)
    return halved((low, high), work - bits)


def exp_series(y: Interval, bits: int) -> Interval:
    """exp on 0 <= y <= 1/2: after a term T of the series, all the rest is at most T."""
    low = high = term_low = term_high = 1 << bits
    n = 0
    while term_high > 1:
        n += 1
        spend(8 + bits // 32)
        term_low = (term_low * y[0] >> bits) // n
        term_high = -((-term_high * y[1] >> bits) // n)
        low, high = low + term_low, high + term_high
    return low, high + term_high


def sin_cos(x: int, bits: int) -> tuple[Interval, Interval]:
    """sin and cos of x/2^bits: series at |x|/2^s <= 2^-8, then s doublings."""
    halvings = max(0, x.bit_length() - bits + 8)
    if halvings > MAX_HALVINGS:
        raise InvalidError(f"unsupported: sin or cos beyond 2^{MAX_HALVINGS - 8}")
    work = bits + 2 * halvings + 32
    y = halved((abs(x) << work - bits, abs(x) << work - bits), halvings)
    sums: list[Interval] = [(0, 0), (1 << work, 1 << work)]  # odd terms, even terms
    term: Interval = sums[1]
    n = 0
    while term[1] > 1:
        n += 1
        spend(16 + work // 32)
        term = scale_down(halved((term[0] * y[0], term[1] * y[1]), work), n)
        signed = term if n % 4 in (0, 1) else (-term[1], -term[0])
        sums[(n + 1) % 2] = shifted(sums[(n + 1) % 2], signed)
    # The rest of each alternating series is at most the term that comes next.
    rest = -term[1], term[1]
    sine, cosine = shifted(sums[0], rest), shifted(sums[1], rest)
    for _ in range(halvings):
        square = times(cosine, cosine, work)
        sine = times((2 * sine[0], 2 * sine[1]), cosine, work)
        cosine = 2 * square[0] - (1 << work), 2 * square[1] - (1 << work)
    sine, cosine = halved(sine, work - bits), halved(cosine, work - bits)
    return ((-sine[1], -sine[0]) if x < 0 else sine), cosine


def normal(x: int, bits: int) -> Interval:
    """Phi(x) = 1/2 + bell(x)/(2 bell(infinity)), an increasing function."""
    one = 1 << bits
    if x < 0:
        low, high = normal(-x, bits)
        return one - high, one - low
    if x >= far(bits) << bits:  # 1 - Phi(x) < e^(-x^2/2) there
        return one - 1, one
    total = bell(far(bits) << bits, bits)
    low, high = bell(x, bits)
    return (
        (one + (low << bits) // (total[1] + 1)) // 2,
        (one - (-high << bits) // total[0] + 1) // 2,
    )


def far(bits: int) -> int:
    """An integer c with e^(-c^2/2) < 2^-bits: c^2 >= 7/5 bits > 2 ln(2) bits."""
    return isqrt(7 * bits // 5) + 1


@lru_cache(maxsize=64)
def bell(x: int, bits: int) -> Interval:
    """The integral of e^(-t^2/2) from 0 to x/2^bits >= 0.

    It is the alternating sum of y^(2n+1)/(2^n n! (2n+1)), and once n > y^2 the absolute
    values decrease, so that the rest is at most the term that comes next.
    """
    square = x * x >> 2 * bits
    work = bits + square + 32  # the terms are at most e^(y^2/2) < 2^(y^2)
    y = x << work - bits
    half = halved((y * y, y * y), work + 1)
    term: Interval = y, y
    total: Interval = 0, 0
    n = 0
    while term[1] > 1 or n <= square + 1:
        part = scale_down(term, 2 * n + 1)
        total = shifted(total, part if n % 2 == 0 else (-part[1], -part[0]))
        n += 1
        spend(16 + work // 32)
        term = scale_down(halved((term[0] * half[0], term[1] * half[1]), work), n)
    return halved(shifted(total, (-term[1], term[1])), work - bits)


def partial(name: str, x: Interval, bits: int) -> Interval:
    """log or sqrt on the interval x, where they are defined; both increase."""
    low, high = x
    if high < 0 or (high == 0 and name == "log"):
        raise UndefinedError(f"{name} is not defined there")
    if low < 0 or (low == 0 and name == "log"):
        raise WideError(f"it is not seen whether {name} is defined there")
    if name == "sqrt":
        spend_product(words(high << bits))
        low, high = low << bits, high << bits
        root = isqrt(high)
        return isqrt(low), root + (root * root < high)
    return log(low, bits)[0], log(high, bits)[1]


def log(x: int, bits: int) -> Interval:
    """log(x/2^bits): with x/2^bits = 2^k m, 1 <= m < 2, it is k log(2) + log(m)."""
    digits = x.bit_length() - 1
    k = digits - bits
    work = bits + 32 + k.bit_length()
    m = halved((x << work, x << work), digits)
    one = 1 << work
    low = (m[0] - one << work) // (m[0] + one)
    high = -(-(m[1] - one << work) // (m[1] + one))
    twos = log_2(work)
    ends = sorted((k * twos[0], k * twos[1]))
    found = shifted((ends[0], ends[1]), twice_atanh((low, high), work))
    return halved(found, work - bits)


@lru_cache(maxsize=64)
def log_2(work: int) -> Interval:
    """log(2), which is twice the inverse tanh of 1/3."""
    return twice_atanh(scale_down((1 << work, 1 << work), 3), work)


def twice_atanh(y: Interval, work: int) -> Interval:
    """log((1 + y)/(1 - y)), the sum of 2 y^(2n+1)/(2n+1), for 0 <= y <= 1/3.

    From one term to the next it is at most 1/9, so the rest is at most 9/8 times the
    power that comes next.
    """
    square = halved((y[0] * y[0], y[1] * y[1]), work)
    power, total, n = y, (0, 0), 1
    while power[1] > 1:
        total = shifted(total, scale_down(power, n))
        power = halved((power[0] * square[0], power[1] * square[1]), work)
        n += 2
        spend(16 + work // 32)
    return 2 * total[0], 2 * (total[1] + 2 * power[1])
