"""The Textual app of roofrack: it shows plans and computes nothing."""

import os

# Textual draws 60 times a second at most, so a key that is dealt with in 10 ms waits for up to 17 more to be seen. As many
# bytes are sent either way: a frame is drawn only where something changed.
os.environ.setdefault("TEXTUAL_FPS", "240")
