"""The same for a thousand images: jobs, resume, one dataset of all, and its statistics."""

from hrtem_core.many.batch import Batch, Orders, StoppedError, Tally
from hrtem_core.many.inputs import ENDINGS, Found, Input, each_image, find_inputs
from hrtem_core.many.jobs import Asked, Job, plan, shard_of
from hrtem_core.many.ledger import Entry, Records, read_ledgers
from hrtem_core.many.merging import Merged, MergeError, merge
from hrtem_core.many.one import Outcome, analyze_one, get_ready, get_ready_beside_others
from hrtem_core.many.pooled import Estimate, Step
from hrtem_core.many.results import Result, find_results
from hrtem_core.many.watch import watched

__all__ = [
    "ENDINGS",
    "Asked",
    "Batch",
    "Entry",
    "Estimate",
    "Found",
    "Input",
    "Job",
    "MergeError",
    "Merged",
    "Orders",
    "Outcome",
    "Records",
    "Result",
    "Step",
    "StoppedError",
    "Tally",
    "analyze_one",
    "each_image",
    "find_inputs",
    "find_results",
    "get_ready",
    "get_ready_beside_others",
    "merge",
    "plan",
    "read_ledgers",
    "shard_of",
    "watched",
]
