"""Drawings as text: pure functions from numbers to rows of (text, ink), without Textual."""
