"""Planted values, and the search for them in whatever the function lets out."""

from collections.abc import Iterable

API_KEY = "sk-canary-test-0123456789abcdef"
ORGANIZATION = "org-canarytest0123"
PROJECT = "proj_canarytest0123"
PEPPER = "canary-test-pepper-" + "0" * 45
ISSUED = "ek_canary_test_0123456789abcdef"
ACCESS_TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJjYW5hcnkiOiJ0ZXN0In0.Y2FuYXJ5LXRlc3Q"
MCP_AUTHORIZATION = "ya29.canary-test-oauth"
MCP_HEADER = "canary-test-header-of-mcp"
AWS_SESSION_TOKEN = "canary-test-session-token-of-the-role"
AWS_SECRET_ACCESS_KEY = "canary-test-secret-access-key"
OTHER_KEY = "sk-canary-test-fedcba9876543210"
COOKIE = "canary-test-cookie"

# In no log, metric or answer.
CREDENTIALS = (
    API_KEY,
    OTHER_KEY,
    ORGANIZATION,
    PROJECT,
    PEPPER,
    ISSUED,
    ACCESS_TOKEN,
    MCP_AUTHORIZATION,
    MCP_HEADER,
    AWS_SESSION_TOKEN,
    AWS_SECRET_ACCESS_KEY,
    COOKIE,
)

INSTRUCTIONS = "The canary sings the instructions."
OPENAI_SAID = "The canary sings what OpenAI says."
OPENAI_HEADER = "canary-test-header-of-openai"
ELSEWHERE = "canary-test.example"

# In no log and no metric; in an answer where OpenAI's words are passed on.
WORDS = (INSTRUCTIONS, OPENAI_SAID, OPENAI_HEADER, ELSEWHERE)


def found_in(text: str, planted: Iterable[str]) -> list[str]:
    """Which of the values *text* holds; a good part of one counts."""
    return [value for value in planted if value in text or value[4:-4] in text]
