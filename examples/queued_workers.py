"""A session's folder on a cluster whose queue gives workers as they come free: dask-jobqueue and `--dask`.

python examples/queued_workers.py session results --queue normal --workers 20
python examples/queued_workers.py session results --local --workers 2     the same on this machine, to try it

Needs `pip install hrtem-domains[dask] dask-jobqueue`. Run it where jobs are submitted; it stays until all is
done. Killed, the same line goes on.
"""

import argparse
import subprocess
import sys


def cluster_of(given: argparse.Namespace):
    """Workers of one core each: an image is one task, and threads in a process only wait for each other."""
    if given.local:
        from distributed import LocalCluster

        return LocalCluster(n_workers=given.workers, threads_per_worker=1, dashboard_address=None)
    from dask_jobqueue import SLURMCluster

    each = {"cores": 1, "processes": 1, "memory": "4GB", "walltime": "04:00:00"}
    queued = SLURMCluster(queue=given.queue, scheduler_options={"dashboard_address": ":0"}, **each)
    queued.scale(given.workers)  # they join as the queue lets them; the work begins with the first
    return queued


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("session")
    parser.add_argument("results")
    parser.add_argument("--queue")
    parser.add_argument("--workers", type=int, default=10)
    parser.add_argument("--local", action="store_true")
    given, more = parser.parse_known_args()
    with cluster_of(given) as cluster:
        words = ["analyze", given.session, "--out", given.results, "--dask", cluster.scheduler_address, *more]
        sys.exit(subprocess.call([sys.executable, "-m", "hrtem_core", *words]))
