"""`python -m hrtem_core`."""

import sys
import warnings

from hrtem_core.cli import main

if __name__ == "__main__":
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # a library's remarks are nothing a caller can mend
    sys.exit(main())
