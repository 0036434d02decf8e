"""What an office sets: dated values with the article they come from, shown in every refusal that they cause."""
