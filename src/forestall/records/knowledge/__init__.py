"""What is known to work, for whom, how surely: interventions and techniques."""
