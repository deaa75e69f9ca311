"""`python3 -m helpers …`: what is typed in a fresh clone, before anything is installed."""

import sys

from helpers.bootstrap import main

sys.exit(main())
