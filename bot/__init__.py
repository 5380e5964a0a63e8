"""Trilane's bot: one base model, three backends, one WebSocket server."""
