"""Problems: from candidate to result, with everything that was decided on the way."""
