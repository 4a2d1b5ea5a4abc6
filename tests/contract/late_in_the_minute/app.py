"""The function with a quota whose clock stands at five seconds before the minute ends."""

import importlib
import importlib.util
import time
from pathlib import Path

REAL = Path(__file__).parents[3] / "functions" / "client_secrets" / "app.py"
FIFTY_FIVE = time.time() // 60 * 60 + 55

real_clock = time.time
time.time = lambda: FIFTY_FIVE
# The quota takes its clock as it is imported; everything else is to have the real one.
importlib.import_module("broker.quota")
time.time = real_clock
spec = importlib.util.spec_from_file_location("real_app", REAL)
assert spec is not None
assert spec.loader is not None
real_app = importlib.util.module_from_spec(spec)
spec.loader.exec_module(real_app)
lambda_handler = real_app.lambda_handler
