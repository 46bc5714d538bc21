"""Quality and speed beside the peers, one command each; see ``benchmarks/README.md``."""
