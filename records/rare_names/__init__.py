"""Names with rare characters (生僻字): which ones, why they are trouble, and how they are read."""
