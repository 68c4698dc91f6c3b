"""What in the picture speaks for an answer: maps by gradient and relevance, and the answer's number as a sum."""
