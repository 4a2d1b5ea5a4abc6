"""Puts the OpenAI Admin API key into the rotation's secret; asks for it, so no history keeps it."""

from deploy.put_key import asked, store
from deploy.stack import arguments, find_rotation, run

OUTPUT = "AdminApiKeyArn"
# How the keys begin that OpenAI's Admin API certainly refuses, and what they are.
_PROJECT_KEY = "that is the key of a project; an admin key begins with sk-admin-."
WRONG = {"sk-proj-": _PROJECT_KEY, "sk-svcacct-": _PROJECT_KEY}


def main() -> None:
    """Ask for the key and store it."""
    options = arguments("Put the OpenAI Admin API key into the secret of the stack that rotates.")
    stack = find_rotation(options.config_env)
    admin_key = asked("OpenAI Admin API key", stack=stack, output=OUTPUT)
    store(stack, OUTPUT, admin_key, wrong=WRONG)
    print("Stored. A function that holds an old one changes over within 5 minutes.")
    print("Now: make rotation-check.")


if __name__ == "__main__":
    run(main)
