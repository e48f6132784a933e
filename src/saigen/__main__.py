"""`python -m saigen`."""

import sys

from saigen.cli import main

if __name__ == "__main__":
    sys.exit(main())
