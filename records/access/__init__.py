"""Leave to look (K4): whoever is not record staff, or looks beyond the own reach, asks, and every look says on which leave."""
