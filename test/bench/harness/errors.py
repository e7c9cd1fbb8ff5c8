"""What goes wrong."""


class BenchError(Exception):
    """Something that makes the figures worthless; the message is for the user."""


class NoSuchMode(Exception):
    """The server does not do what the scenario needs: its cell stays empty."""
