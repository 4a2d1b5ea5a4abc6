"""The other end of a call, offline: a WebRTC peer that listens for speech and answers audibly.

Part of `make talk` only: it needs aiortc, which `make run` does without.
"""
