"""`make talk`: `make run`, and a WebRTC peer that takes the calls, offline.

With `OPENAI_API_KEY` set, OpenAI takes them itself.
"""

import os
import sys

from local.run import main

if __name__ == "__main__":
    # Needs aiortc, which nothing else does.
    from local.peer.calls import WebRtcCalls

    status = main(WebRtcCalls)
    sys.stdout.flush()
    sys.stderr.flush()
    # Without waiting for threads that still serve a client.
    os._exit(status)
