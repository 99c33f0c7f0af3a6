"""Panes of the main screen; none knows another."""
