"""Ring 4: settings, addresses and wiring."""
