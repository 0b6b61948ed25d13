"""Data Docs of our own: pages that need no network, through GX's site configuration."""
