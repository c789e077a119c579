"""What the ledger costs, beside others that join by key."""
