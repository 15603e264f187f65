"""Crystalline domains in HRTEM micrographs: found, measured and reported with their uncertainty.

    import hrtem_core as hc

    micrograph = hc.read(Path("film.dm3"))
    analysis = hc.analyze(micrograph, hc.Recipe())
    print(hc.measure(analysis).totals)
    hc.write_results(analysis, Path("results/film"))

A saved recipe is read by `hc.recipe.from_json(text)`. What is named here is imported when first asked for.

The packages read as the pipeline: `readers` and `image` (a micrograph), `preparation` (before an FFT),
`spectrum` and `peaks` (1 FFT peaks, found and judged), `spacings` (2 d-spacings), `fringes` and `domains`
(3 inverse FFT, domains), `measures` (4 measures), `pictures` and `exports` (what is made of them). `recipe`
holds every parameter, `analysis` the order of the stages, `synthesis` and `samples` micrographs whose truth
is known, `numerics` arrays, `cli` the command line.
"""

import sys

try:
    import lazy_loader

    __getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
except KeyboardInterrupt:
    if sys.argv[:1] != ["-m"]:  # what `python -m hrtem_core` calls itself until it is found
        raise
    sys.exit(130)  # as in `__main__`, which has not been reached
