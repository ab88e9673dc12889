"""What the client says, in German or in English: messages are English in the code, and german.py has the others."""

from typing import Any

from german import GERMAN

LANGUAGES = ("de", "en")


class _Speaker:
    """Which language is spoken: chosen once, at the start."""

    language = "en"


def speak(language: str) -> None:
    """Chooses the language of everything that is said from now on."""
    _Speaker.language = language


def t(message: str, **values: Any) -> str:
    """A message in the chosen language, with its values."""
    if _Speaker.language == "de":
        message = GERMAN.get(message, message)
    return message.format(**values) if values else message


def is_german() -> bool:
    """Whether German is spoken."""
    return _Speaker.language == "de"
