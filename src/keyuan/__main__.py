"""`python -m keyuan` is the command `keyuan`."""

from __future__ import annotations

import sys

from .cli.main import main

sys.exit(main())
