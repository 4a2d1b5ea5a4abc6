"""What an operator does: `make deploy`, `put-key`, `call`, `logs`, `stop`, `start`, `delete`."""
