"""Small micrographs that ship with the program: simulated, with their scale in the file."""

from hrtem_core.samples.catalogue import SAMPLES, Sample, sample_bytes, sample_path

__all__ = ["SAMPLES", "Sample", "sample_bytes", "sample_path"]
