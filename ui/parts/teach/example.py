"""Classes to begin with: sample pictures sorted by something that no model here was given names for."""

from __future__ import annotations

from ui.parts.teach import collected
from ui.session.keys import chosen
from ui.session.samples import sample_picture
from vit.teaching.picture_classes import PictureClasses

CLASSES = {
    "with hooves": ("cow", "giraffes", "horses", "sheep"),
    "with paws": ("cat", "dog", "kitten", "lemurs"),
    "no animal": ("coffee", "flower", "rocket", "temple"),
}
ASKED = "raccoon"  # a picture that is in none of them, to be asked about


def fill_in(backbone: str) -> None:
    """Make these the classes, and look at a picture of none."""
    having = PictureClasses(backbone)
    for number, (name, samples) in enumerate(CLASSES.items()):
        having = having.with_class(name)
        for sample in samples:
            having = having.with_example(number, collected.sample_example(backbone, sample, collected.mirrored()))
    chosen.picture_classes = having
    chosen.picture = sample_picture(ASKED)
    collected.choose_class(0)
