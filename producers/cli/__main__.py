"""Run the command line: `python -m producers.cli`."""

from producers.cli.main import main

if __name__ == "__main__":
    main()
