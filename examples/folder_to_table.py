"""A folder of images to one table: all their domains, with the image's name in front.

python examples/folder_to_table.py                     the samples, into `domains.csv`
python examples/folder_to_table.py films films.csv
"""

import sys
from pathlib import Path

import hrtem_core as hc
from hrtem_core.exports import to_csv
from hrtem_core.measures import Table
from hrtem_core.samples import sample_path

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else sample_path("bicrystal").parent
target = Path(sys.argv[2] if len(sys.argv) > 2 else "domains.csv")

table: Table = {}
for image in sorted(folder.glob("*.tif")):
    try:
        domains = hc.measure(hc.analyze(hc.read(image), hc.Recipe())).domains
    except hc.UserError as error:  # one sentence for what a person can mend, such as a missing scale
        print(f"{image.name}: {error}", file=sys.stderr)
        continue
    n_domains = len(domains["domain_id"])
    print(f"{image.name}: {n_domains} domains")
    for name, column in {"image": [image.name] * n_domains, **domains}.items():
        table.setdefault(name, []).extend(column)
target.write_text(to_csv(table), encoding="utf-8")
