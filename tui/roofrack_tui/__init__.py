"""The Textual app of roofrack: it shows plans and computes nothing."""
