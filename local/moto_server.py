"""The child process that is the local AWS: moto's server on a socket that the parent has opened.

The parent listens before moto is imported: its first requests wait in the queue and do not fail.
"""

import sys
import threading
from typing import Any

from local.lifeline import end_with_parent


def mend_conditional_updates() -> None:
    """Make UpdateItem one step, as it is in DynamoDB.

    moto 5.2 looks at the condition first and writes then, and its server has a thread for each
    request: two that come together can both be let through.
    """
    from moto.dynamodb.responses import DynamoHandler

    update, one_at_a_time = DynamoHandler.update_item, threading.Lock()

    def update_item(handler: Any) -> Any:
        with one_at_a_time:
            return update(handler)

    setattr(DynamoHandler, update.__name__, update_item)


def main(listening_fd: int, lambda_url: str, attempts: int) -> None:
    """Serve until the parent is gone.

    Args:
        listening_fd: The parent's socket.
        lambda_url: Where Secrets Manager finds rotation functions.
        attempts: How often it begins a rotation until it succeeds.
    """
    end_with_parent()
    import logging

    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    from local import moto_secrets

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto_secrets.mend(lambda_url, attempts=attempts)
    mend_conditional_updates()
    app = DomainDispatcherApplication(create_backend_app)
    make_server("127.0.0.1", 0, app, threaded=True, fd=listening_fd).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
