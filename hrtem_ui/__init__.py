"""The app: pages of Streamlit over `hrtem_core`. Its import settles first what becomes of freed memory."""

from hrtem_ui import memory

memory.settle()
