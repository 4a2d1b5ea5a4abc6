"""Rotation of the OpenAI API key: Secrets Manager's four steps over OpenAI's Admin API.

Each version of the secret holds the key of a service account of its own, so the key before the
current one stays valid for a whole interval, and nobody who still holds it is refused.
"""
