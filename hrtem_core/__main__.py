"""`python -m hrtem_core`, and the command `hrtem-domains`."""

import sys
import warnings

from hrtem_core import cli


def main() -> int:
    """Run the command line with the arguments of the process; gives its exit status."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # a library's remarks are nothing a caller can mend
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
