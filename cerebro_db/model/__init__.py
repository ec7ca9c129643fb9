"""Architectures with open hyper-parameters, and what it takes to close them. No framework here."""
