"""Measure: python -m benchmarks [NAME ...] [--quick] [--engine NAME] [--json FILE]."""

if __name__ == "__main__":
    # Not above: every process that a measurement starts imports this module again, and would hold all of it, too.
    from benchmarks.command import main

    main()
