"""What an operator does: a module for each target of the Makefile's last part, "ship it"."""
