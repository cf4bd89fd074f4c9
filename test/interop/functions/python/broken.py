import lamps_of_nobody  # noqa
