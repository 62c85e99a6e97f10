"""What happens in raffles: periods begin and end, tickets are earned, shared out, given and taken."""
