import missing_lamps  # noqa
