"""The built-in commands, one file each; `server/actions/chat/index.py` lists them."""
