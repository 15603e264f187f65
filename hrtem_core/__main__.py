"""`python -m hrtem_core`, and the command `hrtem-domains`."""

import sys
import warnings

INTERRUPTED = 130


def main() -> int:
    """Run the command line with the arguments of the process; gives its exit status."""
    try:
        if not sys.warnoptions:
            warnings.simplefilter("ignore")  # a library's remarks are nothing a caller can mend
        from hrtem_core import cli  # here, so that Ctrl+C is heard while it is imported, too

        return cli.main()
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
