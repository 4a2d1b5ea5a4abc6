"""`python -m tests.faults`: every fault, and what comes of it; `--write` puts it into the docs."""

import argparse
import sys
import time

from tests.faults.bench import budget_s, run_all
from tests.faults.table import table, write


def main() -> int:
    """Run the bench; 1 where a row is not as it should be."""
    parser = argparse.ArgumentParser(description="What happens when the neighbours misbehave.")
    parser.add_argument("--write", action="store_true", help="write the table into the docs")
    arguments = parser.parse_args()
    started = time.monotonic()
    results = run_all()
    markdown = table(results)
    print(markdown)
    wrong = [
        result
        for result in results
        if result.happened != result.expected
        or result.leaks
        or result.elapsed_s > budget_s(result.timeout_s) + 0.5
    ]
    for result in wrong:
        print(f"WRONG: {result}", file=sys.stderr)
    slowest = max(results, key=lambda result: result.elapsed_s)
    print(
        f"\n{len(results)} faults in {time.monotonic() - started:.0f} s, {len(wrong)} wrong;"
        f" the slowest took {slowest.elapsed_s:.2f} s ({slowest.whose} {slowest.name})."
    )
    if arguments.write and not wrong:
        write(markdown)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
