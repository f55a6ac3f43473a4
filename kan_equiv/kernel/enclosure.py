"""Enclosures of silu, sigmoid, tanh, exp, gaussian, sin and cos, in integers.

An interval is a pair of integers (low, high) over 2^bits that holds the true value.
`//` rounds down and -(-a // b) up, so every bound is on its side by construction.
"""

from __future__ import annotations

from .reader import InvalidError

Interval = tuple[int, int]
MAX_ARGUMENT = 1 << 12  # of exp and its kin, in absolute value


def scale_down(x: Interval, den: int) -> Interval:
    """x/den, rounded outward; den > 0."""
    return x[0] // den, -(-x[1] // den)


def shifted(x: Interval, y: Interval) -> Interval:
    """The sum of two intervals."""
    return x[0] + y[0], x[1] + y[1]


def times(x: Interval, y: Interval, bits: int) -> Interval:
    """The product of two intervals, rounded outward."""
    corners = [a * b for a in x for b in y]
    return scale_down((min(corners), max(corners)), 1 << bits)


def atom(name: str, x: Interval, bits: int) -> Interval:
    """The atom on the interval x."""
    if name == "exp":
        return exp(x[0], bits)[0], exp(x[1], bits)[1]
    if name == "gaussian":
        near = 0 if x[0] < 0 < x[1] else min(abs(x[0]), abs(x[1]))
        far = max(abs(x[0]), abs(x[1]))
        low, high = scale_down((near * near, far * far), 1 << bits)
        return exp(-high, bits)[0], exp(-low, bits)[1]
    if name == "sigmoid":
        return sigmoid(x, bits)
    if name == "tanh":  # 2 sigmoid(2x) - 1
        low, high = sigmoid((2 * x[0], 2 * x[1]), bits)
        return 2 * low - (1 << bits), 2 * high - (1 << bits)
    if name == "silu":
        return times(x, sigmoid(x, bits), bits)
    if name in ("sin", "cos"):
        middle = (x[0] + x[1]) // 2
        low, high = sin_cos(middle, bits)[name == "cos"]
        radius = x[1] - middle  # both are Lipschitz with constant 1
        return low - radius, high + radius
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
    y = scale_down((x << work - bits, x << work - bits), 1 << halvings)
    low, high = exp_series(y, work)
    for _ in range(halvings):
        low, high = scale_down((low * low, high * high), 1 << work)
    return scale_down((low, high), 1 << work - bits)


def exp_series(y: Interval, bits: int) -> Interval:
    """exp on 0 <= y <= 1/2: after a term T of the series, all the rest is at most T."""
    low = high = term_low = term_high = 1 << bits
    n = 0
    while term_high > 1:
        n += 1
        term_low = term_low * y[0] // (n << bits)
        term_high = -(-term_high * y[1] // (n << bits))
        low, high = low + term_low, high + term_high
    return low, high + term_high


def sin_cos(x: int, bits: int) -> tuple[Interval, Interval]:
    """sin and cos of x/2^bits: series at |x|/2^s <= 2^-8, then s doublings."""
    halvings = max(0, x.bit_length() - bits + 8)
    work = bits + 2 * halvings + 32
    y = scale_down((abs(x) << work - bits, abs(x) << work - bits), 1 << halvings)
    sums: list[Interval] = [(0, 0), (1 << work, 1 << work)]  # odd terms, even terms
    term: Interval = sums[1]
    n = 0
    while term[1] > 1:
        n += 1
        term = scale_down((term[0] * y[0], term[1] * y[1]), n << work)
        signed = term if n % 4 in (0, 1) else (-term[1], -term[0])
        sums[(n + 1) % 2] = shifted(sums[(n + 1) % 2], signed)
    # The rest of each alternating series is at most the term that comes next.
    rest = -term[1], term[1]
    sine, cosine = shifted(sums[0], rest), shifted(sums[1], rest)
    for _ in range(halvings):
        square = times(cosine, cosine, work)
        sine = times((2 * sine[0], 2 * sine[1]), cosine, work)
        cosine = 2 * square[0] - (1 << work), 2 * square[1] - (1 << work)
    sine = scale_down(sine, 1 << work - bits)
    cosine = scale_down(cosine, 1 << work - bits)
    return ((-sine[1], -sine[0]) if x < 0 else sine), cosine
