"""All parts. Each module adds its own to trial.PARTS, in the order in which they run."""
