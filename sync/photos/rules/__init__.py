"""What a picture says of itself and what it looks like, as plain functions over plain values."""
