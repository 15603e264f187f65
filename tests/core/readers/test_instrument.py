"""The voltage, and Cs where a program keeps it, come from the file."""

import io
import json

import h5py
import numpy as np
import pytest
import tifffile
from dialects import hdf5_bytes, tiff_bytes, velox_metadata

from hrtem_core.image.instrument import NOT_SAID, Instrument
from hrtem_core.readers import read

PIXELS = np.random.default_rng(1).integers(0, 1000, (40, 48)).astype("u2")


def dm3(**told: float) -> bytes:
    """A file of DigitalMicrograph with what it knows of the microscope."""
    from nion.data import DataAndMetadata
    from nionswift_plugin.DM_IO import dm3_image_utils

    tags = {"Microscope Info": told}
    stream = io.BytesIO()
    data = DataAndMetadata.new_data_and_metadata(PIXELS.astype("f4"), metadata=tags)
    dm3_image_utils.save_image(data, stream, 3)
    return stream.getvalue()


def velox(volts: str) -> bytes:
    def fill(file: h5py.File) -> None:
        group = file.create_group("Data/Image/1")
        group["Data"] = PIXELS[..., np.newaxis]
        told = json.loads(velox_metadata(1e-10, 1e-10, "m")[:, 0].tobytes().split(b"\0")[0])
        text = json.dumps(told | {"Optics": {"AccelerationVoltage": volts}}).encode()
        group["Metadata"] = np.frombuffer(text.ljust(1000, b"\0"), np.uint8)[:, np.newaxis]

    return hdf5_bytes(fill)


def titan(volts: str) -> bytes:
    text = f"<m:Optics><m:AccelerationVoltage> {volts} </m:AccelerationVoltage></m:Optics>"
    return tiff_bytes(PIXELS, extratags=[(34683, 2, len(text) + 1, text, True)])


@pytest.mark.parametrize(
    ("name", "content", "instrument"),
    [
        ("a.emd", velox("300000"), Instrument(300.0, None, "Velox metadata")),
        ("a.tif", titan("8.0e+04"), Instrument(80.0, None, "FEI metadata")),
        ("a.tif", titan("0"), Instrument(None, None, "FEI metadata")),
        ("a.emd", velox("many"), Instrument(None, None, "Velox metadata")),
    ],
)
def test_the_voltage_comes_from_the_file(name: str, content: bytes, instrument: Instrument) -> None:
    assert read(content, name=name).instrument == instrument


def test_digitalmicrograph_knows_cs_too() -> None:
    content = dm3(**{"Voltage": 200000.0, "Cs(mm)": 1.2})
    assert read(content, name="a.dm3").instrument == Instrument(200.0, 1.2, "Gatan tags")


def test_what_nobody_entered_is_not_known() -> None:
    content = dm3(**{"Voltage": 0.0, "Cs(mm)": 0.0})
    assert read(content, name="a.dm3").instrument == Instrument(None, None, "Gatan tags")


def test_a_file_without_a_word_says_nothing() -> None:
    stream = io.BytesIO()
    tifffile.imwrite(stream, PIXELS)
    found = read(stream.getvalue(), name="a.tif").instrument
    assert (found.voltage_kv, found.cs_mm) == (NOT_SAID.voltage_kv, NOT_SAID.cs_mm)
