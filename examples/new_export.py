"""A new export: the domains as GeoJSON, for programs that draw and measure regions.

    python examples/new_export.py                          a sample, into `domains.geojson`
    python examples/new_export.py film.dm3 film.geojson

An export is a function from an analysis to bytes, and needs no more than this.
"""

import json
import sys
from pathlib import Path

import hrtem_core as hc
from hrtem_core.pictures import domain_outlines
from hrtem_core.samples import sample_path


def geojson(analysis: hc.Analysis) -> bytes:
    """All domains as GeoJSON: outlines in nm from the image's corner, y down, and their row of the table."""
    placement, table = analysis.placement, hc.measure(analysis).domains
    features = []
    for domain, *row in zip(analysis.domains.accepted, *table.values(), strict=True):
        # (row, column) in pixels to (x, y) in nm; a ring ends where it began.
        rings = [
            (outline[:, ::-1] * placement.pixel_size.sizes_nm[::-1]).round(4).tolist()
            for outline in domain_outlines(domain, placement)
        ]
        lines = {"type": "MultiLineString", "coordinates": [[*ring, ring[0]] for ring in rings]}
        features.append(
            {"type": "Feature", "geometry": lines, "properties": dict(zip(table, row, strict=True))}
        )
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


if __name__ == "__main__":
    image = Path(sys.argv[1]) if len(sys.argv) > 1 else sample_path("nanocrystals")
    target = Path(sys.argv[2] if len(sys.argv) > 2 else "domains.geojson")
    target.write_bytes(geojson(hc.analyze(hc.read(image), hc.Recipe())))
    print(f"{target.name}: {target.stat().st_size / 1000:.0f} kB")
