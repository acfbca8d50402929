"""The ground floor's pages: each module is one room of it."""
