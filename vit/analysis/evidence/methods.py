"""The methods that make a map of evidence: formula, source, what each can say and what it cannot."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """``formula`` is LaTeX, ``says`` and ``cannot`` are sentences; ``signed``: a patch can speak against the answer."""

    formula: str
    source: str
    says: str
    cannot: str
    signed: bool = False


# The quick ones in the order of their faithfulness on held-out photographs (benchmarks/faithfulness.py), then the slow.
METHODS = {
    "AttnLRP": Method(
        formula=r"R_p = \sum_d x_{pd}\,\frac{\partial y}{\partial x_{pd}}\Big|_{\text{norms and activations held, "
        r"products shared by half}}",
        source="Achtibat et al. 2024, arXiv 2402.05602, section 3",
        says="The answer's number is handed back through every block to the tokens that enter the first one; a patch "
        "can speak for the answer or against it.",
        cannot="Softmax and biases keep a part of the number, so the patches need not sum to it.",
        signed=True,
    ),
    "Chefer": Method(
        formula=r"R \leftarrow R + \mathbb{E}_h\big[(\nabla A^l \odot A^l)^{+}\big]\,R",
        source="Chefer, Gur & Wolf 2021, arXiv 2103.15679, eq. 5 and 6",
        says="Attention, weighted by whether it served the answer, followed through all blocks.",
        cannot="It knows patterns only: not what values carry, nor what MLPs make of it. Nothing speaks against.",
    ),
    "LeGrad": Method(
        formula=r"E_p = \frac{1}{L}\sum_l \frac{1}{hn} \sum_{h,i} \Big(\frac{\partial y}{\partial A^l_{hip}}\Big)^{+}",
        source="Bousselham et al. 2024, arXiv 2404.03214, section 3",
        says="How much the answer would rise if tokens looked a little more at this patch, in every block and head.",
        cannot="It shows what would raise the answer, not how much was taken; nothing that speaks against it.",
    ),
    "attention": Method(
        formula=r"M_p = \frac{1}{h}\sum_h A^L_{h,\text{output},p}",
        source="Vaswani et al. 2017, arXiv 1706.03762, eq. 1",
        says="Where the output looks in the last block, or a pooling head does.",
        cannot="It does not know what is being explained: it is the same for every class. The map not to trust.",
    ),
    "Grad-CAM": Method(
        formula=r"M_p = \Big(\sum_d \alpha_d\, x^l_{pd}\Big)^{+}, \quad "
        r"\alpha_d = \frac{1}{N}\sum_p \frac{\partial y}{\partial x^l_{pd}}",
        source="Selvaraju et al. 2017, arXiv 1610.02391, eq. 1 and 2",
        says="Which patches' vectors, three quarters of the way up, point where the answer grows.",
        cannot="It was made for networks whose places stay in place; here attention has mixed them by then.",
    ),
    "integrated gradients": Method(
        formula=r"M_p = \sum_{i \in p} x_i \int_0^1 \frac{\partial y(\alpha x)}{\partial x_i}\,d\alpha",
        source="Sundararajan, Taly & Yan 2017, arXiv 1703.01365, eq. 1 to 3",
        says="What each pixel adds on the way from a picture of the average colour to this one, summed in each patch. "
        "All patches together make the difference of the two answers, the better the more steps.",
        cannot="Pictures half-way are like none the model has seen, and its gradient there is noisy.",
        signed=True,
    ),
    "occlusion": Method(
        formula=r"M_p = y(x) - y(x \setminus p)",
        source="Zeiler & Fergus 2014, arXiv 1311.2901, section 4.2; here the patch is truly taken away",
        says="How far the number falls without this one patch: an exact experiment.",
        cannot="Of two patches that say the same, neither is missed alone.",
        signed=True,
    ),
}
# Shown without being asked for: attention, and what beats it on held-out pictures in no more than a few passes.
SHOWN = ("AttnLRP", "Chefer", "LeGrad", "attention")
SLOW = ("integrated gradients", "occlusion")  # a pass for every step, or for every patch
