"""What a person is told when a run cannot start."""


class Problem(Exception):
    """Something the person at the keyboard can put right; shown without a traceback.

    what: the thing that failed. why: what was expected and what was found. next: the command to type now.
    code: exit code; 2 wrong settings, 3 something is missing, 4 the server is unreachable, 5 not permitted.
    """

    def __init__(self, what: str, why: str, next: str, code: int = 3) -> None:
        super().__init__(f"FAIL: {what}\n  {why}\n  next: {next}")
        self.code = code
