#!/bin/bash
# A session's folder on a SLURM cluster without any engine: each task of the array takes its part of the images.
#
#   sbatch --array=1-20 examples/slurm_array.sh session results
#
# Killed or out of time, the same line goes on. The task that ends last merges. What failed: results/failures.csv.
#SBATCH --job-name=hrtem-domains
#SBATCH --cpus-per-task=4
#SBATCH --mem-per-cpu=2G
#SBATCH --time=04:00:00
#SBATCH --signal=TERM@60
set -u
shard="${SLURM_ARRAY_TASK_ID:?submit it as an array: sbatch --array=1-20}/${SLURM_ARRAY_TASK_COUNT:?}"
# exec: what SLURM says when time is up reaches the program, which then tidies up.
exec "${PYTHON:-python}" -m hrtem_core analyze "$1" --out "$2" --shard "$shard" \
  --jobs "${SLURM_CPUS_PER_TASK:-1}" "${@:3}"
