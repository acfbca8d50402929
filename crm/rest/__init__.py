"""What every API view shares: who is calling, what they may, pages, fields, and errors as problem+json (RFC 9457)."""
