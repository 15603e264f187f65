"""What does the work: this process, spawned ones, or a cluster. Each is a `concurrent.futures.Executor`."""

from hrtem_core.engines.cluster import Cluster, EngineError, dask_cluster
from hrtem_core.engines.memory import (
    give_back_free,
    share_arenas,
    take_from_the_system,
    without_huge_pages,
)
from hrtem_core.engines.processes import Here, Processes, WorkerDied
from hrtem_core.engines.running import run
from hrtem_core.engines.signals import ToldToEnd, hear_ctrl_c, tidy_when_told_to_end

__all__ = [
    "Cluster",
    "EngineError",
    "Here",
    "Processes",
    "ToldToEnd",
    "WorkerDied",
    "dask_cluster",
    "give_back_free",
    "hear_ctrl_c",
    "run",
    "share_arenas",
    "take_from_the_system",
    "tidy_when_told_to_end",
    "without_huge_pages",
]
