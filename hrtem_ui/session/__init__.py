"""The visitor's work: the only owner of Streamlit's session state and caches."""

from hrtem_ui.session import batch, composed, compute, drawn, host, leaving, opening, recall, state
from hrtem_ui.session.compute import Results
from hrtem_ui.session.state import Session, controlled
from hrtem_ui.session.waiting import Tell

__all__ = [
    "Results",
    "Session",
    "Tell",
    "batch",
    "composed",
    "compute",
    "controlled",
    "drawn",
    "host",
    "leaving",
    "opening",
    "recall",
    "state",
]
