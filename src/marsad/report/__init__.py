"""What people read: sentences in Arabic and English, the incident report, the public statement."""
