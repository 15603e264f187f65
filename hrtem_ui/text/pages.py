"""The pages in the order of the work, and what a newcomer is told on each."""

from dataclasses import dataclass

from hrtem_core.stages import STAGES


@dataclass(frozen=True)
class Step:
    """One page.

    Parameters
    ----------
    title
        Its name.
    script
        The page's file, relative to the entry script.
    summary
        One sentence on what is done here.
    guide
        A short text for someone who sees the page for the first time, in Markdown.
    stages
        Names of the stages of an analysis that this page shows.
    sets
        Stages of the recipe whose settings are on this page.
    """

    title: str
    script: str
    summary: str
    guide: str
    stages: tuple[str, ...]
    sets: tuple[str, ...] = ()


MICROGRAPH = Step(
    "Micrograph",
    "streamlit_app.py",
    "Open an image, check its scale, choose where to look.",
    """
A high-resolution micrograph shows a crystal as **fringes**: parallel lines whose distance is a lattice
spacing *d*. This tool finds the fringes, measures *d*, and outlines where they are.

1. **Open** a sample or your own image. The outlines are already the result of a full analysis.
2. **Check the scale.** Every length follows from the size of a pixel. If the file has none, type it, or
   choose *Scale* above the picture and click both ends of the scale bar.
3. If only a part matters, choose *Region* and drag a rectangle; choose *Ignore* (a rectangle) or *Polygon*
   to leave out labels, holes or the support film.
4. **Click a crystal** for its numbers; *Reject* takes it out.

In every picture the **wheel** zooms and dragging moves; *Distance*, *Profile* and *FFT of a box* measure it.
Keys, once a picture is clicked: **+ −** zoom, **0** whole, **1** one to one, **n p** next and previous,
**Enter** click, **u r** undo and redo, **c** copies the picture, **o** fades what is drawn over it,
**h** takes the handles of areas in turn: arrow keys move one, **Enter** sets it. **Shift** and arrow keys
move the pointer; a line or a rectangle begins and ends with **Enter**.

**Undo** and **Redo** stand at the top of every page, **Cancel** beside them while something is worked on, and
a reload brings your work back (*Earlier work* says for how long).
""",
    ("preparation",),
    ("preparation",),
)

PEAKS = Step(
    "FFT peaks",
    "pages/1_FFT_peaks.py",
    "Each pair of bright spots in the Fourier transform is one set of fringes.",
    """
The Fourier transform (FFT) turns fringes into pairs of spots. The distance from the centre is *1/d*, the
direction is across the fringes.

- **Circles** are the pairs found, coloured by d-spacing. Faint grey circles were judged to be noise.
- **Point at a circle** to read its numbers and see its fringes. **Click it** to reject the pair; click again
  to take it back. With *Select* or **Shift** a click only selects. **Click an empty place** and you are
  offered to add a peak.
- *Angle* measures between two spots, *Rings* draws spacings that you know, *Mask* shows the inverse FFT of
  the spots you click, beside the FFT.
- *Local maximum* shows small crystals that the FFT of the whole field hides.
- The **mixture** on the right is how the decision was made: two Gaussian clouds, noise and signal, and each
  candidate's probability. **Sensitivity** moves the line between them.
""",
    ("spectrum", "candidates", "fringes", "added peaks", "weighing", "peaks"),
    ("spectrum", "candidates", "peaks"),
)

SPACINGS = Step(
    "d-spacings",
    "pages/2_d-spacings.py",
    "Pairs of equal spacing form a ring, and a ring is a family of lattice planes.",
    """
- A **family** gathers the pairs whose spacing agrees within its uncertainty. Each ring in the picture is
  one family. Click a spot to find its row among the pairs, or a row to find its spot.
- **±** is the standard uncertainty: the position of the peak and, once you have given it, the calibration.
- Two rings that are one to you can be **merged**, one ring that is two can be **split**, and each can have
  a **name**, such as *Au 111*: double-click it in the table, type, and press Enter.
- If you know one spacing for certain, click its ring and **calibrate** on it: the pixel size follows, and so
  do all lengths.
""",
    ("families",),
    ("families",),
)

OF_DOMAINS = (
    "outlines", "domains", "lens", "delocalization", "usable part", "common planes", "wavevectors",
    "crystallites",
)  # fmt: skip
"""The stages from fringe maps to crystals."""

DOMAINS = Step(
    "Domains",
    "pages/3_Domains.py",
    "Where each set of fringes is present: one outline for each crystal, or each of its domains.",
    """
For every pair the **inverse FFT** gives a map of how strong its fringes are. Pixels above a threshold are
grouped by **DBSCAN**; each group is a **domain**. It ends where the picture was left out, and where planes go
on into another crystal. Domains that coincide belong to one **crystallite**.

- **Click a crystal**: all its domains are outlined, and one is selected, the next one with the next click.
  Its numbers, its fringes and its amplitude map appear beside the picture. *Reject* takes it out, *Restore*
  puts it back.
- **Colour by** family, direction, crystallite or spacing; a crystal has the colour of its strongest fringes.
  Under *View* every domain can have its own outline, they fade, have numbers, or nothing is drawn.
- **Picture**: the micrograph; the micrograph through a **Wiener filter**, to see weak crystals; or a **dark
  field**, as bright as the fringes are strong, coloured as you chose.
- The settings under *How domains are found* have a sentence each. The defaults suit most images.
""",
    OF_DOMAINS,
    ("domains", "delocalization", "crystallites"),
)

PHASES = Step(
    "Phases",
    "pages/4_Phases.py",
    "What each crystallite may be, and what the image cannot tell.",
    """
- **Choose what the crystals may be**: a group such as *sei*, single structures, your own CIF files, or
  a cell that you type. Naming the **elements** that are there helps most: many structures have the same
  geometry.
- The map shows what is **decided** (probability 0.9 or more), what is **none of the candidates**, and what is
  **not decided**.
- **Click a crystallite** for its candidates, zone axis and indices. On its FFT the spots that the zone axis
  should have: full circles were found, hollow ones are missing, crossed ones are not explained. Where several
  distinct *fits* are possible, choose between them.
- *Angles between reflections* and *All d are … too long* say how well the reading holds; the latter's scale
  can be taken. *Lines of a candidate* lists its spacings and draws them as rings on the page *FFT peaks*.
- If you know better, say so: *It is* and *It is not* count as evidence for the whole image, and *Undo* takes
  them back.
""",
    ("phases",),
    ("phases",),
)

STATISTICS = Step(
    "Statistics",
    "pages/5_Statistics.py",
    "How large, how many, which way: crystallites and domains as distributions.",
    """
- **Crystallites** are counted at first: a crystal has as many domains as it shows reflections. Sizes of
  *domains* can be chosen too; spacings and directions are always those of domains.
- Choose a **measure** and how to draw it. *Area weighted* asks which size holds most of the material,
  *number weighted* which size is most frequent.
- **Drag across a chart** and the domains in that range light up in the picture. Double-click the chart to
  clear it.
- **Click a crystal** in the picture, or choose rows of the table: each marks the other. The table always
  holds all that is counted; click a column head to sort, use the arrow above it to download.
""",
    OF_DOMAINS,
)

COMPOSITION = Step(
    "Composition",
    "pages/6_Composition.py",
    "Elemental maps of the same place, laid on the domains.",
    """
1. **Open** maps of raw counts, one file per element, with the survey image of the same scan if there is one;
   or a spectrum image, whose lines or edges are then counted.
2. **Click the same place** in the micrograph and in the maps, at least three times. Five or more also tell
   how the scan drifted. A survey then refines what you clicked, where it can be trusted.
3. **Read** what crystals are made of. A crystal's column holds film, too; *±* is the standard uncertainty of
   counting and of where the maps lie. EDS shows no H, He, Li and Be; EELS only edges inside its spectrum.

*Goes together* compares crystals with the film around them, against maps that only look alike.
""",
    ("crystallites",),
)

EXPORT = Step(
    "Export",
    "pages/7_Export.py",
    "Take the results with you, and the recipe to repeat them.",
    """
- The **zip** holds everything: tables, label image, outlines, pictures, charts, the report and the recipe.
- The **recipe** is every setting and every decision you made. Loaded again with the same image, here or on
  the command line, it gives the same result.
- The **report** is one HTML file that opens anywhere, without a network.
""",
    tuple(stage.name for stage in STAGES),
)

BATCH = Step(
    "Batch",
    "pages/8_Batch.py",
    "The same for a folder of images, and one dataset of all.",
    """
- Name a **folder of this computer**; all images in it, and in the folders in it, are analyzed with the
  settings of the image that is open. Marks and scale stay that image's own.
- The work goes on when you leave the page or close the browser. **Go on** after a stop skips what is done and
  tries again what failed.
- Click **Open** under a picture, and that image is opened with the recipe of its result.
- At the end all tables are **merged**, and the numbers of all images come with 95 % intervals. Their unit is
  the image: a hundred domains of one image are not a hundred draws.
""",
    (),
)

STEPS = (MICROGRAPH, PEAKS, SPACINGS, DOMAINS, PHASES, STATISTICS, COMPOSITION, EXPORT, BATCH)

ABOUT_FACTS = """
A **crystallite** is one crystal; each set of parallel fringes in it is a **domain**. **Usable** is the part
of the field that could be analyzed, **d** the range of lattice spacings that were looked for (set on the page
*FFT peaks*), **noise** its share in the image's contrast.
"""
"""What the line at the top of every page says, in Markdown."""


def neighbours(step: Step) -> tuple[Step | None, Step | None]:
    """The step before and the step after, None at the ends."""
    at = STEPS.index(step)
    return (STEPS[at - 1] if at else None), (STEPS[at + 1] if at + 1 < len(STEPS) else None)
