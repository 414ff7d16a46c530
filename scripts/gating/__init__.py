"""What scripts/gate.py is made of: two servers measured against each other, and a verdict on that."""
