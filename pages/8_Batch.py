"""Batch: a folder of images, and what they say together."""

from hrtem_ui.frame import finish, setup
from hrtem_ui.panels import batch as batch_panel
from hrtem_ui.text import BATCH

page = setup(BATCH)
if batch_panel.is_on():
    batch_panel.start(page)
    batch_panel.progress(page)
    batch_panel.together(page)
finish(page)
