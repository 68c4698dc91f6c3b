import shlex

import streamlit as st

from ui.session.scene import Scene
from ui.shell.lesson import Lesson
from ui.shell.page import show_page
from ui.shell.page_foot import source

WORDS = (
    "Your mug, your pencil case, your hand signs: no model was trained on them. And yet a trained model can tell them "
    "apart from a few photographs. It stays as it is and makes a vector of each picture; all that is learned is which "
    "vectors belong to which name. Nothing in the model changes, so it takes no time."
)
LESSON = Lesson(
    goal="teach a model your own classes, and say how far to trust it with them",
    terms=("vector", "patch", "CLS", "block", "logit"),
    question="Put one picture into the wrong class. What happens to the count, on the map, and in the list of the "
    "pictures that help?",
    answer="Left out, it is named by what it shows, so the count falls by one, and often by more: its neighbours have "
    "a wrong one among them. On the map its frame has another colour than those around it, and it stands at the "
    "end of the list, among those without which it would be better. A few wrong labels spoil a small set.",
)


def teach(scene: Scene) -> None:
    from ui.parts.teach.whole import whole
    from ui.server import taught_heads
    from vit.teaching import linear_head, vectors
    from vit.teaching.teach import teach as choose

    whole(scene)
    st.markdown("The same from the command line, for a folder or zip with a sub-folder for each class:")
    model = shlex.quote(taught_heads.backbone_of(scene.model_name))
    st.code(f"python -m vit.teach FOLDER --model {model} --out my-head", language=None)
    source(vectors.parts, linear_head.ridge, linear_head.nearest_mean, choose)


show_page("teach", WORDS, teach, lesson=LESSON)
