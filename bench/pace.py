"""How long and how often to measure: as each row asks for, or shorter, to see only that it works."""

rounds = 3  # Of each side, taken in turn; the median counts.
_longest = None


def shorten(most):
    """Every measurement once, for so many seconds at most."""
    global rounds, _longest
    rounds, _longest = 1, most


def seconds(wanted):
    return min(wanted, _longest) if _longest else wanted


def count(wanted):
    """Of requests: a tenth where measurements are short."""
    return wanted // 10 if _longest else wanted
