"""The rotation function's configuration: one frozen value, read once from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass

from broker.settings import base_url_in, number_in

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Settings:
    """What template-rotation.yaml tells the function.

    Attributes:
        service_name: The stack; `service` of every log line.
        api_key_secret_id: ARN of the secret that is rotated.
        admin_api_key_secret_id: ARN of the secret that holds the admin key.
        openai_project_id: Where the service accounts are made.
        openai_base_url: Where a new key is tried.
        openai_admin_base_url: The Admin API.
        test_model: Model of the client secret that proves a new key.
        key_lifetime_days: How long OpenAI lets a key live; 0 is until its account is deleted.
        rotation_days: From one rotation to the next.
    """

    service_name: str
    api_key_secret_id: str
    admin_api_key_secret_id: str
    openai_project_id: str
    openai_base_url: str
    openai_admin_base_url: str
    test_model: str
    key_lifetime_days: int
    rotation_days: int

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read and check the variables.

        Raises:
            KeyError: A variable is missing; names it.
            ValueError: A variable has a value that cannot work; names it and the fix.
        """
        settings = cls(
            service_name=env["SERVICE_NAME"],
            api_key_secret_id=env["OPENAI_API_KEY_SECRET_ID"],
            admin_api_key_secret_id=env["ADMIN_API_KEY_SECRET_ID"],
            openai_project_id=env["OPENAI_PROJECT_ID"],
            openai_base_url=base_url_in(env, "OPENAI_BASE_URL"),
            openai_admin_base_url=base_url_in(env, "OPENAI_ADMIN_BASE_URL"),
            test_model=env["TEST_MODEL"],
            key_lifetime_days=number_in(env, "KEY_LIFETIME_DAYS"),
            rotation_days=number_in(env, "ROTATION_DAYS"),
        )
        # A key serves for one interval, and is the one to fall back to for another.
        if 0 < settings.key_lifetime_days <= 2 * settings.rotation_days:
            raise ValueError("KEY_LIFETIME_DAYS must be 0, or more than twice ROTATION_DAYS.")
        return settings

    @property
    def key_lifetime_s(self) -> int | None:
        """Of a key, seconds; None where OpenAI is not told any."""
        return self.key_lifetime_days * DAY_S or None
