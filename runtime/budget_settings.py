"""What one composition may cost here: the settings that a composer needs, which has no others in its own process."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.budget import CompositionBudget

_BUDGET = CompositionBudget()


class BudgetSettings(BaseSettings):
    """The settings of a composition, read from the environment with the prefix `REELBUS_`, then from `.env`."""

    model_config = SettingsConfigDict(
        env_prefix="REELBUS_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        hide_input_in_errors=True,
        frozen=True,
        extra="ignore",
    )

    compose_gigapixels: float = Field(
        default=_BUDGET.gigapixels, gt=0, description="canvas x frames x video tracks of one composition"
    )
    compose_film_s: float = Field(default=_BUDGET.film_s, gt=0, description="length of one composition")
    compose_sound_s: float = Field(
        default=_BUDGET.sound_s, gt=0, description="seconds of sound of all clips of one composition"
    )
    compose_clips: int = Field(default=_BUDGET.clips, ge=1, description="clips of one composition")
    compose_input_bytes: int = Field(
        default=_BUDGET.input_bytes, ge=1, description="input files of one composition, together"
    )
    compose_memory_bytes: int = Field(
        default=_BUDGET.memory_bytes, ge=2**28, description="memory of a composer while it composes"
    )

    @property
    def composition_budget(self) -> CompositionBudget:
        """What one composition may cost here."""
        return CompositionBudget(
            gigapixels=self.compose_gigapixels,
            film_s=self.compose_film_s,
            sound_s=self.compose_sound_s,
            clips=self.compose_clips,
            input_bytes=self.compose_input_bytes,
            memory_bytes=self.compose_memory_bytes,
        )
