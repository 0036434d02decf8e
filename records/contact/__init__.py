"""What candidates change themselves: phone and e-mail by a code to the new one, address, occupation, study support."""
