"""The page to paste an article into, and the API to call: ``stance serve``.

``app`` puts the parts together; ``api`` and ``page`` are the two doors, ``analysis`` does the work of both in a thread
of its own, ``guard`` keeps out what is too large, too slow or from elsewhere, ``corrections`` keeps what users correct.
"""
