"""The same for a thousand images: jobs, resume, engines, one dataset of all, and its statistics."""

from hrtem_core.many.course import Course, Orders, StoppedError, Tally
from hrtem_core.many.engines import (
    Cluster,
    Here,
    Processes,
    ToldToEnd,
    dask_cluster,
    run,
    tidy_when_told_to_end,
)
from hrtem_core.many.inputs import ENDINGS, Found, Input, each_image, find_inputs
from hrtem_core.many.jobs import Asked, Job, plan, shard_of
from hrtem_core.many.ledger import Entry, Records, read_ledgers
from hrtem_core.many.merging import Merged, MergeError, merge
from hrtem_core.many.one import Outcome, analyze_one
from hrtem_core.many.pooled import Estimate, Step
from hrtem_core.many.results import Result, find_results
from hrtem_core.many.watch import watched

__all__ = [
    "ENDINGS",
    "Asked",
    "Cluster",
    "Course",
    "Entry",
    "Estimate",
    "Found",
    "Here",
    "Input",
    "Job",
    "MergeError",
    "Merged",
    "Orders",
    "Outcome",
    "Processes",
    "Records",
    "Result",
    "Step",
    "StoppedError",
    "Tally",
    "ToldToEnd",
    "analyze_one",
    "dask_cluster",
    "each_image",
    "find_inputs",
    "find_results",
    "merge",
    "plan",
    "read_ledgers",
    "run",
    "shard_of",
    "tidy_when_told_to_end",
    "watched",
]
