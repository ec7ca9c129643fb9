"""Single values on their way from the server: SQL expressions, bytes, and what these hold."""
