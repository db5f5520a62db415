"""Where officials look: programmes, figures with their reasons, notices, briefs, the trail. Reads only."""
