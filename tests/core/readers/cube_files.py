"""Spectrum images as each program writes them, all of one small cube: for the tests and the fuzz run."""

import json
from pathlib import Path

import h5py
import numpy as np
from nion.data import DataAndMetadata
from nion.data.Calibration import Calibration
from nionswift_plugin.DM_IO import dm3_image_utils

CUBE = np.random.default_rng(0).poisson(0.4, (6, 9, 40)).astype(np.uint16)
FIRST_EV, STEP_EV = 150.0, 10.0


def axis(name: str, size: int, scale: float, offset: float, units: str, navigate: bool) -> dict[str, object]:
    return {
        "name": name, "size": size, "scale": scale, "offset": offset, "units": units, "navigate": navigate,
        "index_in_array": "yxE".index(name[0]), "_type": "UniformDataAxis", "is_binned": False,
    }  # fmt: skip


def signal() -> dict[str, object]:
    """The cube as rosettasciio takes it."""
    axes = [
        axis("y", 6, 0.25, 0.0, "nm", True), axis("x", 9, 0.25, 0.0, "nm", True),
        axis("Energy", 40, STEP_EV / 1000, FIRST_EV / 1000, "keV", False),
    ]  # fmt: skip
    metadata = {
        "General": {"title": "scan"},
        "Signal": {"signal_type": ""},
        "_HyperSpy": {"Folding": {"unfolded": False, "original_shape": None, "original_axes_manager": None}},
    }
    return {
        "data": CUBE, "axes": axes, "metadata": metadata, "original_metadata": {}, "package": "hyperspy",
        "package_version": "2", "learning_results": {}, "models": {}, "attributes": {"_lazy": False},
        "tmp_parameters": {}, "package_info": {},
    }  # fmt: skip


def write_hspy(path: Path, **options: object) -> None:
    with h5py.File(path, "w") as file:
        group = file.create_group("Experiments/scan")
        group.create_dataset("data", data=CUBE, **options)
        for number, one in enumerate(signal()["axes"]):
            place = group.create_group(f"axis-{number}")
            for key, value in one.items():
                place.attrs[key] = value


def write_velox(path: Path) -> None:
    words = []
    for frame in range(2):
        for number, spectrum in enumerate(CUBE.reshape(-1, 40)):
            if frame or number:
                words.append(65535)
            split = spectrum // 2 if frame else spectrum - spectrum // 2
            words += np.repeat(np.arange(40), split).tolist()
    metadata = {
        "BinaryResult": {"Detector": "SuperX"},
        "Detectors": {"Detector-0": {"DetectorName": "SuperXG21", "OffsetEnergy": "150", "Dispersion": "10"}},
    }
    with h5py.File(path, "w") as file:
        file["Data/Image/aa/Data"] = np.ones((6, 9, 1), np.uint16)
        stream = file.create_group("Data/SpectrumStream/bb")
        stream["Data"] = np.array(words, np.uint16)[:, None]
        stream["AcquisitionSettings"] = np.array([json.dumps({"bincount": "40"})], dtype=object)
        text = np.frombuffer(json.dumps(metadata).encode() + b"\0\0", np.uint8)
        stream["Metadata"] = text[:, None]


def write_npz(path: Path) -> None:
    np.savez_compressed(path, counts=CUBE, energy_kev=(FIRST_EV + STEP_EV * np.arange(40)) / 1000)


def write_ripple(path: Path) -> None:
    path.with_suffix(".raw").write_bytes(np.moveaxis(CUBE, 2, 0).tobytes())
    said = {
        "key": "value", "width": 9, "height": 6, "depth": 40, "offset": 0, "data-length": 2,
        "data-type": "unsigned", "byte-order": "little-endian", "record-by": "image",
        "depth-scale": STEP_EV / 1000, "depth-origin": FIRST_EV / 1000, "depth-units": "keV",
    }  # fmt: skip
    path.write_text("\n".join(f"{key}\t{value}" for key, value in said.items()))


def write_dm4(path: Path) -> None:
    """A scan of spectra; DigitalMicrograph's channels vary slowest."""
    nm, energy = Calibration(0, 0.25, "nm"), Calibration(FIRST_EV, STEP_EV, "eV")
    data = DataAndMetadata.new_data_and_metadata(
        CUBE.astype(np.float32),
        data_descriptor=DataAndMetadata.DataDescriptor(False, 2, 1),
        dimensional_calibrations=[nm, nm, energy],
    )
    with path.open("wb") as stream:
        dm3_image_utils.save_image(data, stream, 4)


def channels(first: int, stop: int) -> tuple[float, float]:
    """The span of energy that holds these channels alone."""
    return FIRST_EV + (first - 0.5) * STEP_EV, FIRST_EV + (stop - 0.5) * STEP_EV


WRITERS = {
    "scan.dm4": write_dm4,
    "scan.hspy": write_hspy,
    "scan.emd": write_velox,
    "scan.npz": write_npz,
    "scan.rpl": write_ripple,
}


def cube_files(folder: Path) -> list[tuple[str, str, bytes]]:
    """(label, file name, content) of each, of both halves of Ripple, and of a map.

    Parameters
    ----------
    folder
        Where they are written meanwhile.
    """
    for name, write in WRITERS.items():
        write(folder / name)
    np.save(folder / "map.npy", CUBE.sum(axis=2))
    names = [*WRITERS, "scan.raw", "map.npy"]
    return [(f"cube-{name.rpartition('.')[2]}", name, (folder / name).read_bytes()) for name in names]
