"""Numbers as words on a page: short, and never rounded to something that is not true."""

from __future__ import annotations

from vit.model.limits import Answer


def percent(probability: float) -> str:
    """A probability to three figures; what is not quite certain never reads 100 %."""
    text = f"{100 * probability:.3g} %"
    return "> 99.9 %" if text == "100 %" and probability < 1 else text


def value_words(value: float, answer: Answer) -> str:
    """What a class has, as words: a probability, or a plain number of four figures."""
    return f"{value:.4g}" if answer == "numbers" else percent(value)


def cosine_words(value: float) -> str:
    """A cosine to four places; one that would round to 1 says how little is missing, as far as floats can tell."""
    if value < 0.99995:
        return f"{value:.4f}"
    return "1" if value > 1 - 1e-6 else f"1 − {1 - value:.1e}"
