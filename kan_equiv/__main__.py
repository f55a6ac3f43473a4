"""``python -m kan_equiv``: the same as the command ``kan-equiv``."""

from kan_equiv.cli.main import main

if __name__ == "__main__":
    main()
