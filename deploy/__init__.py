"""What an operator does with a deployed stack: `make put-key`, `make call`, `make stop`."""
