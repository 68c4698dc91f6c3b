"""Pictures with classes to train on, in memory as bytes; :func:`load` brings any of them."""

from vit.data.dataset import DataError, DataSet, Pictures
from vit.data.sources import load

__all__ = ["DataError", "DataSet", "Pictures", "load"]
