"""A coverage-guided fuzzer over all that takes text, files, models and requests from strangers.

    python -m tests.fuzz                                 # every target, a minute each
    python -m tests.fuzz --target csv --seconds 300
    python -m tests.fuzz --target csv out/fuzz/csv/crash-…   # one kept input again

``targets.py`` says what is fuzzed, ``properties.py`` what must hold whatever comes in (tests with generated inputs
check the same), ``seeds.py`` where the mutations begin.
"""
