"""The service: callers, policy, quota, the API key and the error table. Knows AWS, not HTTP."""
