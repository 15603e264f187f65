"""What an analysis is written as: tables, labels, pictures, regions of interest, summary and report."""
