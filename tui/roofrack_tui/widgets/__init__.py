"""The app's own widgets: thin shells over the rasters, which know nothing of plans."""
