"""The words of the field that pages use, each explained once, in words that need no other of them before it."""

from __future__ import annotations

import re
from functools import lru_cache

GLOSSARY = {
    "vector": "A list of numbers, always equally many in one model. It can be thought of as an arrow with a length "
    "and a direction; two vectors mean like things if they point in like directions.",
    "patch": "A small square of the picture, 14 or 16 pixels wide in most models. The model sees nothing smaller.",
    "token": "One place in the row that the model works on: a vector for each patch, and often one or more for no "
    "patch.",
    "embedding": "The vector that stands for something; here, a patch's pixels times a learned matrix.",
    "CLS": "A token that belongs to no patch. It starts the same for every picture and gathers what the model "
    "will answer with. (From *classification*.)",
    "register": "A token without a patch and without an answer: a place where the model can keep notes.",
    "prefix token": "Any token that stands before the patches in the row: CLS, registers.",
    "block": "One round of work: attention, then an MLP. A model repeats it, 12 times in the small ones, each time "
    "with other learned numbers. Papers often say *layer* for it.",
    "attention": "The step in which tokens take from each other. All else works on each token by itself.",
    "head": "Attention is done several times side by side, each with learned matrices of its own; each is a head. "
    "The last matrix of a classifier, which makes its answer, is called its head too.",
    "query, key, value": "Three vectors that a head makes of every token: what it looks for, what it offers "
    "to be found by, and what it hands over.",
    "pattern": "Who takes how much from whom in one head: a row for each token that asks, shares that sum to 1.",
    "softmax": "Turns any numbers into shares that sum to 1: *e* to the power of each, divided by the sum of all.",
    "temperature": "A number that logits are divided by before softmax: above 1 the shares become more equal, below 1 "
    "less.",
    "logit": "The number that a classifier gives a class before softmax; a higher one means a likelier class.",
    "gradient": "How much a number would change if each of the numbers it is made of were a little larger. Training "
    "follows it; here it tells what an answer depends on.",
    "evidence": "What in the picture speaks for an answer, or against it: a number for each patch.",
    "residual stream": "The vector of a token as it goes through the blocks; each block adds a vector to it.",
    "norm": "Brings a vector to a standard size before it is read: mean 0, spread 1, then a learned factor and "
    "shift for each number. (LayerNorm)",
    "MLP": "A small network of two matrices with a bend in between, which works on each token by itself. "
    "(*Multi-layer perceptron*)",
    "neuron": "One number of the MLP's wide middle: how far one learned question is answered with yes.",
    "cosine": "How like two directions are: 1 the same, 0 nothing in common, −1 opposite.",
    "entropy": "How widely shares are spread, in bits: 0 if one has it all; one bit more for twice as many equal "
    "shares.",
    "classifier": "A model whose last matrix turns the output into a number for each of a fixed list of names.",
    "checkpoint": "A model's learned numbers as a file.",
    "weights": "The numbers a model has learned; also called parameters.",
    "batch": "The pictures that a model looks at before its numbers are moved once.",
    "epoch": "Once through all pictures that are learned from.",
    "loss": "How wrong the model's answers are, as one number; training makes it smaller.",
}

# What a link to an explanation begins with. Streamlit's Markdown gives a link a title, which browsers and screen
# readers tell; ``ui/shell/style.py`` shows it as a box when the link has the pointer or was clicked.
ADDRESS = "#word-"
# Not in formulas, code and links, nor within a longer word; a plural is the same word.
_SKIPPED = r"\$[^$]*\$|`[^`]*`|!?\[[^\]]*\](?:\((?:[^()\"]|\"[^\"]*\")*\))?"


@lru_cache(maxsize=512)  # every paragraph again at every rerun
def explained(text: str) -> str:
    """Markdown in which each word of the glossary, where it stands first, says what it means.

    A term of several words with commas is several terms; they are common words, so only a bold one counts.
    """
    for term in sorted(GLOSSARY, key=len, reverse=True):  # a prefix token before a token
        meaning = GLOSSARY[term]
        plain = meaning.replace("*", "").replace('"', "'")
        for word in term.split(", "):
            bold = r"(?<=\*\*)" if ", " in term else ""
            stem = re.escape(word[:-1]) + "(?:y|ies)" if word.endswith("y") else re.escape(word) + "(?:e?s)?"
            pattern = rf"{_SKIPPED}|{bold}(?<![\w-]){stem}(?![\w-])"
            text = _first(pattern, text, f'{ADDRESS}{word.replace(" ", "-").lower()} "{plain}"')
    return text


def _first(pattern: str, text: str, target: str) -> str:
    """The first match that is not skipped, made a link to ``target``."""
    for match in re.finditer(pattern, text, re.IGNORECASE):
        if match[0][0] not in "$`[!":
            return f"{text[: match.start()]}[{match[0]}]({target}){text[match.end() :]}"
    return text
