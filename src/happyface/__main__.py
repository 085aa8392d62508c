"""``python -m happyface`` is the command ``happyface``."""

from happyface.cli import main

if __name__ == "__main__":
    main(prog_name="happyface")
