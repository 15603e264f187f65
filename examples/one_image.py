"""One image in a script: read it, analyze it, look at its numbers, change a parameter, write the files.

python examples/one_image.py                      a sample, into the folder `results`
python examples/one_image.py film.dm3 elsewhere
"""

import sys
from dataclasses import replace
from pathlib import Path

import hrtem_core as hc
from hrtem_core.samples import sample_path

image = Path(sys.argv[1]) if len(sys.argv) > 1 else sample_path("nanocrystals")
folder = Path(sys.argv[2] if len(sys.argv) > 2 else "results")

micrograph = hc.read(image)
analysis = hc.analyze(micrograph, hc.Recipe())
families = hc.measure(analysis).families
for d_nm, sigma_nm, n_domains in zip(
    families["d_nm"], families["d_sigma_nm"], families["n_domains"], strict=True
):
    print(f"d = {d_nm:.4f} ± {sigma_nm:.4f} nm in {n_domains} domains")

# A recipe is frozen: a changed one is another recipe.
recipe = analysis.recipe
larger = replace(recipe, domains=replace(recipe.domains, min_area_nm2=10.0))
totals = hc.write_results(hc.analyze(micrograph, larger), folder / image.stem, overwrite=True)
print(f"{totals.n_domains} domains of at least 10 nm², {100 * totals.crystalline_fraction:.1f} % crystalline")
