"""One whole row of the caller's, for a prediction: decoded from the server's binary form."""
