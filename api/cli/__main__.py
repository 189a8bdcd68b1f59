"""`python -m api.cli`: the same as the command `doorstep`."""

from api.cli import main

main()
