"""Screens: the main one and the dialogs above it."""
