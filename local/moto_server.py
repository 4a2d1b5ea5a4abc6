"""The child process that is the local AWS: moto's server on a socket that the parent has opened.

The parent listens before moto is imported: its first requests wait in the queue and do not fail.
"""

import sys
import threading
from typing import Any

from local.lifeline import end_with_parent


def mend_staging_labels() -> None:
    """Make two things about versions of a secret as they are in Secrets Manager.

    moto 5.2 answers GetSecretValue without a stage with the version last *put*, not with
    AWSCURRENT, and leaves AWSPENDING on a version that has become AWSCURRENT.
    """
    from moto.secretsmanager.models import SecretsManagerBackend

    get, move = (
        SecretsManagerBackend.get_secret_value,
        SecretsManagerBackend.update_secret_version_stage,
    )

    def get_secret_value(backend: Any, secret_id: str, version_id: str, version_stage: str) -> Any:
        labelled = not version_id and not version_stage and secret_id in backend.secrets
        versions = backend.secrets[secret_id].versions.values() if labelled else ()
        if any("AWSCURRENT" in each["version_stages"] for each in versions):
            version_stage = "AWSCURRENT"
        return get(backend, secret_id, version_id, version_stage)

    def update_secret_version_stage(
        backend: Any,
        secret_id: str,
        version_stage: str,
        remove_from_version_id: str,
        move_to_version_id: str,
    ) -> Any:
        moved = move(backend, secret_id, version_stage, remove_from_version_id, move_to_version_id)
        for version in backend.secrets[secret_id].versions.values():
            if version_stage == "AWSCURRENT" and "AWSCURRENT" in version["version_stages"]:
                version["version_stages"][:] = [
                    label for label in version["version_stages"] if label != "AWSPENDING"
                ]
        return moved

    for method in (get_secret_value, update_secret_version_stage):
        setattr(SecretsManagerBackend, method.__name__, method)


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


def main(listening_fd: int) -> None:
    """Serve until the parent is gone."""
    end_with_parent()
    import logging

    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    mend_staging_labels()
    mend_conditional_updates()
    app = DomainDispatcherApplication(create_backend_app)
    make_server("127.0.0.1", 0, app, threaded=True, fd=listening_fd).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
