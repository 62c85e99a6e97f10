"""The rule said no."""


class Refused(Exception):
    """A rule refuses; nothing has changed.

    `code` is stable and meant for programs, `message` says what was refused and why, `remedy` what to do about it.
    """

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy
