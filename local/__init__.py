"""`make run`: the whole stack on this machine, with no cloud and no Docker."""
