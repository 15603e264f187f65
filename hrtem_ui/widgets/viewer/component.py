"""The viewer as a component: what it is told, the layers that are sent once, and the pixels it asks for."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from hrtem_core.pictures import reduced
from hrtem_ui.session import state
from hrtem_ui.widgets.viewer.looks import Looks
from hrtem_ui.widgets.viewer.scene import CloseUps, Pixels, Scene

SCRIPTS = (
    *("telling", "view", "picture", "vectors", "readout", "fourier", "tools", "handles", "copy", "looks"),
    "viewer",
)
"""Parts of one script, in this order."""

MOST_PIXELS = 4096 * 4096
"""A larger image is sent with blocks of pixels averaged: 32 MB are the most that travels."""

KEYS = {"u": "undo", "r": "redo"}
"""Keys that every viewer knows, and the buttons they press."""

HELP = (
    "Plus and minus zoom, 0 shows the whole picture, 1 its pixels one to one, arrow keys move it, with "
    "Shift they move the pointer, n and p go from one thing to the next, Enter clicks, or begins and ends a "
    "line or a rectangle, Shift and Enter select, u and r undo and redo, c copies it, o fades what is drawn "
    "over it. Where areas have handles, h goes from one to the next, arrow keys move it and Enter sets it."
)


def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


_script = st.components.v2.component(
    "hrtem_viewer_script", js="\n".join(_text(f"{name}.js") for name in SCRIPTS), isolate_styles=False
)
_viewer = st.components.v2.component(
    "hrtem_viewer", css=_text("viewer.css"), js=_text("mount.js"), isolate_styles=False
)
_layer = st.components.v2.component("hrtem_layer", js=_text("layer.js"), isolate_styles=False)
_looking = st.components.v2.component("hrtem_looking", js=_text("looking.js"), isolate_styles=False)
_asking = st.components.v2.component("hrtem_asking", js=_text("asking.js"), isolate_styles=False)


def show(key: str, scene: Scene) -> None:
    """Show a scene; what is pointed at is reported as the value `pointed` of the component `key`."""
    paths = None if scene.outlines is None else json.dumps(list(scene.outlines.paths)).encode()
    base, outlines = _digest(scene.picture), None if paths is None else _digest(paths)
    tint = None if scene.tint is None else _digest(scene.tint)
    with st.container(key=f"viewer-{key}", gap=None):
        # the viewer stands first: what comes or goes behind it does not move it, nor make it anew
        _viewer(
            key=key,
            data=_told(key, scene, base, outlines) | {"tint": tint},
            on_pointed_change=lambda: None,
            on_chosen_change=lambda: _hear(key, scene.looks),
        )
        _script(key=f"script-{key}")
        _send(f"base-{key}", base, scene.picture)
        if paths is not None and outlines is not None:
            _send(f"paths-{key}", outlines, paths)
        if scene.tint is not None and tint is not None:
            _send(f"tint-{key}", tint, scene.tint)
        if scene.looks is not None:
            _offer_looks(key, scene.looks)
        if scene.pixels is not None:
            _offer_pixels(key, scene.pixels)
        if scene.close_ups is not None:
            _offer_close_ups(key, scene.close_ups)


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]


def _send(key: str, named: str, body: bytes, **head: Any) -> None:
    """Send bytes as a layer, which the browser keeps by the name."""
    _layer(key=f"layer-{key}", data=json.dumps({"key": named, **head}).encode() + b"\n" + body)


def _told(key: str, scene: Scene, base: str, outlines: str | None) -> dict[str, Any]:
    """What the viewer is told at every answer."""
    frame = scene.frame
    drawn = {
        "shapes": [_brief(asdict(shape)) for shape in scene.shapes],
        "rings": [_brief(asdict(ring)) for ring in scene.rings],
        "marks": [_brief(asdict(mark)) for mark in scene.marks],
        "labels": list(scene.labels),
    }
    grey = scene.grey
    return {
        "name": key,
        "subject": scene.subject,
        "frame": [frame.top, frame.left, frame.height, frame.width],
        "pixel_scale": scene.pixel_scale,
        "base": base,
        "paths": outlines,
        "pixels": {"key": scene.pixels.key} if scene.pixels else None,
        "close_ups": scene.close_ups.key if scene.close_ups else None,
        "levels": [grey.low, grey.high, grey.gamma] if grey else None,
        "label": f"{scene.label} {HELP}",
        "act": scene.act,
        "areas": [list(area) for area in scene.areas],
        "hint": scene.hint,
        "readout": asdict(scene.readout) if scene.readout else None,
        "bar": asdict(scene.bar) if scene.bar else None,
        "keys": {**KEYS, **scene.keys},
        "tools": list(scene.tools),
        "tools_wait": scene.tools_wait,
        "looks": _looks_told(scene.looks) if scene.looks else None,
        "drawn": hashlib.sha256(json.dumps(drawn).encode()).hexdigest()[:16],
        **drawn,
    }


def _looks_told(looks: Looks) -> dict[str, Any]:
    """What the viewer is told of looks."""
    return {
        "at": looks.set_at,
        "values": dict(looks.values),
        "shares": dict(looks.shares),
        "controls": [asdict(control) for control in looks.controls],
        "paints": {name: asdict(paint) for name, paint in looks.paints.items()},
    }


def _hear(name: str, looks: Looks | None) -> None:
    """Take what was set in a viewer, as far as it can be so; it was told as the value of component `name`."""
    told = (state.event(name) or {}).get("chosen")
    if looks is None or not isinstance(told, Mapping):
        return
    at = told.get("at")
    chosen = {one.name: told[one.name] for one in looks.controls if one.name in told}
    fits = all(one.takes(chosen[one.name]) for one in looks.controls if one.name in chosen)
    if fits and isinstance(at, int | float) and at > looks.set_at:
        looks.hear(chosen, float(at))


def _offer_looks(key: str, looks: Looks) -> None:
    """Hear of what is set in the viewer; nothing is drawn anew for that, it is seen already."""

    @st.fragment
    def answer() -> None:
        name = f"looking-{key}"
        _looking(key=name, data={"key": key}, on_chosen_change=lambda: _hear(name, looks))

    answer()


def _brief(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields that say something, 0 among them: there may be hundreds of shapes and marks."""
    return {name: value for name, value in fields.items() if value not in ("", None) and value is not False}


def _offer_pixels(key: str, pixels: Pixels) -> None:
    """Send all pixels when the viewer asks for them; nothing else of the page is drawn anew for that."""

    @st.fragment
    def answer() -> None:
        asked = _asking(key=f"asking-{key}", data={"key": pixels.key}, on_wanted_change=lambda: None).wanted
        if asked == pixels.key:
            body, head = packed(pixels)
            _send(f"pixels-{key}", pixels.key, body, **head)

    answer()


def _offer_close_ups(key: str, close_ups: CloseUps) -> None:
    """Send a close-up when the viewer asks for it by its name, in the same way."""

    @st.fragment
    def answer() -> None:
        told = {"key": close_ups.key}
        asked = _asking(key=f"asking-close-up-{key}", data=told, on_wanted_change=lambda: None).wanted
        if isinstance(asked, str):
            picture = close_ups.make(asked)
            if picture:
                _send(f"close-up-{key}", f"{close_ups.key} {asked}", picture, close_up=True)

    answer()


def packed(pixels: Pixels) -> tuple[bytes, dict[str, Any]]:
    """The pixels as 16 bits each, row after row, and what brings the intensities back.

    Returns
    -------
    body
        Little-endian unsigned numbers n.
    head
        Shape (rows, columns); `least` and `step`: the intensity is least + step * n; whether it is exactly.
    """
    factor = int(np.ceil(np.sqrt(pixels.intensity.size / MOST_PIXELS)))
    intensity = reduced(pixels.intensity, max(1, factor))
    finite = np.isfinite(intensity)
    least, most = (
        (float(intensity[finite].min()), float(intensity[finite].max())) if finite.any() else (0.0, 0.0)
    )
    whole = most - least <= 65535 and bool(np.all(intensity[finite] == np.rint(intensity[finite])))
    step = 1.0 if whole else max((most - least) / 65535, float(np.finfo(np.float32).tiny))
    numbers = np.rint((np.where(finite, intensity, least) - least) / step)
    body = np.clip(numbers, 0, 65535).astype("<u2").tobytes()
    head = {"shape": list(intensity.shape), "least": least, "step": step, "exact": whole and factor <= 1}
    return body, head
