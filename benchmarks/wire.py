"""Streamlit's messages between browser and server: private to Streamlit, and named in this file alone.

The benchmarks and the attacks drive a server without a browser. Streamlit documents neither its protobuf
messages nor these addresses; ``tests/test_private_names.py`` says when a version changes them.
"""

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.BidiComponent_pb2 import BidiComponent
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Common_pb2 import FileURLs
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

STREAM = "/_stcore/stream"  # the WebSocket
XSRF_COOKIE = "_streamlit_xsrf"
EVENTS = "$$STREAMLIT_INTERNAL_KEY_{component}__events"  # the control that carries what a component sends

__all__ = [
    "EVENTS",
    "STREAM",
    "XSRF_COOKIE",
    "BackMsg",
    "BidiComponent",
    "ClientState",
    "Element",
    "FileURLs",
    "ForwardMsg",
    "WidgetState",
]
