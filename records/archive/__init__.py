"""The paper archive (K3): where each candidate's file lies, what is in it, and what the university reports of it to the city."""
