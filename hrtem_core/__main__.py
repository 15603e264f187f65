"""`python -m hrtem_core`, and the command `hrtem-domains`."""

import sys

INTERRUPTED = 130


def main() -> int:
    """Run the command line with the arguments of the process; gives its exit status."""
    try:
        import gc
        import warnings  # this and all others here, so that Ctrl+C is heard while they are imported, too

        from hrtem_core.engines import hear_ctrl_c

        hear_ctrl_c()
        if not sys.warnoptions:
            warnings.simplefilter("ignore")  # a library's remarks are nothing a caller can mend
        from hrtem_core import cli

        status = cli.main()
        gc.freeze()  # the interpreter ends a tenth of a second sooner if it need not look for circles
        return status
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
