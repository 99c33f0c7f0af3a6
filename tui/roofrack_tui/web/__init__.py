"""The app in a browser, through textual-serve: `roofrack serve`. Needs the extra `web`."""
