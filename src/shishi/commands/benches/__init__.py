"""One module for each bench; ``competing`` runs the peers that it is measured against and tells what came of it."""
