"""Examination violations: facts found, told, decided by another, served, reviewed, and what a decision does to marks (令33号)."""
