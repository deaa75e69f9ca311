"""Which endpoint answers and with which models: the environment first, then `.env`, then defaults.

    model     Settings: the typed settings, complete or refused field by field
    env_file  what a `.env` says, in whatever encoding an editor saved it, and which names in it nobody reads
    slips     what is wrong with one value, told by its shape, and what to put there

Settings know no client; helpers.connection makes clients of them.
"""

from helpers.settings.model import (
    ABILITIES,
    DEFAULT_MODELS,
    MOCK_KEY,
    MODEL_FIELDS,
    PASSED_ON,
    PROFILES,
    ROLES,
    Ability,
    Profile,
    Role,
    Settings,
)
from helpers.settings.slips import LOOPBACK, Problem, SettingsError

__all__ = [
    "ABILITIES",
    "DEFAULT_MODELS",
    "LOOPBACK",
    "MOCK_KEY",
    "MODEL_FIELDS",
    "PASSED_ON",
    "PROFILES",
    "ROLES",
    "Ability",
    "Problem",
    "Profile",
    "Role",
    "Settings",
    "SettingsError",
]
