"""OpenAI's Realtime client secrets over urllib3."""
